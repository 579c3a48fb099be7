// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "densities/kernel.hpp"
#include "densities/log_sum_exp.hpp"
#include "rows/blocks.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// A block of rows with their log-densities under all k components of a mixture, and in a column
/// after theirs those under the noise, if there is any.
template <class T>
struct ScoredBlock {
  Index leaf, first;  ///< the leaf of the partition, and the number of the block's first row
  Block<T> block;
  std::vector<Index> components;  ///< their numbers: 0, 1, ..., and the noise has the last
  AlignedArray<T> log_densities;  ///< a column for each component, and for the noise
  AlignedArray<T> log_density;    ///< room for a column: the mixture's
  AlignedArray<T> columns, scratch;

  /// Writes log_density.
  void log_sum_exp() {
    find_largest();
    gaussmix::log_sum_exp(block, all_rows(block), components, log_densities.data(),
                          log_density.data());
  }
  /// Of each row the largest log-density, in place of those of the first component.
  T* largest_log_densities() {
    T* const largest = log_densities.data();
    for (std::size_t j = 1; j < components.size(); ++j) {
      const T* const other = largest + static_cast<Index>(j) * block.stride;
      for (Index i = 0; i < block.rows; ++i) largest[i] = std::max(largest[i], other[i]);
    }
    return largest;
  }
  /// Also turns log_densities into responsibilities.
  void normalize() {
    find_largest();
    gaussmix::normalize(block, all_rows(block), components, log_densities.data(),
                        log_density.data());
  }

 private:
  void find_largest() {
    largest_of_rows(block, all_rows(block), components, log_densities.data(), log_density.data());
  }
};

/// Calls use(scored) with the ScoredBlock of every block of rows.
/// \param log_noise as in Densities
/// \throws Interrupted
template <class T, class Use>
void for_each_scored_block(Execution& execution, const Kernel<T>& kernel, Index k,
                           std::optional<double> log_noise, TableView<T> rows, const Use& use) {
  const auto partition = Partition::of(rows.rows, rows.columns, k, sizeof(T));
  const double operations = static_cast<double>(rows.rows * k) * static_cast<double>(rows.columns);
  const int workers = execution.workers(partition.leaves(), operations);
  std::vector<ScoredBlock<T>> scored_blocks(static_cast<std::size_t>(workers));
  const Index n_columns = k + (log_noise ? 1 : 0);
  for (auto& scored : scored_blocks) scored.components = all_components(n_columns);
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int worker) {
    auto& scored = scored_blocks[size_t(worker)];
    scored.leaf = leaf;
    partition.for_each_block(leaf, [&](Index first, Index count) {
      scored.first = first;
      const auto& block = scored.block = make_block<T>({rows}, first, count, scored.columns);
      scored.log_densities.resize(n_columns * block.stride);
      scored.log_density.resize(block.length);
      scored.scratch.resize(kernel.scratch_size(block.stride));
      T* const log_densities = scored.log_densities.data();
      kernel.log_densities(block, k, log_densities, scored.scratch.data());
      if (log_noise) {
        std::fill_n(log_densities + k * block.stride, block.length, static_cast<T>(*log_noise));
      }
      use(scored);
      return !execution.stopping(worker);
    });
  });
}

}  // namespace gaussmix
