// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// Whether covariances that somebody else computed are symmetric and positive definite, and not
/// much smaller than the factors of their inverses, which are sound, allow.
///
/// Entries that are rounded to the mixture's scalar type pass: a matrix S is judged by the Cholesky
/// factorisation of S + t diag(S), with t above what rounding, of S and in the factorisation, can
/// change (Higham 2002, theorems 10.5 and 10.7: it succeeds if the smallest eigenvalue of
/// diag(S)^-1/2 S diag(S)^-1/2 is above d (d + 1) eps). A variance that is zero because a float32
/// cannot hold it passes too, where a variance that the factors imply is as small.
bool covariances_are_sound(const Mixture& mixture);

}  // namespace gaussmix
