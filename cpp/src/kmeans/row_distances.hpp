// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

/// Squared float32 distances from all rows to a few of them or to other points, the targets, within
/// 1%. They come from the tiles, but where float32 coordinates nearly cancel, from the rows
/// themselves. A row that equals a target has the distance 0.
template <class T>
class RowDistances {
 public:
  RowDistances(const PreparedRows<T>& rows, const std::vector<Index>& targets);
  /// \param points each d numbers
  RowDistances(const PreparedRows<T>& rows, std::vector<double> points);

  /// out[t * kTileRows + i], aligned: from row i of a tile to target t.
  void of_tile(Index tile, float* out) const;

 private:
  float exact(Index row, Index target) const;

  const PreparedRows<T>& rows_;
  std::vector<double> targets_;     // targets x d
  std::vector<float> coordinates_;  // theirs, scaled
  std::vector<float> resolution_;   // the squared distances below which coordinates cancel
};

}  // namespace gaussmix
