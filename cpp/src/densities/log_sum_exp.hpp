// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/blocks.hpp"

namespace gaussmix {

// All of these work on a range of one block's rows and on their log-densities under the components
// of a list: column j of a table, whose columns are block.stride apart. They are stable whatever
// the size of the densities: row maximum, exp, sum, log. A row under which every density is zero
// gets minus infinity and equal responsibilities.

/// 0, 1, ... k - 1.
std::vector<Index> all_components(Index k);

/// log_density[i] = log sum_j exp(log_densities[j, i]).
template <class T>
void log_sum_exp(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
                 const T* log_densities, T* log_density);

/// The same, and the log-densities become responsibilities.
template <class T>
void normalize(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
               T* log_densities, T* log_density);

/// label[i] = the component with the largest value, the first of equals.
template <class T, class Label>
void largest(const Block<T>& block, RowRange rows, const std::vector<Index>& components,
             const T* values, Label* label) {
  for (Index i = rows.first; i < rows.first + rows.count; ++i) {
    Index best = components.front();
    for (const Index j : components) {
      if (values[j * block.stride + i] > values[best * block.stride + i]) best = j;
    }
    label[i] = static_cast<Label>(best);
  }
}

// These work on the log-densities of a single row: k numbers, aligned, and minus infinity after
// them up to a whole vector. The results are those above, to the bit.

/// What the log-densities of a row come to. `exponentials`, as long as they are, gets the
/// exponential of each, divided by that of the largest; `sum` is the sum of these.
template <class T>
struct RowDensity {
  T log_density, sum;
};
template <class T>
RowDensity<T> log_sum_exp_row(const T* log_densities, Index k, T* exponentials) noexcept;

/// The component with the largest of k log-densities, the first of equals.
template <class T>
Index largest_of_row(const T* log_densities, Index k) noexcept;

}  // namespace gaussmix
