// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <limits>

#include "gaussmix/types.hpp"

namespace gaussmix::simd {

// The widest vector that the build's instruction set has for T, and the few operations that the
// kernels need of it. This file alone uses Eigen's packets, which are not part of its public API.
template <class T>
using Pack = typename Eigen::internal::packet_traits<T>::type;

template <class T>
inline constexpr Index kLanes = Eigen::internal::packet_traits<T>::size;

// How many vectors of rows the kernels work on at once: with four columns beside them, their sums
// have to stay in registers, of which AVX-512 has 32 and everything before it 16.
template <class T>
inline constexpr int kUnroll = kLanes<T> * sizeof(T) == 64 ? 4 : 2;

// Columns of a block are this long or a multiple of it, so that no kernel has a tail.
inline constexpr Index kRowMultiple = 64;
static_assert(kRowMultiple % (kUnroll<float> * kLanes<float>) == 0);
static_assert(kRowMultiple % (kUnroll<double> * kLanes<double>) == 0);

/// Asks for `count` numbers that will be wanted soon.
template <class T>
EIGEN_STRONG_INLINE void prefetch(Index count, const T* from) {
  constexpr Index kCacheLine = 64 / Index{sizeof(T)};
  for (Index i = 0; i < count; i += kCacheLine) Eigen::internal::prefetch(from + i);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> load(const T* from) {
  return Eigen::internal::pload<Pack<T>>(from);
}
// As below, for less than a vector. One that was just stored number by number would have to be
// waited for.
#if defined(__AVX512F__)
EIGEN_STRONG_INLINE Pack<float> load_part(int count, const float* from) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), from);
}
EIGEN_STRONG_INLINE Pack<double> load_part(int count, const double* from) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1U), from);
}
#elif defined(__AVX2__)
EIGEN_STRONG_INLINE Pack<float> load_part(int count, const float* from) {
  const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), places));
}
EIGEN_STRONG_INLINE Pack<double> load_part(int count, const double* from) {
  const __m256i places = _mm256_setr_epi64x(0, 1, 2, 3);
  return _mm256_maskload_pd(from, _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), places));
}
#else
template <class T>
EIGEN_STRONG_INLINE Pack<T> load_part(int count, const T* from) {
  alignas(64) T lanes[kLanes<T>] = {};
  for (int i = 0; i < count; ++i) lanes[i] = from[i];
  return Eigen::internal::pload<Pack<T>>(lanes);
}
#endif
/// The first `count` numbers of a vector, from anywhere, and zeros where there are fewer.
template <class T>
EIGEN_STRONG_INLINE Pack<T> load_up_to(Index count, const T* from) {
  if (count >= kLanes<T>) return Eigen::internal::ploadu<Pack<T>>(from);
  return load_part(static_cast<int>(count), from);
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"  // of a vector as a template's argument
#endif
/// Number c of vector r becomes number r of vector c.
template <class T>
EIGEN_ALWAYS_INLINE void transpose(Pack<T> (&square)[kLanes<T>]) {
  Eigen::internal::PacketBlock<Pack<T>, static_cast<int>(kLanes<T>)> block;
  for (Index r = 0; r < kLanes<T>; ++r) block.packet[r] = square[r];
  Eigen::internal::ptranspose(block);
  for (Index r = 0; r < kLanes<T>; ++r) square[r] = block.packet[r];
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
template <class T>
EIGEN_STRONG_INLINE void store(T* to, const Pack<T>& a) {
  Eigen::internal::pstore(to, a);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> broadcast(T a) {
  return Eigen::internal::pset1<Pack<T>>(a);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> add(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::padd(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> subtract(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::psub(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> multiply(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::pmul(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> multiply_add(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
  return Eigen::internal::pmadd(a, b, c);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> divide(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::pdiv(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> maximum(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::pmax(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> minimum(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::pmin(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> square_root(const Pack<T>& a) {
  return Eigen::internal::psqrt(a);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> exponential(const Pack<T>& a) {
  return Eigen::internal::pexp(a);
}
/// Lane by lane a < b ? yes : no; a or b that is not a number gives no.
template <class T>
EIGEN_STRONG_INLINE Pack<T> if_less(const Pack<T>& a, const Pack<T>& b, const Pack<T>& yes,
                                    const Pack<T>& no) {
  return Eigen::internal::pselect(Eigen::internal::pcmp_lt(a, b), yes, no);
}
/// Which lanes of a are less than those of b: a bit each.
template <class T>
EIGEN_STRONG_INLINE unsigned lanes_less(const Pack<T>& a, const Pack<T>& b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == sizeof(double)) return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
  if constexpr (sizeof(T) == sizeof(float)) return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
#endif
  alignas(64) T less[kLanes<T>];
  store(less, if_less<T>(a, b, broadcast(T(1)), broadcast(T(0))));
  unsigned lanes = 0;
  for (Index l = 0; l < kLanes<T>; ++l) lanes |= (less[l] != T(0) ? 1U : 0U) << l;
  return lanes;
}
/// The number of the lowest bit that is set, of any.
EIGEN_STRONG_INLINE Index lowest_bit(unsigned bits) {
#if defined(__GNUC__)
  return __builtin_ctz(bits);
#else
  Index number = 0;
  for (; (bits & 1U) == 0; bits >>= 1U) ++number;
  return number;
#endif
}
template <class T>
EIGEN_STRONG_INLINE T sum(const Pack<T>& a) {
  return Eigen::internal::predux(a);
}
/// How many numbers N are with those that fill up their last vector.
template <class T, int N>
inline constexpr int kFilledUp = (N + static_cast<int>(kLanes<T>) - 1) /
                                 static_cast<int>(kLanes<T>) * static_cast<int>(kLanes<T>);
/// sums[i] (aligned) = the sum of vector i of N. The compiler keeps vectors in registers up to here
/// that a loop over `sum` would drive into memory.
template <class T, int N>
EIGEN_ALWAYS_INLINE void sum_each(const Pack<T> (&vectors)[N], T (&sums)[kFilledUp<T, N>]) {
  constexpr int L = static_cast<int>(kLanes<T>);
  for (int first = 0; first < N; first += L) {
    Pack<T> square[L];
    for (int r = 0; r < L; ++r) square[r] = first + r < N ? vectors[first + r] : broadcast(T(0));
    transpose<T>(square);
    for (int step = 1; step < L; step *= 2) {
      for (int r = 0; r < L; r += 2 * step) square[r] = add<T>(square[r], square[r + step]);
    }
    store(sums + first, square[0]);
  }
}
template <class T>
EIGEN_STRONG_INLINE T smallest(const Pack<T>& a) {
  return Eigen::internal::predux_min(a);
}
template <class T>
EIGEN_STRONG_INLINE T largest(const Pack<T>& a) {
  return Eigen::internal::predux_max(a);
}
template <class T>
EIGEN_STRONG_INLINE T first(const Pack<T>& a) {
  return Eigen::internal::pfirst(a);
}

/// log_normalizer - distance / 2; minus infinity where the distance overflowed, which shows as
/// infinity, or as infinity times zero.
template <class T>
EIGEN_STRONG_INLINE Pack<T> log_density(const Pack<T>& distance, const Pack<T>& log_normalizer) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  const Pack<T> value = multiply_add<T>(broadcast(T(-0.5)), distance, log_normalizer);
  return if_less<T>(distance, broadcast(kInfinity), value, broadcast(-kInfinity));
}

}  // namespace gaussmix::simd
