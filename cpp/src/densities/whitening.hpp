// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "densities/densities.hpp"

namespace gaussmix {

/// The map after which a mixture with one covariance for all components has unit covariances:
/// y = U^T (x - c), v_j = U^T (mu_j - c), |U^T (x - mu_j)| = |y - v_j|.
struct Whitening {
  /// For rows of T. Nothing for mixtures that are not tied, and where the differences y - v_j would
  /// lose too much: components lie far apart, or features hardly vary but together.
  template <class T>
  static std::optional<Whitening> of(const Densities& densities);

  /// What rows y are scored with, in place of `densities` for rows x. It points into this value.
  Densities whitened(const Densities& densities) const;

  std::vector<double> centre;  ///< c, d numbers
  std::vector<double> means;   ///< v_j, k x d numbers
};

}  // namespace gaussmix
