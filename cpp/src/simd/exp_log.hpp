// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>

#include "simd/simd.hpp"

namespace gaussmix::simd {

// p_first + power p_(first + step) + power^2 p_(first + 2 step) + ..., by Horner's rule, where
// p_i = c[2 i] + c[2 i + 1] x and power = x^(2 step).
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

/// c[0] + c[1] x + ... + c[N - 1] x^(N - 1); many terms in two independent sums.
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

// exp(a) = 2^(n / kSteps) exp(r) with a = n log(2) / kSteps + r, n the nearest whole number. In
// exp(r) = 1 + r p(r), the polynomial p interpolates at the Chebyshev nodes. log(2) is kLog2High +
// kLog2Low, and n times the first is exact.
template <class T>
struct ExponentialTerms;

template <>
struct ExponentialTerms<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissaBits = 23, kSteps = 1;
  static constexpr float kLowest = -87.0F, kLog2High = 0x1.62e4p-1F, kLog2Low = 0x1.7f7d1cp-20F;
  // Of p; the relative error is 1e-8.
  static constexpr float kTerms[] = {1.0F,           0.5F,           0x1.55547cp-3F,
                                     0x1.5554eap-5F, 0x1.123d82p-7F, 0x1.6d4316p-10F};
};

template <>
struct ExponentialTerms<double> {
  using Bits = std::uint64_t;
  static constexpr double kLowest = -708.0;
  static constexpr double kLog2High = 0x1.62e42feep-1, kLog2Low = 0x1.a39ef35793c76p-33;
#if defined(EIGEN_VECTORIZE_AVX512)
  static constexpr int kMantissaBits = 52, kSteps = 16;
  // Of p; the relative error is 1.4e-17.
  static constexpr double kTerms[] = {0x1.0000000000003p+0, 0x1.0000000000001p-1,
                                      0x1.555555547d375p-3, 0x1.55555554e9466p-5,
                                      0x1.11123cf2011fdp-7, 0x1.6c17ed4ce9ff6p-10};
#else
  static constexpr int kMantissaBits = 52, kSteps = 1;
  // Of p; the relative error is 1e-17.
  static constexpr double kTerms[] = {
      0x1.0000000000000p+0,  0x1.0000000000005p-1,  0x1.5555555555557p-3,  0x1.55555555520afp-5,
      0x1.11111111100dfp-7,  0x1.6c16c17f43acbp-10, 0x1.a01a01abe6323p-13, 0x1.a019a66a5f0b6p-16,
      0x1.71de0237484cdp-19, 0x1.28a2c0bee04a5p-22, 0x1.af4ddda1c08cdp-26};
#endif
};

// 2^(n / kSteps) (1 + r p); n is the whole number in the lowest bits of `shifted`.
template <class T>
EIGEN_ALWAYS_INLINE Pack<T> scaled_exponential(const Pack<T>& shifted, const Pack<T>& r,
                                               const Pack<T>& p) {
  using Bits [[gnu::vector_size(sizeof(Pack<T>))]] = typename ExponentialTerms<T>::Bits;
  const Pack<T> value = multiply_add<T>(r, p, broadcast(T(1)));
  return bit_cast<Pack<T>>(bit_cast<Bits>(value) +
                           (bit_cast<Bits>(shifted) << ExponentialTerms<T>::kMantissaBits));
}
#if defined(EIGEN_VECTORIZE_AVX512)
// The lowest four bits i of n choose 2^(i / 16) from a table, the others are added to its exponent:
// n << 48 is added whole, and the table holds the bits of 2^(i / 16) less i << 48.
template <>
EIGEN_ALWAYS_INLINE Pack<double> scaled_exponential<double>(const Pack<double>& shifted,
                                                            const Pack<double>& r,
                                                            const Pack<double>& p) {
  alignas(64) static constexpr std::uint64_t kPowers[] = {
      0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
      0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
      0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
      0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da};
  const __m512i n = _mm512_castpd_si512(shifted);
  const __m512i power_of_step =
      _mm512_permutex2var_epi64(_mm512_load_epi64(kPowers), n, _mm512_load_epi64(kPowers + 8));
  const __m512d power =
      _mm512_castsi512_pd(_mm512_add_epi64(power_of_step, _mm512_slli_epi64(n, 48)));
  return multiply_add<double>(power, multiply<double>(r, p), power);
}
#endif

/// exp(a) for a <= 0, to 1.15 units in the last place (1.4 without fused multiply-add), and zero
/// where it would be below the smallest normal number: denormals are slow, and a responsibility of
/// 1e-308 changes nothing.
template <class T>
EIGEN_ALWAYS_INLINE Pack<T> exponential_or_zero(const Pack<T>& a) {
  using Terms = ExponentialTerms<T>;
  // Added, it moves the nearest whole number to the lowest bits.
  constexpr T kRound = T(1.5) * static_cast<T>(typename Terms::Bits{1} << Terms::kMantissaBits);
  constexpr T kSteps = Terms::kSteps, kStepsPerUnit = T(1.4426950408889634) * kSteps;
  const Pack<T> shifted = multiply_add<T>(broadcast(kStepsPerUnit), a, broadcast(kRound));
  const Pack<T> n = subtract<T>(shifted, broadcast(kRound));
  const Pack<T> rough = multiply_add<T>(n, broadcast(-Terms::kLog2High / kSteps), a);
  const Pack<T> r = multiply_add<T>(n, broadcast(-Terms::kLog2Low / kSteps), rough);
  const Pack<T> value = scaled_exponential<T>(shifted, r, polynomial<T>(Terms::kTerms, r));
  return if_less_or_zero<T>(broadcast(Terms::kLowest), a, value);
}

/// log(a) for finite a >= 1, to one unit in the last place; minus infinity for zero.
template <class T>
EIGEN_STRONG_INLINE Pack<T> logarithm(const Pack<T>& a) {
  static_assert(sizeof(T) == sizeof(float));
  return Eigen::internal::plog(a);
}

/// With a = 2^n (1 + f), 1 + f in [sqrt(1/2), sqrt(2)), and s = f / (2 + f): n log 2 + log(1 + f),
/// log(1 + f) = 2 artanh(s) = 2 s + s z p(z), z = s^2, added up as in FDLIBM's e_log.c, so that the
/// largest term, f, is exact. p interpolates at the seven Chebyshev nodes; its relative error is
/// 5e-18.
template <>
EIGEN_STRONG_INLINE Pack<double> logarithm<double>(const Pack<double>& a) {
  using P = Pack<double>;
  using Bits [[gnu::vector_size(sizeof(P))]] = std::uint64_t;
  constexpr std::uint64_t kRootOfHalf = 0x3fe6a09e667f3bcd;
  constexpr std::uint64_t kTwoTo52 = 0x4330000000000000;
  constexpr double kLog2High = 0x1.62e42feep-1, kLog2Low = 0x1.a39ef35793c76p-33;
  // Of p.
  constexpr double kTerms[] = {0x1.5555555555558p-1, 0x1.99999999952e2p-2, 0x1.2492492df148dp-2,
                               0x1.c71c62e5800a1p-3, 0x1.7462b4ab2ef6bp-3, 0x1.39fe606542ddep-3,
                               0x1.2b584aae78a57p-3};
  const auto bits = bit_cast<Bits>(a);
  const Bits exponent = (bits - kRootOfHalf) >> 52;
  const auto m = bit_cast<P>(bits - (exponent << 52));
  const P n = subtract<double>(bit_cast<P>(exponent | kTwoTo52), broadcast(0x1p52));

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
