// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "kmeans/float32_tiles.hpp"

namespace gaussmix {

/// Finds the nearest of k centres, the first of equals.
///
/// float32 proposes and float64 decides. With u and e_j a row and the centres in the scaling's
/// coordinates, |e_j|^2 / 2 - u.e_j orders the centres by distance; computed in float32 it is off
/// by a rounding error with a known bound. Where the best centre leads by more than the bound, it
/// is the nearest. Elsewhere sums of squared differences, computed in float64, decide. So the
/// answer depends on the row and the centres alone, whatever the scaling's shift and the other
/// rows.
class NearestCentre {
 public:
  /// \param centres k x d in the data's own coordinates.
  NearestCentre(FeatureScaling scaling, const std::vector<double>& centres);

  Index n_centres() const { return k_; }
  /// How many numbers `squared_distances` writes.
  Index padded_centres() const { return padded_k_; }

  /// label[i]: the nearest centre of row i, of up to kTileRows rows whose tile is given too.
  template <class T>
  void find(const float* tile, const TableView<T>& rows, std::int32_t* label) const;

  /// The same for any number of rows without tiles, for which it needs scratch.
  template <class T>
  void find(const TableView<T>& rows, AlignedArray<float>& scratch, std::int32_t* label) const;

  /// out[j], aligned: a row's squared distance to centre j, in scaled units.
  template <class T>
  void squared_distances(const T* row, double* out) const;

  /// A row's squared distance to one centre.
  template <class T>
  double squared_distance(const T* row, Index j) const;

 private:
  void propose(const float* tile, float* label, float* lead) const;
  template <class T>
  std::int32_t decide(const T* row) const;

  FeatureScaling scaling_;
  Index k_, d_, padded_k_;
  std::vector<double> centres_;  // k x d
  // Panels of a few centres, feature after feature, the negated coordinates; and their |e|^2 / 2,
  // infinite past k.
  std::vector<float> negated_, half_squares_;
  float longest_;               // |e|, of all centres
  AlignedArray<double> exact_;  // the same turned: d x padded_k, infinite past k
};

}  // namespace gaussmix
