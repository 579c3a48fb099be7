// SPDX-License-Identifier: BSD-3-Clause
#include "densities/kernel.hpp"

#include <algorithm>
#include <utility>

#include "densities/centred_diagonal.hpp"
#include "densities/centred_triangular.hpp"
#include "densities/mixed_precision.hpp"
#include "densities/needs_double.hpp"
#include "densities/small_triangular.hpp"
#include "densities/whitened.hpp"

namespace gaussmix {
namespace {

// Of numbers of T alone.
template <class T>
std::unique_ptr<const Kernel<T>> make_plain_kernel(const Densities& densities, int n_threads) {
  if (densities.layout.kind != CovarianceLayout::Kind::matrix) {
    return std::make_unique<CentredDiagonalKernel<T>>(densities);
  }
  if (densities.layout.shared) {
    if (const auto whitening = Whitening::of<T>(densities)) {
      return std::make_unique<WhitenedKernel<T>>(densities, *whitening);
    }
  }
  if (auto kernel = make_small_triangular_kernel<T>(densities)) return kernel;
  return std::make_unique<CentredTriangularKernel<T>>(densities, n_threads);
}

}  // namespace

template <>
std::unique_ptr<const Kernel<double>> make_kernel<double>(const Densities& densities,
                                                          int n_threads) {
  return make_plain_kernel<double>(densities, n_threads);
}

template <>
std::unique_ptr<const Kernel<float>> make_kernel<float>(const Densities& densities, int n_threads) {
  auto in_double = components_that_need_double(densities, n_threads);
  const auto count = std::count(in_double.begin(), in_double.end(), 1);
  auto plain =
      count < densities.components ? make_plain_kernel<float>(densities, n_threads) : nullptr;
  if (count == 0) return plain;
  return std::make_unique<MixedPrecisionKernel>(std::move(in_double), std::move(plain),
                                                make_plain_kernel<double>(densities, n_threads),
                                                densities.features);
}

}  // namespace gaussmix
