// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/kernel.hpp"
#include "densities/log_sum_exp.hpp"
#include "rows/blocks.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// A block of rows with their log-densities under all k components of a mixture.
template <class T>
struct ScoredBlock {
  Index leaf, first;  ///< the leaf of the partition, and the number of the block's first row
  Block<T> block;
  std::vector<Index> components;
  AlignedArray<T> log_densities;  ///< a column for each component
  AlignedArray<T> log_density;    ///< room for a column: the mixture's
  AlignedArray<T> columns, scratch;

  /// Writes log_density.
  void log_sum_exp() {
    gaussmix::log_sum_exp(block, all_rows(block), components, log_densities.data(),
                          log_density.data());
  }
  /// Also turns log_densities into responsibilities.
  void normalize() {
    gaussmix::normalize(block, all_rows(block), components, log_densities.data(),
                        log_density.data());
  }
};

/// Calls use(scored) with the ScoredBlock of every block of rows.
/// \throws Interrupted
template <class T, class Use>
void for_each_scored_block(Execution& execution, const Kernel<T>& kernel, Index k,
                           TableView<T> rows, const Use& use) {
  const auto partition = Partition::of(rows.rows, rows.columns, k, sizeof(T));
  const double operations = static_cast<double>(rows.rows * k) * static_cast<double>(rows.columns);
  const int workers = execution.workers(partition.leaves(), operations);
  std::vector<ScoredBlock<T>> scored_blocks(static_cast<std::size_t>(workers));
  for (auto& scored : scored_blocks) scored.components = all_components(k);
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int worker) {
    auto& scored = scored_blocks[size_t(worker)];
    scored.leaf = leaf;
    partition.for_each_block(leaf, [&](Index first, Index count) {
      scored.first = first;
      const auto& block = scored.block = make_block<T>({rows}, first, count, scored.columns);
      scored.log_densities.resize(k * block.stride);
      scored.log_density.resize(block.length);
      scored.scratch.resize(kernel.scratch_size(block.stride));
      kernel.log_densities(block, k, scored.log_densities.data(), scored.scratch.data());
      use(scored);
      return !execution.stopping(worker);
    });
  });
}

}  // namespace gaussmix
