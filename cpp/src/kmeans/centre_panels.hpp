// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

/// Centres in float32, as NearestCentre compares them with tiles of rows. With u a row and e_j a
/// centre, |e_j|^2 / 2 - u.e_j, the value of the centre, orders the centres by distance, up to a
/// rounding error with a known bound.
class CentrePanels {
 public:
  /// \param centres k x d
  CentrePanels(const FeatureScaling& scaling, const std::vector<double>& centres);

  /// Of each row of a tile the centre with the least value, and by how much more than the error
  /// bound it is less than the next: where this margin is positive, the centre is the nearest.
  void propose(const float* tile, float* label, float* margin) const;

 private:
  template <class Search>
  void search(const float* tile, float* label, float* margin) const;

  Index k_, d_;
  // Panels of a few centres, feature after feature: the negated coordinates; and half of the
  // squared lengths, infinite past k.
  std::vector<float> negated_, half_squares_;
  float longest_;  // the length of the longest centre
};

}  // namespace gaussmix
