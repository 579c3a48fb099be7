// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "covariance/layout.hpp"

namespace gaussmix {

/// Makes one block of covariances positive definite: eigenvalues below 1e-6, taken with each
/// feature divided by its standard deviation over all rows, become 1e-6. A block that is not finite
/// becomes the variances of all rows.
/// \param variances d numbers: each feature's variance over all rows; zero counts as one.
void raise_covariance(CovarianceLayout::Kind kind, const std::vector<double>& variances,
                      double* covariance);

}  // namespace gaussmix
