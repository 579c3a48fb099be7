// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include "simd/polynomial.hpp"
#include "simd/simd.hpp"

namespace gaussmix::simd {

/// log(a) for finite a >= 1, to one unit in the last place; minus infinity for zero.
template <class T>
EIGEN_STRONG_INLINE Pack<T> logarithm(const Pack<T>& a) {
  static_assert(sizeof(T) == sizeof(float));
  return Eigen::internal::plog(a);
}

/// With a = 2^n (1 + f), 1 + f in [sqrt(1/2), sqrt(2)), and s = f / (2 + f): n log 2 + log(1 + f),
/// log(1 + f) = 2 artanh(s) = 2 s + s z p(z), z = s^2, put together as in FDLIBM's e_log.c, so that
/// the largest term, f, is exact. p interpolates at the seven Chebyshev nodes; the relative error
/// that it leaves is 5e-18.
template <>
EIGEN_STRONG_INLINE Pack<double> logarithm<double>(const Pack<double>& a) {
  using P = Pack<double>;
  using Bits [[gnu::vector_size(sizeof(P))]] = std::uint64_t;
  static_assert(sizeof(Bits) == sizeof(P));
  constexpr std::uint64_t kRootOfHalf = 0x3fe6a09e667f3bcd;
  constexpr std::uint64_t kTwoTo52 = 0x4330000000000000;
  constexpr double kLog2High = 0x1.62e42feep-1, kLog2Low = 0x1.a39ef35793c76p-33;
  // Of p.
  constexpr double kTerms[] = {0x1.5555555555558p-1, 0x1.99999999952e2p-2, 0x1.2492492df148dp-2,
                               0x1.c71c62e5800a1p-3, 0x1.7462b4ab2ef6bp-3, 0x1.39fe606542ddep-3,
                               0x1.2b584aae78a57p-3};
  Bits bits;
  std::memcpy(&bits, &a, sizeof(P));
  const Bits exponent = (bits - kRootOfHalf) >> 52;
  const Bits mantissa = bits - (exponent << 52), shifted = exponent | kTwoTo52;
  P m, n;
  std::memcpy(&m, &mantissa, sizeof(P));
  std::memcpy(&n, &shifted, sizeof(P));
  n = subtract<double>(n, broadcast(0x1p52));

  const P f = subtract<double>(m, broadcast(1.0));
  const P s = divide<double>(f, add<double>(m, broadcast(1.0)));
  const P half_square = multiply<double>(multiply<double>(broadcast(0.5), f), f);
  const P z = multiply<double>(s, s), p = polynomial<double>(kTerms, z);
  const P tail = multiply_add<double>(s, multiply_add<double>(p, z, half_square),
                                      multiply<double>(n, broadcast(kLog2Low)));
  const P rest = subtract<double>(f, subtract<double>(half_square, tail));
  const P value = multiply_add<double>(n, broadcast(kLog2High), rest);
  const P minus_infinity = broadcast(-std::numeric_limits<double>::infinity());
  return if_less<double>(broadcast(0.0), a, value, minus_infinity);
}

}  // namespace gaussmix::simd
