// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/densities.hpp"

namespace gaussmix {

/// Whether float is too imprecise for the log-densities of component j. That is where its features
/// are nearly dependent, and where their variances are near the ends of float's range.
bool needs_double(const Densities& densities, Index j);

/// The same of each component.
std::vector<char> components_that_need_double(const Densities& densities, int n_threads);

}  // namespace gaussmix
