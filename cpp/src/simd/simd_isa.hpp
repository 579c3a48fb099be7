// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "gaussmix/types.hpp"

// What differs from one instruction set to the next. simd.hpp puts it to use.
namespace gaussmix::simd {

/// The widest vector that the build's instruction set has for T.
template <class T>
using Pack = typename Eigen::internal::packet_traits<T>::type;

template <class T>
inline constexpr Index kLanes = Eigen::internal::packet_traits<T>::size;

namespace isa {

// if_less, if_less_or_zero: lane by lane a < b ? yes : no, no being zero in the second.
// maximum: a where b is not a number. The instruction of x86 is defined so; others differ.
// lanes_less: the lanes in which a < b, as bits, lane 0 the lowest.
// load_part: the first `count` numbers of a vector, fewer than all, and zeros. A masked load, where
// there is one: a vector load has to wait for single numbers that were stored just before it.
// load_as_double: as many numbers as a vector of double has.

#if defined(EIGEN_VECTORIZE_AVX512)

// Eigen turns the mask register of a comparison into a vector, and that into a mask again.
template <class P>
P if_less(const P& a, const P& b, const P& yes, const P& no) {
  return a < b ? yes : no;
}
template <class P>
P if_less_or_zero(const P& a, const P& b, const P& yes) {
  return a < b ? yes : P{};
}
inline unsigned lanes_less(const Pack<float>& a, const Pack<float>& b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
inline unsigned lanes_less(const Pack<double>& a, const Pack<double>& b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
inline Pack<float> load_part(int count, const float* from) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), from);
}
inline Pack<double> load_part(int count, const double* from) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1U), from);
}
inline Pack<double> load_as_double(const float* from) {
  return _mm512_cvtps_pd(_mm256_loadu_ps(from));
}

#else

template <class P>
P if_less(const P& a, const P& b, const P& yes, const P& no) {
  return Eigen::internal::pselect(Eigen::internal::pcmp_lt(a, b), yes, no);
}
template <class P>
P if_less_or_zero(const P& a, const P& b, const P& yes) {
  return Eigen::internal::pand(Eigen::internal::pcmp_lt(a, b), yes);
}

#if defined(EIGEN_VECTORIZE_AVX)
inline unsigned lanes_less(const Pack<float>& a, const Pack<float>& b) {
  return static_cast<unsigned>(_mm256_movemask_ps(Eigen::internal::pcmp_lt(a, b)));
}
inline unsigned lanes_less(const Pack<double>& a, const Pack<double>& b) {
  return static_cast<unsigned>(_mm256_movemask_pd(Eigen::internal::pcmp_lt(a, b)));
}
// From `count` before its middle on, the mask of `count` times 32 bits.
alignas(64) inline constexpr std::int32_t kMasks[] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                      0,  0,  0,  0,  0,  0,  0,  0};
inline __m256i mask_of_first(int count) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMasks + 8 - count));
}
inline Pack<float> load_part(int count, const float* from) {
  return _mm256_maskload_ps(from, mask_of_first(count));
}
inline Pack<double> load_part(int count, const double* from) {
  return _mm256_maskload_pd(from, mask_of_first(2 * count));
}
inline Pack<double> load_as_double(const float* from) {
  return _mm256_cvtps_pd(_mm_loadu_ps(from));
}
#else
template <class T>
Pack<T> load_part(int count, const T* from) {
  alignas(64) T lanes[kLanes<T>] = {};
  for (int i = 0; i < count; ++i) lanes[i] = from[i];
  return Eigen::internal::pload<Pack<T>>(lanes);
}
#if defined(EIGEN_VECTORIZE_SSE)
inline unsigned lanes_less(const Pack<float>& a, const Pack<float>& b) {
  return static_cast<unsigned>(_mm_movemask_ps(Eigen::internal::pcmp_lt(a, b)));
}
inline unsigned lanes_less(const Pack<double>& a, const Pack<double>& b) {
  return static_cast<unsigned>(_mm_movemask_pd(Eigen::internal::pcmp_lt(a, b)));
}
inline Pack<double> load_as_double(const float* from) {
  return _mm_cvtps_pd(_mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(from))));
}
#else
template <class P>
unsigned lanes_less(const P& a, const P& b) {
  using T = typename Eigen::internal::unpacket_traits<P>::type;
  alignas(64) T ones[kLanes<T>];
  Eigen::internal::pstore(ones, if_less_or_zero(a, b, Eigen::internal::pset1<P>(T(1))));
  unsigned bits = 0;
  for (Index l = 0; l < kLanes<T>; ++l) bits |= static_cast<unsigned>(ones[l]) << l;
  return bits;
}
inline Pack<double> load_as_double(const float* from) {
  alignas(64) double lanes[kLanes<double>];
  for (Index l = 0; l < kLanes<double>; ++l) lanes[l] = static_cast<double>(from[l]);
  return Eigen::internal::pload<Pack<double>>(lanes);
}
#endif
#endif
#endif

template <class P>
P maximum(const P& a, const P& b) {
#if defined(EIGEN_VECTORIZE_SSE)
  return Eigen::internal::pmax(a, b);
#else
  return if_less(a, b, b, a);
#endif
}

}  // namespace isa
}  // namespace gaussmix::simd
