// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "statistics/moments/block_moments.hpp"
#include "statistics/moments/common_moments.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// What the rows of a block are to a component.
struct ComponentWeights {
  Index component;
  /// block.length aligned numbers >= 0, zero past block.rows: what each row counts.
  const double* weights;
  /// Of the component's features, where they are known: rows within a few deviations of the centre
  /// are near it.
  const double* variances = nullptr;
  /// Whether the point that components have in common may be near those rows.
  bool near_common_point = false;
};

/// Adds the moments of blocks of rows to statistics. One object serves one thread.
template <class T>
class MomentAdder {
 public:
  /// For d features. A weight of `negligible` or less may count as none.
  MomentAdder(Index d, ScatterForm form, double negligible = kNegligible);

  ScatterForm form() const { return form_; }
  /// Whether moments of few rows were taken as they are, and cleared by asking.
  bool took_few_rows() { return std::exchange(took_few_rows_, false); }

  /// Adds the rows of a block, which stand at positions first, first + 1, ... of a sequence, to a
  /// component of statistics of the form.
  void add(const RowSequence<T>& rows, Index first, const Block<T>& block,
           const ComponentWeights& given, Statistics& statistics);

  /// How many components are added together, where they have a point in common.
  Index at_once() const { return common_ ? common_->most() : 1; }
  /// The same for up to as many.
  void add(const RowSequence<T>& rows, Index first, const Block<T>& block,
           const std::vector<ComponentWeights>& given, const std::vector<double>& common_point,
           Statistics& statistics);

 private:
  // Adds the moments that were found.
  template <class AddProducts>
  void add_found(Index j, double weight, const AddProducts& add_products, Statistics& statistics);
  // Takes the moments about the centre, having moved it towards the mean where it is too far away.
  void find_centre(const Block<T>& block, const ComponentWeights& given, double weight);
  bool off_centre(const Block<T>& block, const ComponentWeights& given, double weight, int bits);

  ScatterForm form_;
  bool took_few_rows_ = false;
  std::unique_ptr<BlockMoments<T>> moments_;
  std::optional<CommonMoments<T>> common_;
  std::vector<double> centre_, first_, second_;  // d each; the moments about the centre
};

/// The statistics of all rows of a data set as one component, without a log-likelihood.
/// \throws Interrupted
template <class T>
Statistics statistics_of_all(Execution& execution, const Dataset<T>& data, ScatterForm form);

}  // namespace gaussmix
