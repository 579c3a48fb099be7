// SPDX-License-Identifier: BSD-3-Clause
#include "densities/log_sum_exp.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "simd/exp_log.hpp"

namespace gaussmix {
namespace {

// So many vectors of rows are worked on at once: one alone waits for its own results.
template <class T>
inline constexpr int kVectors = simd::kUnroll<T>;
template <class T>
struct Vectors {
  simd::Pack<T> of[kVectors<T>];
};

// For the vectors of rows that begin with row i: makes of the largest log-densities those of the
// mixture, calls use(offset, exponential) for each vector of each column, and returns the sums of
// the exponentials.
template <class T, class Use>
EIGEN_STRONG_INLINE Vectors<T> sum_exponentials(const Block<T>& block, Index i,
                                                const std::vector<Index>& components,
                                                const T* log_densities, T* log_density,
                                                const Use& use) {
  using Pack = simd::Pack<T>;
  constexpr Index L = simd::kLanes<T>;
  const Pack minus_infinity = simd::broadcast(-std::numeric_limits<T>::infinity());
  Vectors<T> top, sum;
  std::fill_n(sum.of, kVectors<T>, simd::broadcast(T(0)));
  // Where all are minus infinity, zero in place of the maximum leaves them so.
  for (int v = 0; v < kVectors<T>; ++v) {
    const Pack largest = simd::load(log_density + i + v * L);
    top.of[v] = simd::if_less_or_zero<T>(minus_infinity, largest, largest);
  }
  for (const Index j : components) {
    for (int v = 0; v < kVectors<T>; ++v) {
      const Index offset = j * block.stride + i + v * L;
      const Pack difference = simd::subtract<T>(simd::load(log_densities + offset), top.of[v]);
      const Pack exponential = simd::exponential_or_zero<T>(difference);
      sum.of[v] = simd::add<T>(sum.of[v], exponential);
      use(offset, exponential);
    }
  }
  for (int v = 0; v < kVectors<T>; ++v) {
    simd::store(log_density + i + v * L, simd::add<T>(top.of[v], simd::logarithm<T>(sum.of[v])));
  }
  return sum;
}

// Makes exponentials responsibilities: divides them by their sum, where that is not zero.
template <class T>
EIGEN_STRONG_INLINE void divide_by(const Vectors<T>& sums, const Block<T>& block, Index i,
                                   const std::vector<Index>& components, T* exponentials) {
  using Pack = simd::Pack<T>;
  const Pack zero = simd::broadcast(T(0)), one = simd::broadcast(T(1));
  const Pack equal = simd::broadcast(T(1) / static_cast<T>(components.size()));
  Vectors<T> inverse, constant;
  for (int v = 0; v < kVectors<T>; ++v) {
    inverse.of[v] = simd::if_less_or_zero<T>(zero, sums.of[v], simd::divide<T>(one, sums.of[v]));
    constant.of[v] = simd::if_less<T>(zero, sums.of[v], zero, equal);
  }
  for (const Index j : components) {
    T* out = exponentials + j * block.stride + i;
    for (int v = 0; v < kVectors<T>; ++v, out += simd::kLanes<T>) {
      simd::store(out, simd::multiply_add<T>(simd::load(out), inverse.of[v], constant.of[v]));
    }
  }
}

// Makes those exponentials zero that are negligible beside their sum, takes them from log_density
// as well, and returns the sum of the others.
template <class T>
EIGEN_STRONG_INLINE Vectors<T> truncate(const Vectors<T>& sums, const Block<T>& block, Index i,
                                        const std::vector<Index>& components, const T* negligible,
                                        T* exponentials, T* log_density) {
  using Pack = simd::Pack<T>;
  constexpr Index L = simd::kLanes<T>;
  const Pack zero = simd::broadcast(T(0)), one = simd::broadcast(T(1));
  Vectors<T> kept;
  std::fill_n(kept.of, kVectors<T>, zero);
  for (const Index j : components) {
    T* out = exponentials + j * block.stride + i;
    for (int v = 0; v < kVectors<T>; ++v, out += L) {
      const Pack least = simd::multiply<T>(simd::broadcast(negligible[j]), sums.of[v]);
      const Pack exponential = simd::load(out);
      const Pack counted = simd::if_less_or_zero<T>(least, exponential, exponential);
      kept.of[v] = simd::add<T>(kept.of[v], counted);
      simd::store(out, counted);
    }
  }
  for (int v = 0; v < kVectors<T>; ++v) {
    T* const out = log_density + i + v * L;
    const Pack ratio = simd::divide<T>(sums.of[v], kept.of[v]);
    const Pack at_least_one = simd::if_less<T>(zero, kept.of[v], ratio, one);
    simd::store(out, simd::subtract<T>(simd::load(out), simd::logarithm<T>(at_least_one)));
  }
  return kept;
}

}  // namespace

std::vector<Index> all_components(Index k) {
  std::vector<Index> components(static_cast<std::size_t>(k));
  std::iota(components.begin(), components.end(), Index{0});
  return components;
}

template <class T>
void raise_to(const T* column, Index count, T* largest) {
  for (Index i = 0; i < count; i += simd::kLanes<T>) {
    simd::store(largest + i, simd::maximum<T>(simd::load(largest + i), simd::load(column + i)));
  }
}

template <class T>
void largest_of_rows(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                     const T* log_densities, T* largest) {
  std::fill_n(largest + rows.first, rows.count, -std::numeric_limits<T>::infinity());
  for (const Index j : components) {
    raise_to(log_densities + j * block.stride + rows.first, rows.count, largest + rows.first);
  }
}

template <class T>
void log_sum_exp(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                 const T* log_densities, T* log_density) {
  for (Index i = rows.first; i < rows.first + rows.count; i += kVectors<T> * simd::kLanes<T>) {
    sum_exponentials(block, i, components, log_densities, log_density, [](Index, const auto&) {});
  }
}

template <class T>
void normalize(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
               T* log_densities, T* log_density) {
  for (Index i = rows.first; i < rows.first + rows.count; i += kVectors<T> * simd::kLanes<T>) {
    const auto keep = [&](Index offset, const simd::Pack<T>& exponential) {
      simd::store(log_densities + offset, exponential);
    };
    const auto sums = sum_exponentials(block, i, components, log_densities, log_density, keep);
    divide_by(sums, block, i, components, log_densities);
  }
}

template <class T>
void normalize_truncated(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                         const T* negligible, T* log_densities, T* log_density) {
  for (Index i = rows.first; i < rows.first + rows.count; i += kVectors<T> * simd::kLanes<T>) {
    const auto keep = [&](Index offset, const simd::Pack<T>& exponential) {
      simd::store(log_densities + offset, exponential);
    };
    const auto sums = sum_exponentials(block, i, components, log_densities, log_density, keep);
    const auto kept = truncate(sums, block, i, components, negligible, log_densities, log_density);
    divide_by(kept, block, i, components, log_densities);
  }
}

template <class T>
RowDensity<T> log_sum_exp_row(const T* log_densities, Index k, T* exponentials) noexcept {
  constexpr Index L = simd::kLanes<T>;
  auto largest = simd::load(log_densities);
  for (Index j = L; j < k; j += L) {
    largest = simd::maximum<T>(largest, simd::load(log_densities + j));
  }
  T top = simd::largest<T>(largest);
  if (top == -std::numeric_limits<T>::infinity()) top = T(0);
  for (Index j = 0; j < k; j += L) {
    const auto value = simd::subtract<T>(simd::load(log_densities + j), simd::broadcast(top));
    simd::store(exponentials + j, simd::exponential_or_zero<T>(value));
  }
  const T sum = std::accumulate(exponentials, exponentials + k, T(0));
  return {top + simd::first<T>(simd::logarithm<T>(simd::broadcast(sum))), sum};
}

template void raise_to(const float*, Index, float*);
template void raise_to(const double*, Index, double*);
template void largest_of_rows(const Block<float>&, RowRange, const std::vector<Index>&,
                              const float*, float*);
template void largest_of_rows(const Block<double>&, RowRange, const std::vector<Index>&,
                              const double*, double*);
template void log_sum_exp(const Block<float>&, RowRange, const std::vector<Index>&, const float*,
                          float*);
template void log_sum_exp(const Block<double>&, RowRange, const std::vector<Index>&, const double*,
                          double*);
template void normalize_truncated(const Block<float>&, RowRange, const std::vector<Index>&,
                                  const float*, float*, float*);
template void normalize_truncated(const Block<double>&, RowRange, const std::vector<Index>&,
                                  const double*, double*, double*);
template void normalize(const Block<float>&, RowRange, const std::vector<Index>&, float*, float*);
template void normalize(const Block<double>&, RowRange, const std::vector<Index>&, double*,
                        double*);
template RowDensity<float> log_sum_exp_row(const float*, Index, float*) noexcept;
template RowDensity<double> log_sum_exp_row(const double*, Index, double*) noexcept;

}  // namespace gaussmix
