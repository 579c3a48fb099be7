// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>

#include "simd.hpp"

namespace gaussmix::simd {

/// exp(a) for a <= 0, to 1.1 units in the last place, and zero where it would be below the
/// smallest normal number: denormals are slow, and a responsibility of 1e-308 changes nothing.
template <class T>
EIGEN_STRONG_INLINE Pack<T> exponential_or_zero(const Pack<T>& a) {
  static_assert(sizeof(T) == sizeof(float));
  return if_less<T>(broadcast(T(-87)), a, exponential<T>(a), broadcast(T(0)));
}

/// With a = n log 2 + r, |r| <= log(2) / 2: exp(r), a polynomial, times 2^n, which is added to the
/// exponent's bits. The polynomial interpolates exp at the twelve Chebyshev nodes of the interval;
/// its relative error is 2e-17.
template <>
EIGEN_STRONG_INLINE Pack<double> exponential_or_zero<double>(const Pack<double>& a) {
  using P = Pack<double>;
  using Bits [[gnu::vector_size(sizeof(P))]] = std::uint64_t;
  static_assert(sizeof(Bits) == sizeof(P));
  constexpr double kRound = 0x1.8p52;  // added, it moves the nearest integer to the lowest bits
  constexpr double kLog2High = 0x1.62e42feep-1, kLog2Low = 0x1.a39ef35793c76p-33;
  const auto line = [](double c1, const P& x, double c0) {
    return multiply_add<double>(broadcast(c1), x, broadcast(c0));
  };
  const P shifted = line(1.4426950408889634, a, kRound);
  const P n = subtract<double>(shifted, broadcast(kRound));
  const P r = multiply_add<double>(n, broadcast(-kLog2Low),
                                   multiply_add<double>(n, broadcast(-kLog2High), a));
  // exp(r) = 1 + r + r^2 q(r), with q's ten terms summed in pairs.
  const P r2 = multiply<double>(r, r), r4 = multiply<double>(r2, r2);
  const P q01 = line(0x1.555555555555ap-3, r, 0x1.0000000000011p-1);
  const P q23 = line(0x1.111111110f21ep-7, r, 0x1.555555554f0bap-5);
  const P q45 = line(0x1.a01a01b1461c5p-13, r, 0x1.6c16c1880029fp-10);
  const P q67 = line(0x1.71ddf56d8deb5p-19, r, 0x1.a01991a10d9aep-16);
  const P q89 = line(0x1.af632a0f7e2cep-26, r, 0x1.28b4101c77212p-22);
  const P low = multiply_add<double>(q23, r2, q01);
  const P high = multiply_add<double>(multiply_add<double>(q89, r2, q67), r2, q45);
  const P q = multiply_add<double>(high, r4, low);
  const P power = add<double>(broadcast(1.0), multiply_add<double>(q, r2, r));
  Bits exponent, bits;
  std::memcpy(&exponent, &shifted, sizeof(P));
  std::memcpy(&bits, &power, sizeof(P));
  bits += exponent << 52;
  P scaled;
  std::memcpy(&scaled, &bits, sizeof(P));
  return if_less<double>(broadcast(-708.0), a, scaled, broadcast(0.0));
}

}  // namespace gaussmix::simd
