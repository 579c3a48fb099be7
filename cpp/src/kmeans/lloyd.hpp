// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

struct LloydOptions {
  int max_iter = 300;  ///< at least 0
  /// Ends the iterations when the centres' squared moves sum to at most this times the features'
  /// mean variance; they end in any case when no row changes its centre.
  double tol = 1e-4;
};

struct LloydResult {
  std::vector<double> centres;  ///< k x d, numbers of T
  int n_iter = 0;
};

/// Weighted k-means from given centres (k x d) by Lloyd's iterations (1982). A cluster that runs
/// empty moves to the row that lies farthest from its own centre, two of them to two such rows;
/// where there are fewer distinct rows than clusters some stay empty.
/// \throws Interrupted
template <class T>
LloydResult lloyd(Execution& execution, const PreparedRows<T>& rows, std::vector<double> centres,
                  const LloydOptions& options);

}  // namespace gaussmix
