// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "statistics/moments/block_moments.hpp"
#include "statistics/moments/common_moments.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// What the rows of a block count in a component.
struct ComponentWeights {
  Index component;
  const double* weights;  ///< block.length aligned numbers >= 0, zero past block.rows
};

/// Adds the moments of blocks of rows to statistics. One object serves one thread.
template <class T>
class MomentAdder {
 public:
  /// For d features. A weight of `negligible` or less may count as none.
  MomentAdder(Index d, ScatterForm form, double negligible = kNegligible);

  ScatterForm form() const { return form_; }

  /// Adds the rows of a block, which stand at positions first, first + 1, ... of a sequence, to a
  /// component of statistics of the form, by moments about a centre near them.
  void add(const RowSequence<T>& rows, Index first, const Block<T>& block,
           const ComponentWeights& component, Statistics& statistics);

  /// The same for many components, no more than CommonMoments takes at once, by moments about a
  /// point that may be anywhere.
  /// \return false, with nothing done, where that does not pay
  bool add_about(const std::vector<double>& point, const Block<T>& block,
                 const std::vector<ComponentWeights>& components, Statistics& statistics);

 private:
  // Adds moments that were found.
  template <class AddProducts>
  void add_found(Index j, double weight, const AddProducts& add_products, Statistics& statistics);
  // Takes the moments about the centre, having moved it towards the mean where it is too far away.
  void find_centre(double weight);

  ScatterForm form_;
  double negligible_;
  std::unique_ptr<BlockMoments<T>> moments_;
  std::optional<CommonMoments<T>> common_;       // once it is needed
  std::vector<const double*> weights_;           // those that it is given
  std::vector<double> centre_, first_, second_;  // d each; the moments about the centre
};

/// The statistics of all rows of a data set as one component, without a log-likelihood.
/// \throws Interrupted
template <class T>
Statistics statistics_of_all(Execution& execution, const Dataset<T>& data, ScatterForm form);

}  // namespace gaussmix
