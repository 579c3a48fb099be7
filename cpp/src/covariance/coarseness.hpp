// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// Whether float is too coarse for component j: for its log-densities, and for the sums of its
/// scatter. That is where its features are nearly dependent, and where their variances are near the
/// ends of float's range.
bool float_is_too_coarse(const Mixture& mixture, Index j);

/// The same of each component.
std::vector<char> where_float_is_too_coarse(const Mixture& mixture, int n_threads);

}  // namespace gaussmix
