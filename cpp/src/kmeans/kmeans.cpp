// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <utility>

#include "kmeans/kmeans_plus_plus.hpp"
#include "kmeans/lloyd.hpp"
#include "kmeans/nearest_centre.hpp"
#include "rows/sample.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// A start goes on from the better of two runs of k-means++, each with twice the usual candidates
// and a few iterations. benchmarks/STARTS.md has the time and inertia of that. With many clusters,
// runs hardly differ, and there is one.
constexpr int kTrials = 2, kTrialIterations = 8;
constexpr Index kTrialEffort = 2;

template <class T>
void validate(TableView<T> rows, const KMeansOptions& options, const double* sample_weight) {
  require_rows(rows, options.n_threads);
  require(options.n_clusters >= 1, "n_clusters must be at least 1");
  require(options.n_clusters <= rows.rows, "n_clusters must be at most the rows' number");
  require(options.centres.empty() ||
              static_cast<Index>(options.centres.size()) == options.n_clusters * rows.columns,
          "centres must be n_clusters x columns numbers, or none");
  require(options.n_init >= 1, "n_init must be at least 1");
  require(options.max_iter >= 1, "max_iter must be at least 1");
  require(options.tol >= 0.0, "tol must be at least 0");
  require_weights(sample_weight, rows.rows);
}

template <class T>
void validate_centres(TableView<T> rows, const std::vector<double>& centres) {
  require(rows.columns >= 1 && !centres.empty() &&
              static_cast<Index>(centres.size()) % rows.columns == 0,
          "centres must have as many columns as the rows");
}

template <class T>
Clustering cluster(Execution& execution, const PreparedRows<T>& rows,
                   const KMeansOptions& options) {
  const auto first_centres = [&](int start) {
    if (!options.centres.empty()) return options.centres;
    const auto stream = [&](int trial) {
      return RandomStream(options.seed, static_cast<std::uint32_t>(start), Purpose::centres,
                          static_cast<std::uint32_t>(trial));
    };
    const Index k = options.n_clusters;
    const TableView<T>& table = rows.data().rows;
    if (options.init == KMeansInit::random) {
      return values_of(table, random_rows(execution, rows.data(), k, stream(0)));
    }
    const auto trial_centres = [&](int trial) {
      return values_of(table, kmeans_plus_plus(execution, rows, k, stream(trial), kTrialEffort));
    };
    if (k >= kManyClusters) return trial_centres(0);
    return best_clustering<T>(execution, rows, kTrials, trial_centres,
                              {std::min(kTrialIterations, options.max_iter), options.tol})
        .centres;
  };
  return best_clustering<T>(execution, rows, options.n_init, first_centres,
                            {options.max_iter, options.tol});
}

// The same for rows that are those of the data times 2^-exponent; the result is of the data.
template <class T>
KMeansResult cluster(Execution& execution, const PreparedRows<T>& rows,
                     const KMeansOptions& options, int exponent) {
  Clustering best = cluster(execution, rows, options);
  for (double& centre : best.centres) centre = std::ldexp(centre, exponent);
  const double inertia = std::ldexp(best.inertia, rows.data().unit_exponent() + 2 * exponent);
  return {std::move(best.centres), std::move(best.labels), inertia, best.n_iter};
}

// The rows times 2^-exponent.
template <class T>
std::vector<T> scaled_copy(const TableView<T>& rows, int exponent) {
  std::vector<T> copy;
  for (Index i = 0; i < rows.rows; ++i) {
    std::transform(rows.row(i), rows.row(i) + rows.columns, std::back_inserter(copy),
                   [&](T number) { return std::ldexp(number, -exponent); });
  }
  return copy;
}

}  // namespace

template <class T>
KMeansResult kmeans(TableView<T> rows, const KMeansOptions& options, const double* sample_weight) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  constexpr int kLargestExponent = 300;
  const DefaultFloatingPoint environment;
  validate(rows, options, sample_weight);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(options.n_threads, options.interrupted);
  const PreparedRows<T> prepared(execution, data, ScalingKind::common);
  const double variance = prepared.mean_variance();
  const bool safe = variance > 0x1p-800 && variance < 0x1p800;
  const int exponent = safe ? 0 : range_exponent(rows);
  if (std::abs(exponent) <= kLargestExponent) return cluster(execution, prepared, options, 0);

  // Squares over- or underflow, so that a copy is clustered.
  const std::vector<T> copy = scaled_copy(rows, exponent);
  const Dataset<T> scaled({copy.data(), rows.rows, rows.columns}, sample_weight);
  KMeansOptions scaled_options = options;
  for (double& centre : scaled_options.centres) {
    centre = std::clamp(std::ldexp(centre, -exponent), -kLargest, kLargest);
  }
  return cluster(execution, PreparedRows<T>(execution, scaled, ScalingKind::common), scaled_options,
                 exponent);
}

template <class T>
double nearest_centres(TableView<T> rows, const double* sample_weight,
                       const std::vector<double>& centres, std::int32_t* label, int n_threads) {
  const DefaultFloatingPoint environment;
  validate_centres(rows, centres);
  require_weights(sample_weight, rows.rows);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(n_threads);
  // The scale's square is the unit of the weights, or half of it: the sum overflows only if a
  // double cannot hold it in the data's units.
  const int exponent = static_cast<int>(std::floor(data.unit_exponent() / 2.0));
  const auto scaling = scaling_of_centres(centres, rows.columns, std::ldexp(1.0, exponent));
  const double inertia = assign(execution, data, NearestCentre(scaling, centres), label);
  return std::ldexp(inertia, data.unit_exponent() - 2 * exponent);
}

template <class T>
void centre_distances(TableView<T> rows, const std::vector<double>& centres, T* out,
                      int n_threads) {
  const DefaultFloatingPoint environment;
  validate_centres(rows, centres);
  const Index n = rows.rows, d = rows.columns;
  Execution execution(n_threads);
  const NearestCentre nearest(scaling_of_centres(centres, d, 1.0), centres);
  const Index k = nearest.n_centres();
  const auto partition = Partition::of(n, d, k, sizeof(double));
  const int workers =
      execution.workers(partition.leaves(), static_cast<double>(n) * static_cast<double>(d * k));
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int) {
    AlignedArray<double> scratch;
    partition.for_each_block(leaf, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) {
        nearest.distances(rows.row(i), scratch, out + i * k);
      }
      return true;
    });
  });
}

template KMeansResult kmeans<float>(TableView<float>, const KMeansOptions&, const double*);
template double nearest_centres<float>(TableView<float>, const double*, const std::vector<double>&,
                                       std::int32_t*, int);
template void centre_distances<float>(TableView<float>, const std::vector<double>&, float*, int);
template KMeansResult kmeans<double>(TableView<double>, const KMeansOptions&, const double*);
template double nearest_centres<double>(TableView<double>, const double*,
                                        const std::vector<double>&, std::int32_t*, int);
template void centre_distances<double>(TableView<double>, const std::vector<double>&, double*, int);

}  // namespace gaussmix
