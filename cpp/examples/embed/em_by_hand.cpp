// SPDX-License-Identifier: BSD-3-Clause
// EM of rows that come in batches: of each there are statistics, which travel as bytes, merge, and
// make the next mixture.
#include <gaussmix/gaussmix.hpp>

#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr gaussmix::Index kFeatures = 2, kRows = 1000, kBatches = 10;  // rows of a batch

// Of two clusters of unit variance and equal weights, around (0, 0) and (6, 6).
std::vector<double> make_batch(unsigned seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<double> normal;
  std::vector<double> rows;
  for (gaussmix::Index i = 0; i < kRows * kFeatures; ++i) {
    rows.push_back(normal(bits) + (i / kFeatures % 2 == 0 ? 0.0 : 6.0));
  }
  return rows;
}

// What a worker does, wherever the batch is.
std::string expect(const std::vector<double>& batch, const gaussmix::Mixture& mixture) {
  const gaussmix::TableView<double> rows{batch.data(), kRows, kFeatures};
  return gaussmix::expect(rows, mixture).to_bytes();
}

void print(const gaussmix::Mixture& mixture) {
  for (std::size_t j = 0; j < 2; ++j) {
    std::printf("weight %.3f, mean (%.2f, %.2f), variance %.2f\n", mixture.weights()[j],
                mixture.means()[2 * j], mixture.means()[2 * j + 1], mixture.covariances()[j]);
  }
}

}  // namespace

int main() {
  std::vector<std::vector<double>> batches;
  for (unsigned i = 0; i < kBatches; ++i) batches.push_back(make_batch(i));
  auto mixture = gaussmix::Mixture::from_covariances(
      {gaussmix::CovarianceType::spherical, 2, kFeatures}, gaussmix::ScalarType::float64,
      {0.5, 0.5}, {2.0, 2.0, 4.0, 4.0}, {4.0, 4.0});

  double bound = -HUGE_VAL, change = HUGE_VAL;
  while (change > 1e-6) {
    auto all = gaussmix::expect<double>({nullptr, 0, kFeatures}, mixture);  // of no rows
    for (const auto& batch : batches) {
      all.merge(gaussmix::Statistics::from_bytes(expect(batch, mixture)));
    }
    gaussmix::Maximized next = gaussmix::maximize(all, {}, &mixture);
    change = next.lower_bound - std::exchange(bound, next.lower_bound);
    mixture = std::move(next.mixture);
    std::printf("log-likelihood of a row %.4f\n", bound);
  }
  print(mixture);
}
