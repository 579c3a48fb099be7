// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// The rows of a fit and their weights (nullptr: ones), which are held in units of a power of two,
/// so that the largest is in [1, 2), where no product with one can overflow.
template <class T>
class Dataset {
 public:
  Dataset(TableView<T> table, const double* row_weights) : rows(table), weights_(row_weights) {
    if (weights_ == nullptr || rows.rows == 0) return;
    const double* const largest = std::max_element(weights_, weights_ + rows.rows);
    heaviest_ = largest - weights_;
    constexpr int kLargestExponent = std::numeric_limits<double>::max_exponent - 1;
    unit_exponent_ = std::max(std::ilogb(*largest), -kLargestExponent);
    scale_ = std::ldexp(1.0, -unit_exponent_);
    smallest_ = *std::min_element(weights_, weights_ + rows.rows) * scale_;
  }

  bool weighted() const noexcept { return weights_ != nullptr; }
  /// In units, as all weights here.
  double weight(Index row) const { return weights_ == nullptr ? 1.0 : weights_[row] * scale_; }
  double total_weight() const {
    if (!weighted()) return static_cast<double>(rows.rows);
    double total = 0.0;
    for (Index i = 0; i < rows.rows; ++i) total += weight(i);
    return total;
  }
  double smallest_weight() const { return smallest_; }
  /// The row of the largest weight, the first of equals: for whoever needs a point that is not far
  /// from all others.
  Index heaviest() const { return heaviest_; }
  /// A weight is what is returned times 2 to the power of this.
  int unit_exponent() const { return unit_exponent_; }

  /// The same weights of a table with as many rows, which must outlive it.
  Dataset with_rows(TableView<T> table) const {
    Dataset result = *this;
    result.rows = table;
    return result;
  }

  TableView<T> rows;

 private:
  const double* weights_;
  Index heaviest_ = 0;
  int unit_exponent_ = 0;
  double scale_ = 1.0, smallest_ = 1.0;  // scale_: the inverse of the unit
};

}  // namespace gaussmix
