// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/types.hpp"

namespace gaussmix {

/// The rows of a fit and their weights (nullptr: ones). Only the ratios of weights matter; a power
/// of two scales them so that the largest is in [1, 2), where no product with one can overflow.
template <class T>
class Dataset {
 public:
  Dataset(TableView<T> table, const double* row_weights);

  bool weighted() const noexcept { return weights_ != nullptr; }
  double weight(Index row) const { return weights_ == nullptr ? 1.0 : weights_[row] * scale_; }
  double total_weight() const;
  /// Of the weights, as they are scaled.
  double smallest_weight() const { return smallest_; }
  /// The power of two by which the weights are scaled.
  double weight_scale() const { return scale_; }

  TableView<T> rows;

 private:
  const double* weights_;
  double scale_ = 1.0, smallest_ = 1.0;
};

}  // namespace gaussmix
