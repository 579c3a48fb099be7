// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kmeans/lloyd.hpp"

namespace gaussmix {

struct Clustering {
  std::vector<double> centres;       // k x d
  std::vector<std::int32_t> labels;  // n
  double inertia = 0.0;              // in scaled units
  int n_iter = 0;
};

/// Of k-means from the centres first_centres(0), first_centres(1), ... (k x d each), that with the
/// least inertia; a later one replaces an earlier one only if it is lower by 1e-9 of it.
/// \throws Interrupted
template <class T>
Clustering best_clustering(Execution& execution, const PreparedRows<T>& rows, int n_starts,
                           const std::function<std::vector<double>(int start)>& first_centres,
                           const LloydOptions& options);

/// The values of some rows, one row after another.
template <class T>
std::vector<double> values_of(const Dataset<T>& data, const std::vector<Index>& rows);

}  // namespace gaussmix
