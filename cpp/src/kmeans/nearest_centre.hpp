// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kmeans/centre_panels.hpp"
#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

/// Finds the nearest of k centres, the first of equals.
///
/// float32 proposes and float64 decides. With u and e_j a row and the centres in float32,
/// |e_j|^2 / 2 - u.e_j orders the centres by distance, up to a rounding error with a known bound.
/// Where the best centre is better than the next by more than the bound, it is the nearest.
/// Elsewhere squared differences in float64 decide, and where these over- or underflow, distances
/// that do not. So the answer depends on the row and the centres alone, whatever the float32
/// numbers and the other rows.
class NearestCentre {
 public:
  /// \param centres k x d
  NearestCentre(FeatureScaling scaling, const std::vector<double>& centres);

  Index n_centres() const { return k_; }

  /// label[i]: the nearest centre of row i, of up to kTileRows rows whose tile is given too.
  template <class T>
  void find(const float* tile, const TableView<T>& rows, std::int32_t* label) const;

  /// The nearest centre of a row, by float64 alone.
  template <class T>
  std::int32_t find(const T* row) const;

  /// The same for any number of rows without tiles, for which it needs scratch.
  template <class T>
  void find(const TableView<T>& rows, AlignedArray<float>& scratch, std::int32_t* label) const;

  /// Labels that are the nearest of all centres but `some` become those of all.
  /// \param number which of these centres each of some is, in increasing order
  template <class T>
  void add(const NearestCentre& some, const std::vector<Index>& number, const float* tile,
           const TableView<T>& rows, std::int32_t* label) const;

  /// out[j]: a row's distance to centre j; infinite only if a T cannot hold it. It needs scratch.
  template <class T>
  void distances(const T* row, AlignedArray<double>& scratch, T* out) const;

  /// A row's squared distance to one centre.
  template <class T>
  double squared_distance(const T* row, Index j) const;

 private:
  template <class T>
  Index decide_by_scaled_squares(const T* row, AlignedArray<double>& scratch) const;
  template <bool Scaled, class T>
  void squared_distances(const T* row, AlignedArray<double>& out, double down = 1.0,
                         double up = 1.0) const;
  template <class T>
  double distance(const T* row, Index j, double factor) const;

  FeatureScaling scaling_;
  Index k_, d_, padded_k_;
  std::vector<double> centres_;  // k x d
  CentrePanels panels_;
  AlignedArray<double> transposed_;  // the centres, d x padded_k, infinite past k
};

/// Finds the labels of rows first, first + 1, ... of a block.
using FindLabels = std::function<void(Index first, Index count, int worker, std::int32_t* label)>;

/// Finds the labels (n) of all rows, block by block, and returns the weighted sum of squared
/// distances to these centres.
/// \throws Interrupted
template <class T>
double assign(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
              const FindLabels& find, std::int32_t* label);

/// The same for rows that are not prepared: their nearest centres.
template <class T>
double assign(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
              std::int32_t* label);

}  // namespace gaussmix
