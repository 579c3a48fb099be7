// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "blocks.hpp"
#include "parallel.hpp"
#include "seeding/frame.hpp"

namespace gaussmix {

/// Coarse rows lie in tiles of this many, a multiple of what the kernels take at once.
inline constexpr Index kTileRows = simd::kRowMultiple;

/// Writes up to kTileRows rows of d numbers as a tile: in the frame's coordinates, rounded to
/// float32, feature after feature, kTileRows numbers each; past `rows` the last row is repeated.
template <class T>
void write_tile(const Frame& frame, const TableView<T>& table, float* tile) {
  const Index d = frame.features(), rows = table.rows;
  for (Index i = 0; i < rows; ++i) {
    const T* const row = table.row(i);
    for (Index c = 0; c < d; ++c) {
      const double x = static_cast<double>(row[c]);
      tile[c * kTileRows + i] =
          static_cast<float>((x - frame.shift[size_t(c)]) * frame.scale[size_t(c)]);
    }
  }
  for (Index c = 0; c < d && rows < kTileRows; ++c) {
    float* const column = tile + c * kTileRows;
    std::fill(column + rows, column + kTileRows, column[rows - 1]);
  }
}

/// The rows of a table as tiles: what most questions about distances can be answered from, in half
/// of the memory and of the time. Those that it cannot answer go to the rows themselves.
class CoarseRows {
 public:
  template <class T>
  CoarseRows(Execution& execution, const TableView<T>& rows, const Frame& frame);

  const float* tile(Index index) const { return values_.data() + index * kTileRows * features_; }

 private:
  Index features_;
  AlignedArray<float> values_;
};

}  // namespace gaussmix
