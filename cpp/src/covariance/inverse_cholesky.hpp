// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "parallel.hpp"

namespace gaussmix {

/// R^-1, upper triangular with zeros below, of R^T R = a. All are d x d numbers, row-major; of `a`
/// the upper triangle is read. False, with nothing useful written, where `a` is not positive
/// definite or not finite, and where keep_going says no.
bool inverse_cholesky(Index d, const double* a, double* inverse, const KeepGoing& keep_going);

}  // namespace gaussmix
