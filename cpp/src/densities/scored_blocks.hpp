// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/kernel.hpp"
#include "rows/blocks.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// What one thread needs for the rows of a block.
template <class T>
struct BlockWorkspace {
  AlignedArray<T> columns, log_densities, log_density, scratch;
};

/// Calls use(leaf, first, block, workspace) for every block of rows, once the log-densities of its
/// rows under the k components of a kernel are in workspace.log_densities, a column each, and
/// workspace.log_density has room for a column.
/// \throws Interrupted
template <class T, class Use>
void for_each_scored_block(Execution& execution, const Kernel<T>& kernel, Index k,
                           TableView<T> rows, const Use& use) {
  const auto partition = Partition::of(rows.rows, rows.columns, k, sizeof(T));
  const double operations = static_cast<double>(rows.rows * k) * static_cast<double>(rows.columns);
  const int workers = execution.workers(partition.leaves(), operations);
  std::vector<BlockWorkspace<T>> workspaces(static_cast<std::size_t>(workers));
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int worker) {
    auto& workspace = workspaces[size_t(worker)];
    partition.for_each_block(leaf, [&](Index first, Index count) {
      const auto block = make_block<T>({rows}, first, count, workspace.columns);
      workspace.log_densities.resize(k * block.stride);
      workspace.log_density.resize(block.length);
      workspace.scratch.resize(kernel.scratch_size(block.stride));
      kernel.log_densities(block, k, workspace.log_densities.data(), workspace.scratch.data());
      use(leaf, first, block, workspace);
      return !execution.stopping(worker);
    });
  });
}

}  // namespace gaussmix
