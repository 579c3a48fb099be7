// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <stdexcept>

#include "gaussmix/types.hpp"

namespace gaussmix {

// What the public entry points ask of their arguments. \throws std::invalid_argument

inline void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

inline void require_weights(const double* sample_weight, Index rows) {
  for (Index i = 0; i < rows && sample_weight != nullptr; ++i) {
    require(sample_weight[i] > 0.0 && std::isfinite(sample_weight[i]),
            "sample_weight must be positive and finite");
  }
}

}  // namespace gaussmix
