// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "simd.hpp"

namespace gaussmix {

/// A set of equally long, aligned columns, `stride` apart.
template <class T>
struct Columns {
  const T* data;
  Index count, stride;

  const T* column(Index i) const { return data + i * stride; }
};

/// out[i * b.count + j] += a_i . b_j, over columns of `length` numbers (a multiple of
/// simd::kLanes). With `lower_only`, a and b are the same and only j <= i is written.
/// The order of summation depends on the length and the instruction set alone, which that of a
/// library product, blocked for the caches it finds, does not.
template <class T>
void add_gram(const Columns<T>& a, const Columns<T>& b, Index length, bool lower_only, T* out) {
  constexpr int A = 4, B = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  for (Index i0 = 0; i0 < a.count; i0 += A) {
    const Index j_end = lower_only ? std::min(i0 + A, b.count) : b.count;
    for (Index j0 = 0; j0 < j_end; j0 += B) {
      // Past the last column a tile repeats it, and drops what it computes there.
      const T *left[A], *right[B];
      for (int s = 0; s < A; ++s) left[s] = a.column(std::min(i0 + s, a.count - 1));
      for (int t = 0; t < B; ++t) right[t] = b.column(std::min(j0 + t, b.count - 1));
      Pack sums[A][B];
      for (int s = 0; s < A; ++s) {
        for (int t = 0; t < B; ++t) sums[s][t] = simd::broadcast(T(0));
      }
      for (Index row = 0; row < length; row += L) {
        Pack x[A];
        for (int s = 0; s < A; ++s) x[s] = simd::load(left[s] + row);
        for (int t = 0; t < B; ++t) {
          const Pack y = simd::load(right[t] + row);
          for (int s = 0; s < A; ++s) sums[s][t] = simd::multiply_add<T>(x[s], y, sums[s][t]);
        }
      }
      for (int s = 0; s < A && i0 + s < a.count; ++s) {
        for (int t = 0; t < B && j0 + t < b.count; ++t) {
          if (lower_only && j0 + t > i0 + s) continue;
          out[(i0 + s) * b.count + j0 + t] += simd::sum<T>(sums[s][t]);
        }
      }
    }
  }
}

}  // namespace gaussmix
