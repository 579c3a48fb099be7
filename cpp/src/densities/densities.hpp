// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "covariance/layout.hpp"
#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// What scoring needs to know of a mixture: for a row x and component j,
///     log(w_j N(x | mu_j, Sigma_j)) = log_normalizer_j - |U_j^T (x - mu_j)|^2 / 2,
/// with U_j U_j^T = Sigma_j^-1, and for a noise component a constant. The arrays belong to somebody
/// else.
struct Densities {
  static Densities of(const Mixture& mixture) {
    return {CovarianceLayout::of(mixture.shape()),
            mixture.n_components(),
            mixture.n_features(),
            mixture.means().data(),
            mixture.precisions_cholesky().data(),
            mixture.covariances().data(),
            mixture.log_normalizers(),
            mixture.noise() ? std::optional(mixture.noise()->log_normalizer()) : std::nullopt};
  }

  CovarianceLayout layout;
  Index components, features;
  const double* means;        ///< k x d
  const double* factors;      ///< U_j, in the layout
  const double* covariances;  ///< in the layout: for bounds of rounding errors
  std::vector<double> log_normalizers;
  std::optional<double> log_noise;  ///< log-density of every row under the noise; none: no noise
};

}  // namespace gaussmix
