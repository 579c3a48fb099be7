// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The coordinates in which clusters are sought: feature c of a row x becomes
/// (x_c - shift_c) * scale_c. The shift is there for the sake of float32 alone; the scale is part
/// of what "near" means: squared distances are sums of ((x_c - y_c) * scale_c)^2.
struct FeatureScaling {
  std::vector<double> shift, scale;  // d each

  Index features() const { return static_cast<Index>(shift.size()); }
};

enum class ScalingKind {
  common,        ///< one power of two for all features: the distances are the data's own
  unit_variance  ///< every feature has the variance 1, or 0
};

/// A scaling about the mean of the data in which variances are at most 1.
struct MeasuredScaling {
  FeatureScaling scaling;
  double mean_variance = 0.0;  // of the features, in scaled units
};
template <class T>
MeasuredScaling measure_scaling(Execution& execution, const Dataset<T>& data, ScalingKind kind);

/// A scaling about the mean of centres (k x d) for distances as the data have them.
FeatureScaling scaling_of_centres(const std::vector<double>& centres, Index features);

}  // namespace gaussmix
