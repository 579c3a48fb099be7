// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "densities/densities.hpp"

namespace gaussmix {

/// The map after which a mixture with one covariance for all components has unit covariances:
/// y = U^T (x - c), v_j = U^T (mu_j - c), |U^T (x - mu_j)| = |y - v_j|.
struct Whitening {
  std::vector<double> centre;  ///< c, d numbers
  std::vector<double> means;   ///< v_j, k x d numbers

  /// For rows of T, the mixture being tied; nothing where the differences y - v_j would lose too
  /// much: where the components lie far apart, or features hardly vary but together.
  template <class T>
  static std::optional<Whitening> of(const Densities& densities);
};

}  // namespace gaussmix
