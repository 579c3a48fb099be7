// SPDX-License-Identifier: BSD-3-Clause
#include "expectation.hpp"

#include <limits>
#include <numeric>

#include "simd.hpp"

namespace gaussmix {
namespace {

// exp(a), exactly zero where it would not be a normal number: denormals are slow, and a
// responsibility of 1e-308 changes nothing.
template <class T>
EIGEN_STRONG_INLINE simd::Pack<T> exponential_or_zero(const simd::Pack<T>& a) {
  constexpr T kLowest = sizeof(T) == sizeof(double) ? T(-708) : T(-87);
  return simd::if_less<T>(simd::broadcast(kLowest), a, simd::exponential<T>(a),
                          simd::broadcast(T(0)));
}

// For the vector of rows at i: log_density, and each column's exponential handed to `take`.
// Returns the vector's sums of exponentials.
template <class T, class Take>
EIGEN_STRONG_INLINE simd::Pack<T> sum_exponentials(const Block<T>& block, Index i,
                                                   const std::vector<Index>& components,
                                                   const T* log_densities, T* log_density,
                                                   const Take& take) {
  using Pack = simd::Pack<T>;
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  Pack top = simd::broadcast(-kInfinity);
  for (const Index j : components) {
    top = simd::maximum<T>(top, simd::load(log_densities + j * block.stride + i));
  }
  // Where all are minus infinity, zero in place of the maximum leaves them so.
  top = simd::if_less<T>(simd::broadcast(-kInfinity), top, top, simd::broadcast(T(0)));
  Pack sum = simd::broadcast(T(0));
  for (const Index j : components) {
    const Pack value = simd::load(log_densities + j * block.stride + i);
    const Pack exponential = exponential_or_zero<T>(simd::subtract<T>(value, top));
    sum = simd::add<T>(sum, exponential);
    take(j, exponential);
  }
  simd::store(log_density + i, simd::add<T>(top, simd::logarithm<T>(sum)));
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
  for (Index i = rows.first; i < rows.first + rows.count; i += simd::kLanes<T>) {
    sum_exponentials(block, i, components, log_densities, log_density, [](Index, const auto&) {});
  }
}

template <class T>
void normalize(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
               T* log_densities, T* log_density) {
  using Pack = simd::Pack<T>;
  const Pack zero = simd::broadcast(T(0)), one = simd::broadcast(T(1));
  const Pack equal = simd::broadcast(T(1) / static_cast<T>(components.size()));
  for (Index i = rows.first; i < rows.first + rows.count; i += simd::kLanes<T>) {
    const auto keep = [&](Index j, const Pack& exponential) {
      simd::store(log_densities + j * block.stride + i, exponential);
    };
    const Pack sum = sum_exponentials(block, i, components, log_densities, log_density, keep);
    const Pack inverse = simd::divide<T>(one, sum);
    for (const Index j : components) {
      T* const at = log_densities + j * block.stride + i;
      const Pack share = simd::multiply<T>(simd::load(at), inverse);
      simd::store(at, simd::if_less<T>(zero, sum, share, equal));
    }
  }
}

template void log_sum_exp<float>(const Block<float>&, RowRange, const std::vector<Index>&,
                                 const float*, float*);
template void log_sum_exp<double>(const Block<double>&, RowRange, const std::vector<Index>&,
                                  const double*, double*);
template void normalize<float>(const Block<float>&, RowRange, const std::vector<Index>&, float*,
                               float*);
template void normalize<double>(const Block<double>&, RowRange, const std::vector<Index>&, double*,
                                double*);

}  // namespace gaussmix
