// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "support/parallel.hpp"

namespace gaussmix {

// For d x d numbers, row-major. Both ask keep_going for every 128 rows (the first not for eight
// rows or fewer) and return false, with nothing useful written, if it says no.

/// R^-1 with R^T R = a, whose upper triangle is read; zeros below the diagonal. False, too, if `a`
/// is not positive definite or not finite.
bool inverse_cholesky(Index d, const double* a, double* inverse, const KeepGoing& keep_going);

/// R^-1 B for upper triangular R and B; zeros below the diagonal. R's upper triangle is read.
bool solve_upper(Index d, const double* r, const double* b, double* solution,
                 const KeepGoing& keep_going);

}  // namespace gaussmix
