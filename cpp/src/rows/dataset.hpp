// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/types.hpp"

namespace gaussmix {

/// The rows of a fit and their weights (nullptr: ones), which are held in units of a power of two,
/// so that the largest is in [1, 2), where no product with one can overflow.
template <class T>
class Dataset {
 public:
  Dataset(TableView<T> table, const double* row_weights);

  bool weighted() const noexcept { return weights_ != nullptr; }
  double weight(Index row) const { return weights_ == nullptr ? 1.0 : weights_[row] * scale_; }
  double total_weight() const;
  /// In units, as all weights here.
  double smallest_weight() const { return smallest_; }
  /// The row of the largest weight, the first of equals: it is not far from all others, for those
  /// who measure from a row.
  Index heaviest() const { return heaviest_; }
  /// A weight is what is returned times 2 to the power of this.
  int unit_exponent() const { return unit_exponent_; }

  TableView<T> rows;

 private:
  const double* weights_;
  Index heaviest_ = 0;
  int unit_exponent_ = 0;
  double scale_ = 1.0, smallest_ = 1.0;  // scale_: the inverse of the unit
};

}  // namespace gaussmix
