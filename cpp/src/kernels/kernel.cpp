// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/kernel.hpp"

#include "kernels/centred_diagonal.hpp"
#include "kernels/centred_triangular.hpp"
#include "kernels/small_triangular.hpp"
#include "kernels/whitened.hpp"

namespace gaussmix {

template <class T>
std::unique_ptr<const Kernel<T>> make_kernel(const Mixture& mixture, int n_threads) {
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

template std::unique_ptr<const Kernel<float>> make_kernel<float>(const Mixture&, int);
template std::unique_ptr<const Kernel<double>> make_kernel<double>(const Mixture&, int);

}  // namespace gaussmix
