// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// A mixture as a point of a vector space without bounds, for methods that extrapolate (Squarem):
/// log w_j (k, and after them that of a noise component; that of a weight of zero is the least
/// logarithm of a double), the means (k x d), and each factor of a precision, U = V D with a unit
/// triangular V and a diagonal D: log D (spherical one, else d numbers), and of a matrix the rows
/// of V right of the diagonal. A change of a covariance's scale changes nothing but log D, by the
/// same number everywhere, so that affine combinations keep what most families ask for
/// (Family::has_linear_coordinates).
std::vector<double> coordinates_of(const Mixture& mixture);

/// What a length of each coordinate is measured in, so that no change of the features' units
/// changes it: the standard deviations of the features under the mixture, and their ratios.
std::vector<double> units_of_coordinates(const Mixture& mixture);

/// The mixture at a point; its weights are scaled so that they sum to 1.
/// \param like what the mixture has besides: its sizes, family and scalar type, and the noise's box
/// \throws std::invalid_argument where the point has another size or no mixture: factors that
/// overflow or vanish
Mixture mixture_at(const std::vector<double>& point, const Mixture& like);

}  // namespace gaussmix
