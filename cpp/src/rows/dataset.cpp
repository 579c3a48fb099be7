// SPDX-License-Identifier: BSD-3-Clause
#include "rows/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gaussmix {

template <class T>
Dataset<T>::Dataset(TableView<T> table, const double* row_weights)
    : rows(table), weights_(row_weights) {
  if (weights_ == nullptr || rows.rows == 0) return;
  const double* const largest = std::max_element(weights_, weights_ + rows.rows);
  heaviest_ = largest - weights_;
  constexpr int kLargestExponent = std::numeric_limits<double>::max_exponent - 1;
  unit_exponent_ = std::max(std::ilogb(*largest), -kLargestExponent);
  scale_ = std::ldexp(1.0, -unit_exponent_);
  smallest_ = *std::min_element(weights_, weights_ + rows.rows) * scale_;
}

template <class T>
double Dataset<T>::total_weight() const {
  if (!weighted()) return static_cast<double>(rows.rows);
  double total = 0.0;
  for (Index i = 0; i < rows.rows; ++i) total += weight(i);
  return total;
}

template class Dataset<float>;
template class Dataset<double>;

}  // namespace gaussmix
