// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// Rows cut into clusters: where a start of EM may begin.
struct Clusters {
  std::string origin;
  std::vector<std::int32_t> labels;  ///< of each row, in [0, k)
  Statistics statistics;             ///< of the k clusters
};

/// The statistics of rows that belong to `k` components by their labels, full or diagonal.
using OfLabels = std::function<Statistics(Index k, const std::vector<std::int32_t>& labels)>;

/// Different clusterings of the rows into k clusters, each once.
///
/// k-means of the features as they are (the best of three), scaled to variance 1, and whitened by
/// the covariance of all rows; each of these again, whitened by the covariance within its clusters
/// (of fewer than 2,000 rows, each is the best of several starts);
/// k-means along the directions in which the whitened rows are least Gaussian
/// (`least_gaussian_directions`); and two hierarchies, whose smallest clusters are of k-means and
/// merge where the likelihood of a Gaussian for each cluster loses least (`merge_clusters`).
/// Statistics that are diagonal whiten by variances alone, and have neither directions nor
/// hierarchies. Features above 100 are not whitened, nor are there hierarchies of more than 32
/// features or for more than 64 clusters.
/// \param statistics_of gives the statistics of clusters
/// \throws Interrupted
template <class T>
std::vector<Clusters> clusterings(Execution& execution, const Dataset<T>& data, Index k,
                                  std::uint64_t seed, const OfLabels& statistics_of);

}  // namespace gaussmix
