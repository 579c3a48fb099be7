// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <stdexcept>

#include "gaussmix/types.hpp"
#include "gaussmix/validation.hpp"

namespace gaussmix {

// Checks of the arguments of public entry points. \throws std::invalid_argument

inline void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}
/// `message` makes the text, where it is needed.
template <class Message>
void require(bool condition, const Message& message) {
  if (!condition) throw std::invalid_argument(message());
}

/// The rows must be at least one, and finite; `known` says that they are finite.
template <class T>
void require_rows(TableView<T> rows, int n_threads, bool known = false) {
  require(rows.rows >= 1 && rows.columns >= 1, "rows must be at least one, of at least one number");
  require(rows.stride >= rows.columns, "the stride of rows must be at least their columns");
  require(known || all_finite(rows, n_threads), "rows must be finite");
}

inline void require_weights(const double* sample_weight, Index rows) {
  for (Index i = 0; i < rows && sample_weight != nullptr; ++i) {
    require(sample_weight[i] > 0.0 && std::isfinite(sample_weight[i]),
            "sample_weight must be positive and finite");
  }
}

}  // namespace gaussmix
