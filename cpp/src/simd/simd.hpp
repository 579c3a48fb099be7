// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <cstring>
#include <limits>

#include "gaussmix/types.hpp"
#include "simd/simd_isa.hpp"
#include "simd/static_size.hpp"

namespace gaussmix::simd {

// The few operations on vectors that the kernels need. This file and simd_isa.hpp alone use Eigen's
// packets, which are not part of its public API.

// How many vectors of rows the kernels work on at once: times four columns, their sums have to stay
// in registers, of which AVX-512 has 32 and everything before it 16.
template <class T>
inline constexpr int kUnroll = kLanes<T> * sizeof(T) == 64 ? 4 : 2;

/// The same bits as another type.
template <class To, class From>
EIGEN_ALWAYS_INLINE To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}
/// Asks for `count` numbers that will be wanted soon.
template <class T>
EIGEN_STRONG_INLINE void prefetch(Index count, const T* from) {
  constexpr Index kCacheLine = 64 / Index{sizeof(T)};
  for (Index i = 0; i < count; i += kCacheLine) Eigen::internal::prefetch(from + i);
  Eigen::internal::prefetch(from + count - 1);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> load(const T* from) {
  return Eigen::internal::pload<Pack<T>>(from);
}
/// The first `count` numbers of a vector, from anywhere, and zeros where there are fewer.
template <class T>
EIGEN_STRONG_INLINE Pack<T> load_up_to(Index count, const T* from) {
  if (count >= kLanes<T>) return Eigen::internal::ploadu<Pack<T>>(from);
  return isa::load_part(static_cast<int>(count), from);
}
/// As many numbers as a vector of double has; those of double aligned.
template <class T>
EIGEN_STRONG_INLINE Pack<double> load_as_double(const T* from) {
  if constexpr (sizeof(T) == sizeof(double)) {
    return load(from);
  } else {
    return isa::load_as_double(from);
  }
}
/// The first `count` of so many numbers, from anywhere, and zeros where there are fewer.
template <class T>
EIGEN_STRONG_INLINE Pack<double> load_up_to_as_double(Index count, const T* from) {
  if constexpr (sizeof(T) == sizeof(double)) {
    return load_up_to(count, from);
  } else {
    if (count >= kLanes<double>) return load_as_double(from);
    const Pack<float> part = isa::load_part(static_cast<int>(count), from);
    return load_as_double(reinterpret_cast<const float*>(&part));
  }
}
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
/// a b + c
template <class T>
EIGEN_STRONG_INLINE Pack<T> multiply_add(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
  return Eigen::internal::pmadd(a, b, c);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> divide(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::pdiv(a, b);
}
/// a where b is not a number.
template <class T>
EIGEN_STRONG_INLINE Pack<T> maximum(const Pack<T>& a, const Pack<T>& b) {
  return isa::maximum(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> minimum(const Pack<T>& a, const Pack<T>& b) {
  return Eigen::internal::pmin(a, b);
}
template <class T>
EIGEN_STRONG_INLINE Pack<T> square_root(const Pack<T>& a) {
  return Eigen::internal::psqrt(a);
}
/// Lane by lane a < b ? yes : no; a or b that is not a number gives no.
template <class T>
EIGEN_STRONG_INLINE Pack<T> if_less(const Pack<T>& a, const Pack<T>& b, const Pack<T>& yes,
                                    const Pack<T>& no) {
  return isa::if_less(a, b, yes, no);
}
/// The same with zero for no.
template <class T>
EIGEN_STRONG_INLINE Pack<T> if_less_or_zero(const Pack<T>& a, const Pack<T>& b,
                                            const Pack<T>& yes) {
  return isa::if_less_or_zero(a, b, yes);
}
/// The lanes in which a < b: a bit each, lane 0 the lowest.
template <class T>
EIGEN_STRONG_INLINE unsigned lanes_less(const Pack<T>& a, const Pack<T>& b) {
  return isa::lanes_less(a, b);
}
template <class T>
inline constexpr unsigned kAllLanes = (1U << kLanes<T>)-1U;
/// The number of the lowest bit that is set, of any.
EIGEN_STRONG_INLINE Index lowest_bit(unsigned bits) { return __builtin_ctz(bits); }
template <class T>
EIGEN_STRONG_INLINE T sum(const Pack<T>& a) {
  return Eigen::internal::predux(a);
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

/// The sum of `count` aligned numbers, a multiple of 64.
template <class T>
EIGEN_STRONG_INLINE T sum_of(const T* numbers, Index count) {
  constexpr int kSums = 4;  // an addition waits for the one before in the same sum
  constexpr Index L = kLanes<T>;
  static_assert(64 % (kSums * L) == 0);
  Pack<T> sums[kSums];
  for (auto& part : sums) part = broadcast(T(0));
  for (Index i = 0; i < count; i += kSums * L) {
    for (int v = 0; v < kSums; ++v) sums[v] = add<T>(sums[v], load(numbers + i + v * L));
  }
  return sum<T>(add<T>(add<T>(sums[0], sums[1]), add<T>(sums[2], sums[3])));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"  // of a vector as a template's argument
/// Number c of vector r becomes number r of vector c.
template <class T>
EIGEN_ALWAYS_INLINE void transpose(Pack<T> (&square)[kLanes<T>]) {
  Eigen::internal::PacketBlock<Pack<T>, static_cast<int>(kLanes<T>)> block;
  for (Index r = 0; r < kLanes<T>; ++r) block.packet[r] = square[r];
  Eigen::internal::ptranspose(block);
  for (Index r = 0; r < kLanes<T>; ++r) square[r] = block.packet[r];
}
#pragma GCC diagnostic pop

/// N, rounded up to a multiple of kLanes<T>.
template <class T, int N>
inline constexpr int kWholeVectors = (N + static_cast<int>(kLanes<T>) - 1) /
                                     static_cast<int>(kLanes<T>) * static_cast<int>(kLanes<T>);
/// sums[i] (aligned) = the sum of vector i of N. An array that a loop indexes, as one of `sum`
/// would, may stay in memory from the start; here that is a copy.
template <class T, int N>
EIGEN_ALWAYS_INLINE void sum_each(const Pack<T> (&vectors)[N], T (&sums)[kWholeVectors<T, N>]) {
  constexpr int L = static_cast<int>(kLanes<T>);
  Pack<T> copies[kWholeVectors<T, N>];
  unrolled<N>([&](auto i) { copies[i] = vectors[i]; });
  for (int i = N; i < kWholeVectors<T, N>; ++i) copies[i] = broadcast(T(0));
  for (int first = 0; first < N; first += L) {
    Pack<T> square[L];
    for (int r = 0; r < L; ++r) square[r] = copies[first + r];
    transpose<T>(square);
    for (int step = 1; step < L; step *= 2) {
      for (int r = 0; r < L; r += 2 * step) square[r] = add<T>(square[r], square[r + step]);
    }
    store(sums + first, square[0]);
  }
}

/// log_normalizer - distance / 2; minus infinity where the distance overflowed to infinity, or to
/// not a number (infinity times zero). The normalizer is finite.
template <class T>
EIGEN_STRONG_INLINE Pack<T> log_density(const Pack<T>& distance, const Pack<T>& log_normalizer) {
  const Pack<T> value = multiply_add<T>(broadcast(T(-0.5)), distance, log_normalizer);
  return maximum<T>(broadcast(-std::numeric_limits<T>::infinity()), value);
}

}  // namespace gaussmix::simd
