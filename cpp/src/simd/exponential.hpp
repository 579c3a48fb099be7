// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>

#include "simd/polynomial.hpp"
#include "simd/simd.hpp"

namespace gaussmix::simd {

// exp(a) = 2^(n / kSteps) exp(r) with a = n log(2) / kSteps + r, n the nearest whole number. The
// polynomial p with exp(r) = 1 + r p(r) interpolates at the Chebyshev nodes of the interval. log(2)
// is kLog2High + kLog2Low, and n times the first is exact.
template <class T>
struct ExponentialTerms;

template <>
struct ExponentialTerms<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissa = 23, kSteps = 1;  // the first in bits
  static constexpr float kLowest = -87.0F, kLog2High = 0x1.62e4p-1F, kLog2Low = 0x1.7f7d1cp-20F;
  // They leave a relative error of 1e-8.
  static constexpr float kTerms[] = {1.0F,           0.5F,           0x1.55547cp-3F,
                                     0x1.5554eap-5F, 0x1.123d82p-7F, 0x1.6d4316p-10F};
};

template <>
struct ExponentialTerms<double> {
  using Bits = std::uint64_t;
  static constexpr double kLowest = -708.0;
  static constexpr double kLog2High = 0x1.62e42feep-1, kLog2Low = 0x1.a39ef35793c76p-33;
#if defined(EIGEN_VECTORIZE_AVX512)
  static constexpr int kMantissa = 52, kSteps = 16;  // the steps come from a table
  // They leave a relative error of 1.4e-17.
  static constexpr double kTerms[] = {0x1.0000000000003p+0, 0x1.0000000000001p-1,
                                      0x1.555555547d375p-3, 0x1.55555554e9466p-5,
                                      0x1.11123cf2011fdp-7, 0x1.6c17ed4ce9ff6p-10};
#else
  static constexpr int kMantissa = 52, kSteps = 1;
  // They leave a relative error of 1e-17.
  static constexpr double kTerms[] = {1.0,
                                      0x1.0000000000005p-1,
                                      0x1.5555555555557p-3,
                                      0x1.55555555520afp-5,
                                      0x1.11111111100dfp-7,
                                      0x1.6c16c17f43acbp-10,
                                      0x1.a01a01abe6323p-13,
                                      0x1.a019a66a5f0b6p-16,
                                      0x1.71de0237484cdp-19,
                                      0x1.28a2c0bee04a5p-22,
                                      0x1.af4ddda1c08cdp-26};
#endif
};

// 2^(n / kSteps) (1 + r p); n is the whole number in the lowest bits of `shifted`.
template <class T>
EIGEN_ALWAYS_INLINE Pack<T> put_together(const Pack<T>& shifted, const Pack<T>& r,
                                         const Pack<T>& p) {
  using Bits [[gnu::vector_size(sizeof(Pack<T>))]] = typename ExponentialTerms<T>::Bits;
  static_assert(sizeof(Bits) == sizeof(Pack<T>));
  const Pack<T> value = multiply_add<T>(r, p, broadcast(T(1)));
  Bits exponent, bits;
  std::memcpy(&exponent, &shifted, sizeof(bits));
  std::memcpy(&bits, &value, sizeof(bits));
  bits += exponent << ExponentialTerms<T>::kMantissa;
  Pack<T> scaled;
  std::memcpy(&scaled, &bits, sizeof(bits));
  return scaled;
}
#if defined(EIGEN_VECTORIZE_AVX512)
// The lowest four bits of n choose 2^(i / 16) from a table, the others are added to its exponent:
// n << 48 is added, and what the four bits are in it has been subtracted from the table.
template <>
EIGEN_ALWAYS_INLINE Pack<double> put_together<double>(const Pack<double>& shifted,
                                                      const Pack<double>& r,
                                                      const Pack<double>& p) {
  constexpr int kToExponent = 48;
  const __m512d low = _mm512_setr_pd(
      0x1.0000000000000p+0, 0x1.0b5586cf9890fp+0, 0x1.172b83c7d517bp+0, 0x1.2387a6e756238p+0,
      0x1.306fe0a31b715p+0, 0x1.3dea64c123422p+0, 0x1.4bfdad5362a27p+0, 0x1.5ab07dd485429p+0);
  const __m512d high = _mm512_setr_pd(
      0x1.6a09e667f3bcdp+0, 0x1.7a11473eb0187p+0, 0x1.8ace5422aa0dbp+0, 0x1.9c49182a3f090p+0,
      0x1.ae89f995ad3adp+0, 0x1.c199bdd85529cp+0, 0x1.d5818dcfba487p+0, 0x1.ea4afa2a490dap+0);
  const __m512i places = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), eight = _mm512_set1_epi64(8);
  const auto less = [](const __m512d& table, const __m512i& places_of) {
    return _mm512_sub_epi64(_mm512_castpd_si512(table), _mm512_slli_epi64(places_of, kToExponent));
  };
  const __m512i n = _mm512_castpd_si512(shifted);
  const __m512i step =
      _mm512_permutex2var_epi64(less(low, places), n, less(high, _mm512_add_epi64(places, eight)));
  const __m512d power =
      _mm512_castsi512_pd(_mm512_add_epi64(step, _mm512_slli_epi64(n, kToExponent)));
  return multiply_add<double>(power, multiply<double>(r, p), power);
}
#endif

/// exp(a) for a <= 0, to 1.15 units in the last place (1.4 where products are rounded before they
/// are added), and zero where it would be below the smallest normal number: denormals are slow, and
/// a responsibility of 1e-308 changes nothing.
template <class T>
EIGEN_ALWAYS_INLINE Pack<T> exponential_or_zero(const Pack<T>& a) {
  using Terms = ExponentialTerms<T>;
  // Added, it moves the nearest whole number to the lowest bits.
  constexpr T kRound = T(1.5) * static_cast<T>(typename Terms::Bits{1} << Terms::kMantissa);
  constexpr T kSteps = Terms::kSteps, kStepsPerUnit = T(1.4426950408889634) * kSteps;
  const Pack<T> shifted = multiply_add<T>(broadcast(kStepsPerUnit), a, broadcast(kRound));
  const Pack<T> n = subtract<T>(shifted, broadcast(kRound));
  const Pack<T> rough = multiply_add<T>(n, broadcast(-Terms::kLog2High / kSteps), a);
  const Pack<T> r = multiply_add<T>(n, broadcast(-Terms::kLog2Low / kSteps), rough);
  const Pack<T> value = put_together<T>(shifted, r, polynomial<T>(Terms::kTerms, r));
  return if_less_or_zero<T>(broadcast(Terms::kLowest), a, value);
}

}  // namespace gaussmix::simd
