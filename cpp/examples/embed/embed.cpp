// SPDX-License-Identifier: BSD-3-Clause
// Fits a mixture to made data, and scores rows with it, one at a time as in a request path:
// embed_cpp [MODEL]; the model goes into the file MODEL.
#include <gaussmix/gaussmix.hpp>

#include <cstdio>
#include <exception>
#include <random>
#include <thread>
#include <vector>

namespace {

constexpr gaussmix::Index kFeatures = 2;

// Two clusters, one around (0, 0) and one around (6, 6).
std::vector<double> make_rows(int count) {
  std::mt19937 bits(1);
  std::normal_distribution<double> normal;
  std::vector<double> rows;
  for (int i = 0; i < count * kFeatures; ++i) {
    rows.push_back(normal(bits) + (i / kFeatures % 2 == 0 ? 0.0 : 6.0));
  }
  return rows;
}

gaussmix::FitResult fit(const std::vector<double>& rows) {
  gaussmix::FitOptions options;
  options.n_components = 2;
  options.n_threads = static_cast<int>(std::thread::hardware_concurrency());
  const auto count = static_cast<gaussmix::Index>(rows.size()) / kFeatures;
  const gaussmix::TableView<double> table{rows.data(), count, kFeatures};
  auto result = gaussmix::fit(table, options);
  std::printf("fitted in %d iterations, %.4f a row\n", result.n_iter, result.lower_bound);
  return result;
}

// What a request does: nothing here allocates, locks or throws.
void serve(gaussmix::Predictor<double>& predictor, const double (&x)[kFeatures]) noexcept {
  double shares[2];
  predictor.responsibilities(x, shares);
  std::printf("(%g, %g): log-density %.4f, component %d, responsibilities %.4f %.4f\n", x[0], x[1],
              predictor.log_density(x), static_cast<int>(predictor.predict(x)), shares[0],
              shares[1]);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const gaussmix::FitResult result = fit(make_rows(20000));
    if (argc > 1) result.mixture.save(argv[1]);
    gaussmix::Predictor<double> predictor(result.mixture);
    serve(predictor, {0.5, -0.5});
    serve(predictor, {3.0, 3.0});
    serve(predictor, {6.5, 5.0});
    // Another thread needs a predictor of its own: a copy, which shares the mixture.
    std::thread([own = predictor]() mutable { serve(own, {6.5, 5.0}); }).join();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embed_cpp: %s\n", error.what());
    return 1;
  }
}
