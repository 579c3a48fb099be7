// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The pooled scatter without its d^2 operations for each row and component: the rows' scatter T
/// about their mean m does not change from one E-step to the next, and
///     sum_j S_j = T - sum_j n_j (m_j - m) (m_j - m)^T
/// (Hastie, Tibshirani, Friedman 2009, section 4.3.3: total scatter is that within and between).
class WithinScatter {
 public:
  /// \throws Interrupted
  template <class T>
  WithinScatter(Execution& execution, const Dataset<T>& data);

  /// The pooled scatter of the same rows, whose responsibilities sum to 1; `means` have none.
  std::vector<double> pooled_scatter(const Statistics& means) const;

  /// A bound of the error of such a pooled scatter (d x d, the lower triangle, in units), relative
  /// to its smallest eigenvalue and to the largest error that is acceptable: it is of use below 1.
  /// It grows where components lie far apart, and where features are nearly dependent.
  double error_of(const double* scatter) const;

 private:
  Statistics total_;                // of one component
  double epsilon_, largest_error_;  // of the rows' type, and acceptable
};

}  // namespace gaussmix
