// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "covariance/layout.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

// These functions handle one block of a layout, for d features. Matrices are row-major and
// symmetric; factorisations read the upper triangle. precisions_cholesky, U, is upper triangular.

/// U with U U^T = covariance^-1. False, with nothing useful written, if the covariance is not
/// positive definite or not finite, or if keep_going says no.
bool factor_covariance(
    CovarianceLayout::Kind kind, Index d, const double* covariance, double* precisions_cholesky,
    const KeepGoing& keep_going = [] { return true; });
/// U with U U^T = precision. False as above.
bool factor_precision(CovarianceLayout::Kind kind, Index d, const double* precision,
                      double* precisions_cholesky);
/// U U^T.
void precision_of(CovarianceLayout::Kind kind, Index d, const double* precisions_cholesky,
                  double* precision);
/// (U U^T)^-1.
void covariance_of(CovarianceLayout::Kind kind, Index d, const double* precisions_cholesky,
                   double* covariance);
/// The trace of the inverse correlation matrix, at least d. The smallest eigenvalue of the
/// correlations is at least its inverse.
double inverse_correlation_trace(Index d, const double* covariance,
                                 const double* precisions_cholesky);
/// log |U|.
double log_determinant(CovarianceLayout::Kind kind, Index d, const double* precisions_cholesky);

}  // namespace gaussmix
