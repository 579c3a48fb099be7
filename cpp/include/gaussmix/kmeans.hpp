// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Where the first centres of a start come from.
enum class KMeansInit {
  /// Greedy k-means++ (Arthur, Vassilvitskii 2007): of two picks the one that is better after eight
  /// iterations; from 256 clusters on, where picks hardly differ, one.
  kmeans_plus_plus,
  random,  ///< k different rows
};

struct KMeansOptions {
  Index n_clusters = 8;  ///< at least 1
  KMeansInit init = KMeansInit::kmeans_plus_plus;
  std::vector<double> centres;  ///< k x d to start from instead, or nothing
  int n_init = 1;      ///< starts; a later one is kept if its inertia is lower by 1e-9 of it
  int max_iter = 300;  ///< at least 1
  /// A start ends when the centres' squared moves sum to at most this times the features' mean
  /// variance, and in any case when no row changes its cluster; at least 0.
  double tol = 1e-4;
  std::uint64_t seed = 0;  ///< the draws of start i depend on (seed, i) alone
  int n_threads = 1;       ///< at least 1; no result depends on it
  /// Asked on the calling thread every 20 milliseconds or so; true gives the work up.
  std::function<bool()> interrupted;
};

struct KMeansResult {
  std::vector<double> centres;       ///< k x d, numbers of the rows' type
  std::vector<std::int32_t> labels;  ///< n: each row's nearest centre, the first of equals
  double inertia = 0.0;  ///< the weighted sum of squared distances; inf if no double can hold it
  int n_iter = 0;        ///< of the best start
};

/// Clusters the rows of a table by weighted k-means, with Lloyd's iterations (1982).
///
/// A centre without rows moves to the row farthest from its own centre, several to rows of several
/// clusters, so that no cluster of the result is empty, unless there are fewer distinct rows than
/// clusters. Numbers may be so large or small that their squares over- or underflow. While it runs,
/// a copy of the rows in float32 is held, and of such rows another; with many clusters also up to
/// 44 bytes a row. The same rows, weights and
/// options give the same bits for any number of threads.
///
/// \param rows n x d finite numbers, n >= n_clusters, d >= 1.
/// \param sample_weight n finite numbers > 0, or nullptr for ones.
/// \throws std::invalid_argument for options or sizes out of range; Interrupted (fit.hpp).
template <class T>
KMeansResult kmeans(TableView<T> rows, const KMeansOptions& options,
                    const double* sample_weight = nullptr);

/// Writes the nearest of k centres (k x d, finite) to label (n), the first of equals. What a row
/// gets depends on it and the centres alone.
/// \return the weighted sum of squared distances to them, inf if no double can hold it; weights as
///   for `kmeans`.
/// \throws std::invalid_argument for sizes that do not fit, or an n_threads below 1.
template <class T>
double nearest_centres(TableView<T> rows, const double* sample_weight,
                       const std::vector<double>& centres, std::int32_t* label, int n_threads);

/// Writes the distances of each row to k centres (k x d, finite) to out (n x k, row-major).
/// \throws std::invalid_argument for sizes that do not fit, or an n_threads below 1.
template <class T>
void centre_distances(TableView<T> rows, const std::vector<double>& centres, T* out, int n_threads);

extern template GAUSSMIX_EXPORT KMeansResult kmeans<float>(TableView<float>, const KMeansOptions&,
                                                           const double*);
extern template GAUSSMIX_EXPORT KMeansResult kmeans<double>(TableView<double>, const KMeansOptions&,
                                                            const double*);
extern template GAUSSMIX_EXPORT double nearest_centres<float>(TableView<float>, const double*,
                                                              const std::vector<double>&,
                                                              std::int32_t*, int);
extern template GAUSSMIX_EXPORT double nearest_centres<double>(TableView<double>, const double*,
                                                               const std::vector<double>&,
                                                               std::int32_t*, int);
extern template GAUSSMIX_EXPORT void centre_distances<float>(TableView<float>,
                                                             const std::vector<double>&, float*,
                                                             int);
extern template GAUSSMIX_EXPORT void centre_distances<double>(TableView<double>,
                                                              const std::vector<double>&, double*,
                                                              int);

}  // namespace gaussmix
