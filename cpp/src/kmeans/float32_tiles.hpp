// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kmeans/feature_scaling.hpp"
#include "rows/blocks.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// float32 tiles lie in tiles of this many, a multiple of what the kernels take at once.
inline constexpr Index kTileRows = kRowMultiple;

/// Writes up to kTileRows rows of d numbers as a tile: in scaled coordinates, rounded to
/// float32, feature after feature, kTileRows numbers each; past `rows` the last row is repeated.
template <class T>
void write_tile(const FeatureScaling& scaling, const TableView<T>& table, float* tile) {
  constexpr Index kTurned = 8;  // rows at once
  const Index d = scaling.features(), rows = table.rows;
  for (Index i = 0; i < kTileRows; i += kTurned) {
    const T* row[kTurned];
    for (Index r = 0; r < kTurned; ++r) row[r] = table.row(std::min(i + r, rows - 1));
    for (Index c = 0; c < d; ++c) {
      const double shift = scaling.shift[size_t(c)], scale = scaling.scale[size_t(c)];
      double x[kTurned];
      for (Index r = 0; r < kTurned; ++r) x[r] = static_cast<double>(row[r][c]);
      float* const out = tile + c * kTileRows + i;
      for (Index r = 0; r < kTurned; ++r) out[r] = static_cast<float>((x[r] - shift) * scale);
    }
  }
}

/// The rows of a table as tiles: what most questions about distances can be answered from, in half
/// of the memory and of the time. Those that it cannot answer go to the rows themselves.
class Float32Tiles {
 public:
  template <class T>
  Float32Tiles(Execution& execution, const TableView<T>& rows, const FeatureScaling& scaling);

  const float* tile(Index index) const { return values_.data() + index * kTileRows * features_; }

 private:
  Index features_;
  AlignedArray<float> values_;
};

}  // namespace gaussmix
