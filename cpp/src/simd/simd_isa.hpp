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

// maximum: a where b is not a number. On x86 the instruction is defined so; others differ.
// less: which lanes of a are less than those of b, as the instruction set has it.
// keep, choose: lanes of `yes` where the mask says so, elsewhere zeros or those of `no`.
// bits: the mask, lane 0 in the lowest bit.
// load_part: the first `count` numbers of a vector, less than all, and zeros. One that was just
// stored number by number would have to be waited for.
// load_as_double, load_part_as_double: the same of float, as a vector of double.

#if defined(EIGEN_VECTORIZE_SSE)
template <class P>
P maximum(const P& a, const P& b) {
  return Eigen::internal::pmax(a, b);
}
#endif

#if defined(EIGEN_VECTORIZE_AVX512)

// Of Eigen's comparison, a mask register becomes a vector, and the vector a mask again.
inline __mmask16 less(const Pack<float>& a, const Pack<float>& b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
inline __mmask8 less(const Pack<double>& a, const Pack<double>& b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
inline Pack<float> keep(__mmask16 mask, const Pack<float>& yes) {
  return _mm512_maskz_mov_ps(mask, yes);
}
inline Pack<double> keep(__mmask8 mask, const Pack<double>& yes) {
  return _mm512_maskz_mov_pd(mask, yes);
}
inline Pack<float> choose(__mmask16 mask, const Pack<float>& yes, const Pack<float>& no) {
  return _mm512_mask_blend_ps(mask, no, yes);
}
inline Pack<double> choose(__mmask8 mask, const Pack<double>& yes, const Pack<double>& no) {
  return _mm512_mask_blend_pd(mask, no, yes);
}
inline unsigned bits(__mmask16 mask) { return mask; }
inline Pack<float> load_part(int count, const float* from) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), from);
}
inline Pack<double> load_part(int count, const double* from) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1U), from);
}
inline Pack<double> load_as_double(const float* from) {
  return _mm512_cvtps_pd(_mm256_loadu_ps(from));
}
inline Pack<double> load_part_as_double(int count, const float* from) {
  const auto mask = static_cast<__mmask8>((1U << count) - 1U);
  return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(mask, from));
}

#else

template <class P>
P less(const P& a, const P& b) {
  return Eigen::internal::pcmp_lt(a, b);
}
template <class P>
P keep(const P& mask, const P& yes) {
  return Eigen::internal::pand(mask, yes);
}
template <class P>
P choose(const P& mask, const P& yes, const P& no) {
  return Eigen::internal::pselect(mask, yes, no);
}

#if defined(EIGEN_VECTORIZE_AVX)

inline unsigned bits(const Pack<float>& mask) {
  return static_cast<unsigned>(_mm256_movemask_ps(mask));
}
inline unsigned bits(const Pack<double>& mask) {
  return static_cast<unsigned>(_mm256_movemask_pd(mask));
}
// From `count` before its middle on, a mask of so many times 32 bits.
alignas(64) inline constexpr std::int32_t kFirst[] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                      0,  0,  0,  0,  0,  0,  0,  0};
inline __m256i mask_of_first(int count) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kFirst + 8 - count));
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
inline Pack<double> load_part_as_double(int count, const float* from) {
  return _mm256_cvtps_pd(_mm_maskload_ps(from, _mm256_castsi256_si128(mask_of_first(count))));
}

#else

template <class T>
Pack<T> load_part(int count, const T* from) {
  alignas(64) T lanes[kLanes<T>] = {};
  for (int i = 0; i < count; ++i) lanes[i] = from[i];
  return Eigen::internal::pload<Pack<T>>(lanes);
}
inline Pack<double> load_part_as_double(int count, const float* from) {
  alignas(64) double lanes[kLanes<double>] = {};
  for (int i = 0; i < count; ++i) lanes[i] = static_cast<double>(from[i]);
  return Eigen::internal::pload<Pack<double>>(lanes);
}

#if defined(EIGEN_VECTORIZE_SSE)

inline Pack<double> load_as_double(const float* from) {
  return _mm_cvtps_pd(_mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(from))));
}

inline unsigned bits(const Pack<float>& mask) {
  return static_cast<unsigned>(_mm_movemask_ps(mask));
}
inline unsigned bits(const Pack<double>& mask) {
  return static_cast<unsigned>(_mm_movemask_pd(mask));
}

#else

inline Pack<double> load_as_double(const float* from) {
  return load_part_as_double(static_cast<int>(kLanes<double>), from);
}
template <class P>
P maximum(const P& a, const P& b) {
  return choose(less(a, b), b, a);
}
template <class P>
unsigned bits(const P& mask) {
  using T = typename Eigen::internal::unpacket_traits<P>::type;
  alignas(64) T lanes[kLanes<T>];
  Eigen::internal::pstore(lanes, keep(mask, Eigen::internal::pset1<P>(T(1))));
  unsigned out = 0;
  for (Index l = 0; l < kLanes<T>; ++l) out |= (lanes[l] != T(0) ? 1U : 0U) << l;
  return out;
}

#endif
#endif
#endif

}  // namespace isa
}  // namespace gaussmix::simd
