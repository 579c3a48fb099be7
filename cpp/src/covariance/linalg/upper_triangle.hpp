// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "support/parallel.hpp"

namespace gaussmix {

// Of d x d numbers, row-major. They ask keep_going for every 128 rows, and return false, with
// nothing useful written, where it says no.

/// R^-1, upper triangular with zeros below, of R^T R = a, whose upper triangle is read. False, too,
/// where `a` is not positive definite or not finite.
bool inverse_cholesky(Index d, const double* a, double* inverse, const KeepGoing& keep_going);

/// R^-1 B, upper triangular with zeros below. R's upper triangle is read; b has zeros below its
/// diagonal.
bool solve_upper(Index d, const double* r, const double* b, double* solution,
                 const KeepGoing& keep_going);

}  // namespace gaussmix
