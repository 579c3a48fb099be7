// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

/// What is known of the distances from some rows to runs of panels, as multiples of `unit`.
struct PanelBounds {
  std::uint8_t* bound;       ///< of each run: none of the rows is nearer to one of its centres
  const std::uint8_t* move;  ///< by how much the bounds are to fall before they are used
  float unit;
};

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

  /// So many rows of a tile are compared at once.
  static Index rows_at_once();
  /// The same for so many rows, which leaves out what bounds exclude and renews the other bounds.
  /// \param likely a centre near each row
  /// \return how many runs were not left out
  Index propose(const float* rows, const std::int32_t* likely, const PanelBounds& bounds,
                float* label, float* margin) const;

  /// The run of a centre. There are so few that their bounds take at most 32 bytes a row.
  Index run_of(Index j) const { return j / run_centres_; }
  Index runs() const { return run_of(k_ - 1) + 1; }

 private:
  template <class Search>
  void search(const float* tile, float* label, float* margin) const;

  Index k_, d_, run_centres_;
  // Panels of a few centres, feature after feature: the negated coordinates; and half of the
  // squared lengths, infinite past k.
  std::vector<float> negated_, half_squares_;
  float longest_;  // the length of the longest centre
};

}  // namespace gaussmix
