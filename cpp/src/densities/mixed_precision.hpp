// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/kernel.hpp"

namespace gaussmix {

/// Whether float is too imprecise for the log-densities of component j: where its features are
/// nearly dependent, or its variances near the ends of float's range.
bool needs_double(const Densities& densities, Index j);

/// The same for each component: 1 or 0.
std::vector<char> which_need_double(const Densities& densities, int n_threads);

/// For rows of float: components that are `in_double` have log-densities of `double_kernel`,
/// others of `float_kernel` (nullptr where there are none).
KernelPointer<float> make_mixed_precision_kernel(Index features, std::vector<char> in_double,
                                                 KernelPointer<float> float_kernel,
                                                 KernelPointer<double> double_kernel);

}  // namespace gaussmix
