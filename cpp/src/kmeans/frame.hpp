// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The coordinates in which clusters are sought: feature c of a row x becomes
/// (x_c - shift_c) * scale_c. The shift is there for the sake of float32 alone; the scale is part
/// of what "near" means: squared distances are sums of ((x_c - y_c) * scale_c)^2.
struct Frame {
  std::vector<double> shift, scale;  // d each

  Index features() const { return static_cast<Index>(shift.size()); }
};

enum class Scaling {
  common,        ///< one power of two for all features: the distances are the data's own
  unit_variance  ///< every feature has the variance 1, or 0
};

/// A frame about the mean of the data in which variances are at most 1.
struct MeasuredFrame {
  Frame frame;
  double mean_variance = 0.0;  // of the features, in the frame's units
};
template <class T>
MeasuredFrame frame_of(Execution& execution, const Dataset<T>& data, Scaling scaling);

/// A frame about the mean of centres (k x d) for distances as the data have them.
Frame frame_of_centres(const std::vector<double>& centres, Index features);

}  // namespace gaussmix
