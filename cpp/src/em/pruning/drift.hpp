// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// How Mahalanobis distances to the components of a mixture change with its parameters: a row at
/// distance m from component j is afterwards at least scale[j] m - shift[j] away from it.
///
/// With U the factor and mu the mean before, U' and mu' after, U'^T (x - mu') is
///     (U'^T U^-T) U^T (x - mu)  -  U'^T (mu' - mu),
/// so scale is the smallest singular value of U'^T U^-T, or a lower bound of it, and shift the
/// length of the second term.
struct Drift {
  std::vector<double> scale, shift;  ///< k
  std::vector<double> errors;        ///< relative, of distances afterwards; one a covariance
};

/// The drift between two mixtures of the same sizes and covariance type. The bounds hold for
/// distances of rows of type `scalar`: a component so ill-conditioned that their rounding could
/// break them has scale 0.
/// \param errors_before the errors of the drift that ended with `before`; none: computed here
/// \throws Interrupted
Drift drift_between(Execution& execution, const Mixture& before, const Mixture& after,
                    ScalarType scalar, const std::vector<double>& errors_before = {});

}  // namespace gaussmix
