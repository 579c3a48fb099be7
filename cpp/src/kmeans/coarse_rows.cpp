// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/coarse_rows.hpp"

namespace gaussmix {

template <class T>
CoarseRows::CoarseRows(Execution& execution, const TableView<T>& rows, const Frame& frame)
    : features_(frame.features()), values_(padded(rows.rows) * frame.features()) {
  const auto partition = Partition::of(rows.rows, features_, 1, sizeof(T));
  const double operations = static_cast<double>(rows.rows * features_);
  const int workers = execution.workers(partition.leaves(), operations);
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int worker) {
    partition.for_each_block(leaf, [&](Index first, Index count) {
      for (Index i = 0; i < count; i += kTileRows) {
        write_tile(frame, rows.part(first + i, std::min(kTileRows, count - i)),
                   values_.data() + (first + i) * features_);
      }
      return !execution.stopping(worker);
    });
  });
}

template CoarseRows::CoarseRows(Execution&, const TableView<float>&, const Frame&);
template CoarseRows::CoarseRows(Execution&, const TableView<double>&, const Frame&);

}  // namespace gaussmix
