// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/export.h"

namespace gaussmix {

/// A component of a mixture for rows that belong to no cluster: its density is 1 / volume
/// everywhere (Banfield, Raftery 1993, "Model-based Gaussian and non-Gaussian clustering"), where
/// the volume is that of a box about the data. A value.
///
/// The box has the points corner + sum_i t_i axis_i, with t_i from 0 to widths[i].
struct GAUSSMIX_EXPORT Noise {
  double weight = 0.0;         ///< in [0, 1]; the weights of the Gaussians sum to the rest
  std::vector<double> corner;  ///< d finite numbers
  std::vector<double> widths;  ///< d finite numbers above 0
  /// d x d, an axis a row, which are orthonormal within 1e-5; none: the axes of the features.
  std::vector<double> axes;

  /// The logarithm of the box's volume.
  double log_volume() const;
  /// log weight - log volume: what log_normalizers of a mixture are for Gaussians.
  double log_normalizer() const;
};

}  // namespace gaussmix
