// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "blocks.hpp"

namespace gaussmix {

// All of these work on one block's log-densities, k columns of block.length numbers, block.stride
// apart, and are stable whatever the size of the densities: row maximum, exp, sum, log.
// A row under which every density is zero gets minus infinity and equal responsibilities.

/// log_density[i] = log sum_j exp(log_densities[j, i]).
template <class T>
void log_sum_exp(const Block<T>& block, const T* log_densities, Index k, T* log_density);

/// The same, and the log-densities become responsibilities.
template <class T>
void normalize(const Block<T>& block, T* log_densities, Index k, T* log_density);

/// label[i] = the component with the largest log-density, the first of equals; block.rows of them.
template <class T>
void largest(const Block<T>& block, const T* log_densities, Index k, Index* label);

}  // namespace gaussmix
