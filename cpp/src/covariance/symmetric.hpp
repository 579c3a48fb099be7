// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/types.hpp"

namespace gaussmix {

/// out (d x d) = scatter / count, from the lower triangle of scatter; zeros where count is zero.
inline void divide_symmetric(const double* scatter, double count, Index d, double* out) {
  for (Index a = 0; a < d; ++a) {
    for (Index b = 0; b <= a; ++b) {
      const double value = count > 0.0 ? scatter[a * d + b] / count : 0.0;
      out[a * d + b] = value;
      out[b * d + a] = value;
    }
  }
}

}  // namespace gaussmix
