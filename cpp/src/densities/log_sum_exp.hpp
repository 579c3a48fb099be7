// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/blocks.hpp"

namespace gaussmix {

// These functions work on a range of a block's rows and their log-densities under the components of
// a list: column j of a table whose columns are block.stride apart. They are stable whatever the
// size of the densities: row maximum, exp, sum, log. A row under which every density is zero gets
// minus infinity and equal responsibilities.

/// 0, 1, ... k - 1.
std::vector<Index> all_components(Index k);

/// largest[i] = the larger one of largest[i] and column[i], for `count` rows, a multiple of
/// kRowMultiple.
template <class T>
void raise_to(const T* column, Index count, T* largest);

/// largest[i] = the largest of log_densities[j, i].
template <class T>
void largest_of_rows(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                     const T* log_densities, T* largest);

// In these functions log_density comes with the largest log-density of each row.

/// log_density[i] = log sum_j exp(log_densities[j, i]).
template <class T>
void log_sum_exp(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                 const T* log_densities, T* log_density);

/// The same, and the log-densities become responsibilities.
template <class T>
void normalize(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
               T* log_densities, T* log_density);

/// The same of the components that count in a row: those of whose responsibility, beside all,
/// negligible[j] is less. Of all components together that is less than 1.
template <class T>
void normalize_truncated(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                         const T* negligible, T* log_densities, T* log_density);

/// What the log-densities of a single row come to, to the same bits.
template <class T>
struct RowDensity {
  T log_density;
  T sum;  ///< of the exponentials
};
/// \param log_densities k numbers, aligned, and minus infinity after them up to a whole vector.
/// \param exponentials as long; gets the exponential of each, divided by that of the largest.
template <class T>
RowDensity<T> log_sum_exp_row(const T* log_densities, Index k, T* exponentials) noexcept;

}  // namespace gaussmix
