// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"
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

  /// Whether the difference keeps its digits in an E-step with this tied mixture: neither do its
  /// components lie so far apart, nor do features vary so little but together, that it would not.
  bool keeps_digits(const Mixture& mixture) const;

  /// The pooled scatter of the same rows, each shared out completely; `means` have none.
  std::vector<double> pooled_scatter(const Statistics& means) const;

 private:
  bool keeps_digits(const double* within, const double* factor) const;

  Statistics total_;                // of one component
  double epsilon_, largest_error_;  // of the rows' type, and of what is worth having
};

}  // namespace gaussmix
