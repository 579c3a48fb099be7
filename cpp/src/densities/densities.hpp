// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "covariance/layout.hpp"
#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// What log-densities are computed from, and nothing else: of a row x under component j,
///     log(w_j N(x | mu_j, Sigma_j)) = log_normalizer_j - |U_j^T (x - mu_j)|^2 / 2,
/// with U_j U_j^T = Sigma_j^-1. Kernels are made of it, whatever it was made of itself. The numbers
/// that it points to are somebody else's.
struct Densities {
  static Densities of(const Mixture& mixture) {
    return {CovarianceLayout::of(mixture.shape()),
            mixture.n_components(),
            mixture.n_features(),
            mixture.means().data(),
            mixture.precisions_cholesky().data(),
            mixture.covariances().data(),
            mixture.log_normalizers()};
  }

  CovarianceLayout layout;
  Index components, features;
  const double* means;        ///< k x d
  const double* factors;      ///< U_j, in the layout
  const double* covariances;  ///< in the layout: for the errors that rounding makes
  std::vector<double> log_normalizers;
};

}  // namespace gaussmix
