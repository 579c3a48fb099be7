// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

struct LloydOptions {
  int max_iter = 300;  ///< at least 0
  /// Ends the iterations when the centres' squared moves sum to at most this times the features'
  /// mean variance; they end in any case when no row changes its centre.
  double tol = 1e-4;
};

/// From so many clusters on, runs from different centres hardly differ in what they reach.
inline constexpr Index kManyClusters = 256;

struct Clustering {
  std::vector<double> centres;       // k x d, numbers of T
  std::vector<std::int32_t> labels;  // n: each row's nearest centre
  double inertia = 0.0;              // in the metric and unit of weight of the rows
  int n_iter = 0;
};

/// Weighted k-means by Lloyd's iterations (1982), from the centres first_centres(0),
/// first_centres(1), ... (k x d each): of these clusterings that with the least inertia, where a
/// later one replaces an earlier one only if it is lower by 1e-9 of it.
///
/// Centres without rows move to rows. Of the clusters that hold different rows, those whose
/// farthest rows are farthest from their centres give these rows, one each; then all rows find
/// their nearest centres anew, and so on. No cluster of a result is empty, unless there are fewer
/// distinct rows than clusters.
/// \throws Interrupted
template <class T>
Clustering best_clustering(Execution& execution, const PreparedRows<T>& rows, int n_starts,
                           const std::function<std::vector<double>(int start)>& first_centres,
                           const LloydOptions& options);

/// The values of some rows, one row after another.
template <class T>
std::vector<double> values_of(const TableView<T>& table, const std::vector<Index>& rows);

}  // namespace gaussmix
