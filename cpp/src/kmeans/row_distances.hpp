// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

/// Squared distances from all rows to a few of them, the picks, in scaled units and within 1%,
/// as float32. Differences of float32 tiles give them, but where these nearly cancel: there they
/// are computed from the rows themselves. A row that equals a pick has the distance 0.
template <class T>
class RowDistances {
 public:
  RowDistances(const PreparedRows<T>& rows, std::vector<Index> picks);

  Index n_picks() const { return static_cast<Index>(picks_.size()); }

  /// out[p * kTileRows + i], aligned: from row i of a tile to pick p.
  void of_tile(Index tile, float* out) const;

 private:
  float exact(Index row, Index pick) const;

  const PreparedRows<T>& rows_;
  std::vector<Index> picks_;
  // The picks' float32 coordinates, n_picks x d; and the distances under which differences cancel.
  std::vector<float> coordinates_, resolution_;
};

}  // namespace gaussmix
