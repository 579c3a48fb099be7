// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <vector>

#include "rows/blocks.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The metric of k-means: a squared distance is the sum of ((x_c - y_c) * scale_c)^2. In float32,
/// feature c of a row x is (x_c - shift_c) * float32_scale_c, so that rows lie about zero and their
/// squares neither over- nor underflow. float32_scale is a multiple of scale; shift and multiple
/// do not change any result.
struct FeatureScaling {
  std::vector<double> shift, scale, float32_scale;  // d each

  Index features() const { return static_cast<Index>(shift.size()); }
};

enum class ScalingKind {
  common,        ///< scale is 1: the distances are the data's own
  unit_variance  ///< every feature has the variance 1, or 0
};

/// A scaling about the middle of centres (k x d), whose scale is the same for all features.
FeatureScaling scaling_of_centres(const std::vector<double>& centres, Index features, double scale);

/// The e for which rows * 2^-e can be squared: the largest range of a feature is in [1, 2), unless
/// another feature would then overflow. 0 where all rows are equal.
template <class T>
int range_exponent(const TableView<T>& rows);

/// The rows of a float32 tile, a multiple of what the kernels work on at once.
inline constexpr Index kTileRows = kRowMultiple;

/// Calls body(first, count) for the rows of each tile of a leaf, until the execution stops.
template <class Body>
void for_each_tile(Execution& execution, const Partition& partition, Index leaf, int worker,
                   const Body& body) {
  partition.for_each_block(leaf, [&](Index first, Index count) {
    for (Index i = first; i < first + count; i += kTileRows) {
      body(i, std::min(kTileRows, first + count - i));
    }
    return !execution.stopping(worker);
  });
}

/// Writes up to kTileRows rows of d numbers as a tile: scaled and rounded to float32, feature after
/// feature, kTileRows numbers each; past `rows` the last row is repeated.
template <class T>
void write_tile(const FeatureScaling& scaling, const TableView<T>& rows, float* tile);

/// The same of rows at the positions first, first + 1, ... of a sequence.
template <class T>
void write_tile(const FeatureScaling& scaling, const RowSequence<T>& rows, Index first, Index count,
                float* tile);

/// The rows of a data set as k-means wants them, made once for any number of starts: float32 tiles
/// answer most questions about distances in half of the memory and time, the rows themselves the
/// others.
template <class T>
class PreparedRows {
 public:
  /// \throws Interrupted
  PreparedRows(Execution& execution, const Dataset<T>& data, ScalingKind kind);

  const Dataset<T>& data() const { return data_; }
  Index rows() const { return data_.rows.rows; }
  Index features() const { return data_.rows.columns; }
  const T* row(Index i) const { return data_.rows.row(i); }

  /// About the mean; float32 features have variances of at most 1.
  const FeatureScaling& scaling() const { return scaling_; }
  /// Of the features, times the squares of their scales.
  double mean_variance() const { return mean_variance_; }
  /// Rows kTileRows * index and on.
  const float* tile(Index index) const { return tiles_.data() + index * kTileRows * features(); }

 private:
  void measure_scaling(Execution& execution, ScalingKind kind);

  const Dataset<T>& data_;
  FeatureScaling scaling_;
  double mean_variance_ = 0.0;
  AlignedArray<float> tiles_;
};

}  // namespace gaussmix
