// SPDX-License-Identifier: BSD-3-Clause
#include "densities/kernel.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "densities/mixed_precision.hpp"

namespace gaussmix {
namespace {

// All in numbers of T.
template <class T>
KernelPointer<T> make_plain_kernel(const Densities& densities, int n_threads) {
  if (densities.layout.kind != CovarianceLayout::Kind::matrix) {
    return make_diagonal_kernel<T>(densities);
  }
  if (auto kernel = make_whitened_kernel<T>(densities)) return kernel;
  if (auto kernel = make_small_triangular_kernel<T>(densities)) return kernel;
  return make_triangular_kernel<T>(densities, n_threads);
}

}  // namespace

template <class T>
KernelPointer<T> make_kernel(const Densities& densities, int n_threads) {
  if constexpr (std::is_same_v<T, float>) {
    auto in_double = which_need_double(densities, n_threads);
    const auto count = std::count(in_double.begin(), in_double.end(), 1);
    if (count > 0) {
      const bool all = count == densities.components;
      return make_mixed_precision_kernel(
          densities.features, std::move(in_double),
          all ? nullptr : make_plain_kernel<float>(densities, n_threads),
          make_plain_kernel<double>(densities, n_threads));
    }
  }
  return make_plain_kernel<T>(densities, n_threads);
}

template KernelPointer<float> make_kernel(const Densities&, int);
template KernelPointer<double> make_kernel(const Densities&, int);

}  // namespace gaussmix
