// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kmeans/assignment.hpp"
#include "kmeans/best_clustering.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "rows/sample.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// A start goes on from the better of two picks by k-means++, each with twice the usual candidates,
// after a few iterations. benchmarks/STARTS.md has what it comes to in time and inertia.
constexpr int kPicks = 2, kPickIterations = 8;
constexpr Index kPickEffort = 2;

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

// From the units of a scaling and of scaled weights to the data's own.
template <class T>
double inertia_of_data(double inertia, const FeatureScaling& scaling, const Dataset<T>& data) {
  const double unit = scaling.scale.front();
  return std::ldexp(inertia / unit / unit, data.unit_exponent());
}

}  // namespace

template <class T>
KMeansResult kmeans(TableView<T> rows, const KMeansOptions& options, const double* sample_weight) {
  const DefaultFloatingPoint environment;
  validate(rows, options, sample_weight);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(options.n_threads, options.interrupted);
  const PreparedRows<T> prepared(execution, data, ScalingKind::common);
  const auto first_centres = [&](int start) {
    if (!options.centres.empty()) return options.centres;
    const auto stream = [&](int trial) {
      return RandomStream(options.seed, static_cast<std::uint32_t>(start), Purpose::centres,
                          static_cast<std::uint32_t>(trial));
    };
    if (options.init == KMeansInit::random) {
      return values_of(data, random_rows(execution, data, options.n_clusters, stream(0)));
    }
    const auto picks = [&](int trial) {
      return values_of(data, kmeans_plus_plus(execution, prepared, options.n_clusters,
                                              stream(trial), kPickEffort));
    };
    return best_clustering<T>(execution, prepared, kPicks, picks,
                              {std::min(kPickIterations, options.max_iter), options.tol})
        .centres;
  };
  Clustering best = best_clustering<T>(execution, prepared, options.n_init, first_centres,
                                       {options.max_iter, options.tol});
  const double inertia = inertia_of_data(best.inertia, prepared.scaling(), data);
  return {std::move(best.centres), std::move(best.labels), inertia, best.n_iter};
}

template <class T>
double nearest_centres(TableView<T> rows, const double* sample_weight,
                       const std::vector<double>& centres, std::int32_t* label, int n_threads) {
  const DefaultFloatingPoint environment;
  validate_centres(rows, centres);
  require_weights(sample_weight, rows.rows);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(n_threads);
  const FeatureScaling scaling = scaling_of_centres(centres, rows.columns);
  const double inertia = assign(execution, data, NearestCentre(scaling, centres), label);
  return inertia_of_data(inertia, scaling, data);
}

template <class T>
void centre_distances(TableView<T> rows, const std::vector<double>& centres, T* out,
                      int n_threads) {
  const DefaultFloatingPoint environment;
  validate_centres(rows, centres);
  const Index n = rows.rows, d = rows.columns;
  Execution execution(n_threads);
  const FeatureScaling scaling = scaling_of_centres(centres, d);
  const NearestCentre nearest(scaling, centres);
  const Index k = nearest.n_centres();
  const auto partition = Partition::of(n, d, k, sizeof(double));
  const int workers =
      execution.workers(partition.leaves(), static_cast<double>(n) * static_cast<double>(d * k));
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int) {
    AlignedArray<double> squares(nearest.padded_centres());
    partition.for_each_block(leaf, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) {
        nearest.squared_distances(rows.row(i), squares.data());
        for (Index j = 0; j < k; ++j) {
          out[i * k + j] = static_cast<T>(std::sqrt(squares[j]) / scaling.scale.front());
        }
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
