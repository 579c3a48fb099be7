// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "statistics/moments/block_moments.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// Adds the moments of blocks of rows to statistics. One object serves one thread.
template <class T>
class MomentAdder {
 public:
  /// For d features. A weight of `negligible` or less may count as none.
  MomentAdder(Index d, ScatterForm form, double negligible = kNegligible);

  ScatterForm form() const { return form_; }

  /// Adds the rows of a block, which stand at positions first, first + 1, ... of a sequence, to
  /// component j of statistics of the form.
  /// \param weights block.length aligned numbers >= 0, zero past block.rows: what each row counts.
  void add(const RowSequence<T>& rows, Index first, const Block<T>& block, Index j,
           const double* weights, Statistics& statistics);

 private:
  // Takes the moments about the centre, having moved it towards the mean where it is too far away.
  void find_centre(double weight);

  ScatterForm form_;
  std::unique_ptr<BlockMoments<T>> moments_;
  std::vector<double> centre_, first_, second_;  // d each; the moments about the centre
};

/// The statistics of all rows of a data set as one component, without a log-likelihood.
/// \throws Interrupted
template <class T>
Statistics statistics_of_all(Execution& execution, const Dataset<T>& data, ScatterForm form);

}  // namespace gaussmix
