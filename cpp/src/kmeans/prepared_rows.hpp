// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kmeans/coarse_rows.hpp"
#include "kmeans/frame.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The rows of a data set as k-means wants them, made once for any number of starts.
template <class T>
class PreparedRows {
 public:
  PreparedRows(Execution& execution, const Dataset<T>& data, Scaling scaling)
      : data_(data),
        frame_(frame_of(execution, data, scaling)),
        coarse_(execution, data.rows, frame_.frame) {}

  const Dataset<T>& data() const { return data_; }
  Index rows() const { return data_.rows.rows; }
  Index features() const { return data_.rows.columns; }
  const T* row(Index i) const { return data_.rows.row(i); }

  const Frame& frame() const { return frame_.frame; }
  double mean_variance() const { return frame_.mean_variance; }
  /// Rows kTileRows * index and on.
  const float* tile(Index index) const { return coarse_.tile(index); }

 private:
  const Dataset<T>& data_;
  MeasuredFrame frame_;
  CoarseRows coarse_;
};

}  // namespace gaussmix
