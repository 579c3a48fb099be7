// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "accumulate.hpp"
#include "random.hpp"

namespace gaussmix {

struct KMeansOptions {
  Index n_clusters = 1;
  int n_starts = 1;
  int max_iter = 300;  ///< of Lloyd; 0 only assigns rows to the picks of k-means++
  /// Lloyd stops when the centres' squared moves sum to at most tol times the features' mean
  /// variance.
  double tol = 1e-4;
};

struct KMeansResult {
  std::vector<double> centres;       ///< k x d
  std::vector<std::int32_t> labels;  ///< n, each row's nearest centre
  double inertia = 0.0;              ///< the weighted sum of squared distances to them
};

/// Weighted k-means: the best, by inertia, of several starts of greedy k-means++, each improved by
/// Lloyd's iterations. A cluster that runs empty moves to the row that lies farthest from its own
/// centre; where there are fewer distinct rows than clusters some stay empty. The draws are those
/// of (seed, start, first_stream), (seed, start, first_stream + 1), ..., one for each start.
/// \throws Interrupted
template <class T>
KMeansResult kmeans(Execution& execution, const Dataset<T>& data, const KMeansOptions& options,
                    std::uint64_t seed, std::uint32_t start, std::uint32_t first_stream);

}  // namespace gaussmix
