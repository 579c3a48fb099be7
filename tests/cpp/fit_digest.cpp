// SPDX-License-Identifier: BSD-3-Clause
// Fits made data in every way there is and prints a digest of the bits of each result, so that two
// builds, or two numbers of threads, can be compared; then how many threads it saw (0 if unknown).
// Usage: fit_digest N_THREADS, where 0 is as many as the build takes by itself
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <vector>

#include "gaussmix/config.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/predictor.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 100000, kFeatures = 5, kComponents = 4;

// How many threads this process has: those of an OpenMP runtime wait for its next region.
int process_threads() {
  const std::filesystem::path tasks = "/proc/self/task";
  if (!std::filesystem::exists(tasks)) return 0;  // not Linux
  const std::filesystem::directory_iterator all(tasks);
  return static_cast<int>(std::distance(begin(all), end(all)));
}

// The hash of Fowler, Noll and Vo (FNV-1a) over the bytes of numbers.
class Digest {
 public:
  template <class T>
  void add(const std::vector<T>& values) {
    for (const T& value : values) {
      unsigned char bytes[sizeof(T)];
      std::memcpy(bytes, &value, sizeof(T));
      for (const unsigned char byte : bytes) hash_ = (hash_ ^ byte) * 0x100000001b3U;
    }
  }
  unsigned long long value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

template <class T>
unsigned long long digest_of(TableView<T> rows, const FitOptions& options) {
  std::vector<double> sample_weight;
  for (Index i = 0; i < rows.rows; ++i) sample_weight.push_back(1.0 + 0.25 * (i % 3));
  const FitResult result = fit(rows, options, sample_weight.data());

  const Predictor<T> predictor(result.mixture);
  std::vector<T> log_densities(size_t(rows.rows));
  std::vector<T> responsibilities(size_t(rows.rows * kComponents));
  std::vector<Index> labels(size_t(rows.rows));
  predictor.log_density(rows, log_densities.data(), options.n_threads);
  predictor.responsibilities(rows, responsibilities.data(), options.n_threads);
  predictor.predict(rows, labels.data(), options.n_threads);

  Digest digest;
  digest.add(result.mixture.weights());
  digest.add(result.mixture.means());
  digest.add(result.mixture.covariances());
  digest.add(result.mixture.precisions_cholesky());
  digest.add(result.lower_bounds);
  digest.add(log_densities);
  digest.add(responsibilities);
  digest.add(labels);
  digest.add(std::vector<double>{predictor.score(rows, sample_weight.data(), options.n_threads)});
  return digest.value();
}

// Returns the largest number of threads seen.
template <class T>
int print_digests(const char* scalar, int n_threads) {
  const std::vector<T> x = made::clusters<T>(kRows, kFeatures, kComponents, 2.0);
  const TableView<T> rows{x.data(), kRows, kFeatures};
  FitOptions options;
  options.n_components = kComponents;
  options.max_iter = 4;
  options.tol = 0.0;
  options.n_init = 2;
  options.seed = 17;
  options.n_threads = n_threads;
  int threads_seen = 1;
  options.observer = [&](const Progress&) {
    threads_seen = std::max(threads_seen, process_threads());
    return false;
  };
  for (const auto type : {CovarianceType::full, CovarianceType::tied, CovarianceType::diag,
                          CovarianceType::spherical}) {
    for (const auto init : {InitParams::kmeans, InitParams::kmeans_plus_plus, InitParams::random,
                            InitParams::random_from_data}) {
      options.covariance_type = type;
      options.init_params = init;
      std::printf("%s %d %d %016llx\n", scalar, static_cast<int>(type), static_cast<int>(init),
                  digest_of(rows, options));
    }
  }
  return threads_seen;
}

}  // namespace
}  // namespace gaussmix

int main(int argc, char** argv) {
  int n_threads = argc == 2 ? std::atoi(argv[1]) : -1;
  if (n_threads < 0) {
    std::fprintf(stderr, "usage: fit_digest N_THREADS, or 0 for as many as the build's default\n");
    return 2;
  }
  if (n_threads == 0) n_threads = gaussmix::max_threads();
  const int threads_double = gaussmix::print_digests<double>("float64", n_threads);
  const int threads_single = gaussmix::print_digests<float>("float32", n_threads);
  std::printf("threads %d\n", std::max(threads_double, threads_single));
}
