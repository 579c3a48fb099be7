// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "support/parallel.hpp"

namespace gaussmix {

/// Directions in which whitened rows are least Gaussian: along the first the kurtosis is small, as
/// of clusters of about the same size that lie apart, along the last it is large, as of few rows
/// far from most. One where there is one feature.
///
/// Each begins as an eigenvector of the mean of |y|^2 y y^T, of the smallest and of the largest
/// eigenvalue (Cardoso 1989), and is refined by the fixed point of the kurtosis, w = E[y (w^T y)^3]
/// - 3 w (Hyvarinen, Oja 1997).
/// \param rows n x d numbers, of mean 0 and with the identity as covariance
/// \param weights n numbers, above 0
/// \return unit vectors of d numbers
/// \throws Interrupted
std::vector<std::vector<double>> least_gaussian_directions(Execution& execution,
                                                           const std::vector<double>& rows,
                                                           const std::vector<double>& weights);

}  // namespace gaussmix
