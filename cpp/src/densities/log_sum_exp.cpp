// SPDX-License-Identifier: BSD-3-Clause
#include "densities/log_sum_exp.hpp"

#include <limits>
#include <numeric>

#include "simd/exp_log.hpp"

namespace gaussmix {
namespace {

// So many vectors of rows are worked on at once: one alone waits for its own results.
constexpr int kVectors = 2;
template <class T>
struct Vectors {
  simd::Pack<T> of[kVectors];
};

// For the vectors of rows at i: log_density, and each column's exponentials handed to `take`, one
// vector after the other. Returns the vectors' sums of exponentials.
template <class T, class Take>
EIGEN_STRONG_INLINE Vectors<T> sum_exponentials(const Block<T>& block, Index i,
                                                const std::vector<Index>& components,
                                                const T* log_densities, T* log_density,
                                                const Take& take) {
  using Pack = simd::Pack<T>;
  constexpr Index L = simd::kLanes<T>;
  const Pack zero = simd::broadcast(T(0));
  const Pack minus_infinity = simd::broadcast(-std::numeric_limits<T>::infinity());
  Vectors<T> top, sum;
  for (int v = 0; v < kVectors; ++v) {
    top.of[v] = minus_infinity;
    sum.of[v] = zero;
  }
  for (const Index j : components) {
    const T* const column = log_densities + j * block.stride + i;
    for (int v = 0; v < kVectors; ++v)
      top.of[v] = simd::maximum<T>(top.of[v], simd::load(column + v * L));
  }
  // Where all are minus infinity, zero in place of the maximum leaves them so.
  for (Pack& largest : top.of) largest = simd::if_less_or_zero<T>(minus_infinity, largest, largest);
  for (const Index j : components) {
    const T* const column = log_densities + j * block.stride + i;
    for (int v = 0; v < kVectors; ++v) {
      const Pack below = simd::subtract<T>(simd::load(column + v * L), top.of[v]);
      const Pack exponential = simd::exponential_or_zero<T>(below);
      sum.of[v] = simd::add<T>(sum.of[v], exponential);
      take(j * block.stride + i + v * L, exponential);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    simd::store(log_density + i + v * L, simd::add<T>(top.of[v], simd::logarithm<T>(sum.of[v])));
  }
  return sum;
}

}  // namespace

std::vector<Index> all_components(Index k) {
  std::vector<Index> components(static_cast<std::size_t>(k));
  std::iota(components.begin(), components.end(), Index{0});
  return components;
}

template <class T>
void log_sum_exp(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                 const T* log_densities, T* log_density) {
  for (Index i = rows.first; i < rows.first + rows.count; i += kVectors * simd::kLanes<T>) {
    sum_exponentials(block, i, components, log_densities, log_density, [](Index, const auto&) {});
  }
}

template <class T>
void normalize(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
               T* log_densities, T* log_density) {
  using Pack = simd::Pack<T>;
  const Pack zero = simd::broadcast(T(0)), one = simd::broadcast(T(1));
  const Pack equal = simd::broadcast(T(1) / static_cast<T>(components.size()));
  for (Index i = rows.first; i < rows.first + rows.count; i += kVectors * simd::kLanes<T>) {
    const auto keep = [&](Index at, const Pack& exponential) {
      simd::store(log_densities + at, exponential);
    };
    const auto sums = sum_exponentials(block, i, components, log_densities, log_density, keep);
    Vectors<T> inverse, constant;
    for (int v = 0; v < kVectors; ++v) {
      inverse.of[v] = simd::if_less_or_zero<T>(zero, sums.of[v], simd::divide<T>(one, sums.of[v]));
      constant.of[v] = simd::if_less<T>(zero, sums.of[v], zero, equal);
    }
    for (const Index j : components) {
      T* const column = log_densities + j * block.stride + i;
      for (int v = 0; v < kVectors; ++v) {
        T* const at = column + v * simd::kLanes<T>;
        simd::store(at, simd::multiply_add<T>(simd::load(at), inverse.of[v], constant.of[v]));
      }
    }
  }
}

template <class T>
RowDensity<T> log_sum_exp_row(const T* log_densities, Index k, T* exponentials) noexcept {
  constexpr Index L = simd::kLanes<T>;
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  auto largest = simd::load(log_densities);
  for (Index j = L; j < k; j += L) {
    largest = simd::maximum<T>(largest, simd::load(log_densities + j));
  }
  T top = simd::largest<T>(largest);
  if (top == -kInfinity) top = T(0);
  for (Index j = 0; j < k; j += L) {
    const auto value = simd::subtract<T>(simd::load(log_densities + j), simd::broadcast(top));
    simd::store(exponentials + j, simd::exponential_or_zero<T>(value));
  }
  T sum = exponentials[0];
  for (Index j = 1; j < k; ++j) sum += exponentials[j];
  return {top + simd::first<T>(simd::logarithm<T>(simd::broadcast(sum))), sum};
}

template <class T>
Index largest_of_row(const T* log_densities, Index k) noexcept {
  Index best = 0;
  for (Index j = 1; j < k; ++j) {
    if (log_densities[j] > log_densities[best]) best = j;
  }
  return best;
}

template void log_sum_exp<float>(const Block<float>&, RowRange, const std::vector<Index>&,
                                 const float*, float*);
template void log_sum_exp<double>(const Block<double>&, RowRange, const std::vector<Index>&,
                                  const double*, double*);
template void normalize<float>(const Block<float>&, RowRange, const std::vector<Index>&, float*,
                               float*);
template void normalize<double>(const Block<double>&, RowRange, const std::vector<Index>&, double*,
                                double*);
template RowDensity<float> log_sum_exp_row<float>(const float*, Index, float*) noexcept;
template RowDensity<double> log_sum_exp_row<double>(const double*, Index, double*) noexcept;
template Index largest_of_row<float>(const float*, Index) noexcept;
template Index largest_of_row<double>(const double*, Index) noexcept;

}  // namespace gaussmix
