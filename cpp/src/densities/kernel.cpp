// SPDX-License-Identifier: BSD-3-Clause
#include "densities/kernel.hpp"

#include <algorithm>
#include <utility>

#include "covariance/coarseness.hpp"
#include "densities/centred_diagonal.hpp"
#include "densities/centred_triangular.hpp"
#include "densities/mixed_precision.hpp"
#include "densities/small_triangular.hpp"
#include "densities/whitened.hpp"

namespace gaussmix {
namespace {

// Of numbers of T alone.
template <class T>
std::unique_ptr<const Kernel<T>> make_plain_kernel(const Mixture& mixture, int n_threads) {
  switch (mixture.covariance_type()) {
    case CovarianceType::tied:
      if (const auto whitening = Whitening::of<T>(mixture)) {
        return std::make_unique<WhitenedKernel<T>>(mixture, *whitening);
      }
      [[fallthrough]];
    case CovarianceType::full:
      if (auto kernel = make_small_triangular_kernel<T>(mixture)) return kernel;
      return std::make_unique<CentredTriangularKernel<T>>(mixture, n_threads);
    case CovarianceType::diag:
    case CovarianceType::spherical:
      return std::make_unique<CentredDiagonalKernel<T>>(mixture);
  }
  return nullptr;
}

}  // namespace

template <>
std::unique_ptr<const Kernel<double>> make_kernel<double>(const Mixture& mixture, int n_threads) {
  return make_plain_kernel<double>(mixture, n_threads);
}

template <>
std::unique_ptr<const Kernel<float>> make_kernel<float>(const Mixture& mixture, int n_threads) {
  auto coarse = where_float_is_too_coarse(mixture, n_threads);
  const auto count = std::count(coarse.begin(), coarse.end(), 1);
  auto plain =
      count < mixture.n_components() ? make_plain_kernel<float>(mixture, n_threads) : nullptr;
  if (count == 0) return plain;
  return std::make_unique<MixedPrecisionKernel>(std::move(coarse), std::move(plain),
                                                make_plain_kernel<double>(mixture, n_threads),
                                                mixture.n_features());
}

}  // namespace gaussmix
