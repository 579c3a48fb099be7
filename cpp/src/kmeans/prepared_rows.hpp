// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kmeans/feature_scaling.hpp"
#include "kmeans/float32_tiles.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The rows of a data set as k-means wants them, made once for any number of starts.
template <class T>
class PreparedRows {
 public:
  PreparedRows(Execution& execution, const Dataset<T>& data, ScalingKind kind)
      : data_(data),
        scaling_(measure_scaling(execution, data, kind)),
        tiles_(execution, data.rows, scaling_.scaling) {}

  const Dataset<T>& data() const { return data_; }
  Index rows() const { return data_.rows.rows; }
  Index features() const { return data_.rows.columns; }
  const T* row(Index i) const { return data_.rows.row(i); }

  const FeatureScaling& scaling() const { return scaling_.scaling; }
  double mean_variance() const { return scaling_.mean_variance; }
  /// Rows kTileRows * index and on.
  const float* tile(Index index) const { return tiles_.tile(index); }

 private:
  const Dataset<T>& data_;
  MeasuredScaling scaling_;
  Float32Tiles tiles_;
};

}  // namespace gaussmix
