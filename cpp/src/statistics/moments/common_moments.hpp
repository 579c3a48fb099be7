// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include "gaussmix/statistics.hpp"
#include "rows/aligned_array.hpp"
#include "rows/blocks.hpp"

namespace gaussmix {

/// The moments of many components about one point: the product of a matrix of weights and one of
/// the rows' products of features, which all components share. That is a fraction of the work of
/// moments about a centre of each component's own.
template <class T>
class CommonMoments {
 public:
  /// Whether there is such a way for d features, k components and a form.
  static bool suits(Index d, Index k, ScatterForm form);
  /// The most components at once: the more, the less does each take.
  static Index most(Index d, ScatterForm form);
  /// A weight of `negligible` or less may count as none.
  CommonMoments(Index d, ScatterForm form, double negligible);

  /// Whether all rows together take less time than the vectors of them that have a weight, for each
  /// of these components: by a sample of the components.
  bool pays(Index length, const std::vector<const double*>& weights) const;

  /// Takes the moments of the rows of a block about a point.
  /// \param weights for each component block.length aligned numbers >= 0, zero past block.rows
  void find(const Block<T>& block, const double* point, const std::vector<const double*>& weights);

  // Of the component with number w of those weights: the sum of them, and as in BlockMoments.

  double weight(Index w) const { return moments_[w * size()]; }
  void moments(Index w, double* first, double* second) const;
  /// scatter += the products; only for ScatterForm::full.
  void add_products(Index w, double* scatter) const;

 private:
  Index size() const { return static_cast<Index>(pairs_.size()); }
  void set_columns(const Block<T>& block, const double* point);
  void set_products(Index pair, Index length);
  void multiply(const double* const* weights, Index length, double* out) const;

  Index d_, stride_ = 0;
  ScatterForm form_;
  double negligible_, rows_worth_a_vector_;
  // The products, of two columns each: column 0 is of ones, and then come the features. As many as
  // are added up at once, or a multiple of that; those past the end are of no use.
  std::vector<std::pair<Index, Index>> pairs_;
  std::vector<const double*> padded_;  // the weights, and some once more
  AlignedArray<double> columns_;       // of the block, stride_ apart
  AlignedArray<double> products_;      // those at once: of each vector of rows one after another
  AlignedArray<double> moments_;       // a row of size() numbers for each component
};

}  // namespace gaussmix
