// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "simd/simd.hpp"

namespace gaussmix::simd {

// With pairs of terms p_i = c[2 i] + c[2 i + 1] x: p_i + power p_(i + step) + power^2 ..., by
// Horner's rule, for i = first and power = x^(2 step).
template <int first, int step, class T, int N>
EIGEN_ALWAYS_INLINE Pack<T> sum_of_pairs(const T (&c)[N], const Pack<T>& x, const Pack<T>& power) {
  const Pack<T> even = broadcast(c[2 * first]);
  if constexpr (2 * first + 1 == N) {
    return even;
  } else {
    const Pack<T> pair = multiply_add<T>(broadcast(c[2 * first + 1]), x, even);
    if constexpr (2 * (first + step) >= N) {
      return pair;
    } else {
      return multiply_add<T>(sum_of_pairs<first + step, step, T>(c, x, power), power, pair);
    }
  }
}

/// c[0] + c[1] x + ... + c[N - 1] x^(N - 1); of many terms in two sums that do not wait for each
/// other.
template <class T, int N>
EIGEN_ALWAYS_INLINE Pack<T> polynomial(const T (&c)[N], const Pack<T>& x) {
  const Pack<T> x2 = multiply<T>(x, x);
  if constexpr (N <= 8) {
    return sum_of_pairs<0, 1, T>(c, x, x2);
  } else {
    const Pack<T> x4 = multiply<T>(x2, x2);
    return multiply_add<T>(sum_of_pairs<1, 2, T>(c, x, x4), x2, sum_of_pairs<0, 2, T>(c, x, x4));
  }
}

}  // namespace gaussmix::simd
