// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// Copies the lower triangle of a d x d matrix to the upper one.
inline void mirror(Index d, double* out) {
  constexpr Index kTile = 8;  // a cache line both ways
  for (Index first = 0; first < d; first += kTile) {
    for (Index b = 0; b < first + kTile && b < d; ++b) {
      for (Index a = std::max(first, b); a < std::min(first + kTile, d); ++a) {
        out[b * d + a] = out[a * d + b];
      }
    }
  }
}

/// out (d x d) = scatter / count, from scatter's lower triangle, with `ridge` added to the
/// diagonal; that alone if count is zero.
inline void divide_symmetric(const double* scatter, double count, Index d, double ridge,
                             double* out) {
  for (Index a = 0; a < d; ++a) {
    for (Index b = 0; b <= a; ++b) {
      out[a * d + b] = count > 0.0 ? scatter[a * d + b] / count : 0.0;
    }
    out[a * d + a] += ridge;
  }
  mirror(d, out);
}

}  // namespace gaussmix
