// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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
  /// T in float64, whatever the rows are.
  /// \throws Interrupted
  template <class T>
  WithinScatter(Execution& execution, const Dataset<T>& data);

  /// Makes of empty pooled statistics those of the same rows as `means`, which have no scatter,
  /// each row shared out completely. False, with nothing useful in them, where the difference would
  /// lose too much: where the components lie far apart, or features hardly vary but together.
  bool pool(const Statistics& means, Statistics& pooled) const;

 private:
  bool accurate(const Statistics& pooled) const;

  Statistics total_;                // of one component
  double epsilon_, largest_error_;  // of the rows' type, and of what is worth having
};

}  // namespace gaussmix
