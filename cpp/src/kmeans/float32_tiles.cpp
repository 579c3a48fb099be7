// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/float32_tiles.hpp"

namespace gaussmix {

template <class T>
Float32Tiles::Float32Tiles(Execution& execution, const TableView<T>& rows,
                           const FeatureScaling& scaling)
    : features_(scaling.features()), values_(padded(rows.rows) * scaling.features()) {
  const auto partition = Partition::of(rows.rows, features_, 1, sizeof(T));
  const double operations = static_cast<double>(rows.rows * features_);
  const int workers = execution.workers(partition.leaves(), operations);
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int worker) {
    partition.for_each_block(leaf, [&](Index first, Index count) {
      for (Index i = 0; i < count; i += kTileRows) {
        write_tile(scaling, rows.part(first + i, std::min(kTileRows, count - i)),
                   values_.data() + (first + i) * features_);
      }
      return !execution.stopping(worker);
    });
  });
}

template Float32Tiles::Float32Tiles(Execution&, const TableView<float>&, const FeatureScaling&);
template Float32Tiles::Float32Tiles(Execution&, const TableView<double>&, const FeatureScaling&);

}  // namespace gaussmix
