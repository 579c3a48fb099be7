// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// The components' scatters along their axes: n_j and w_jc = (D_j^T W_j D_j)_cc. A component with
/// n_j = 0 has no rows: it counts nowhere, and its variances are zero.
struct AxisScatters {
  const std::vector<double>& counts;    // k
  const std::vector<double>& scatters;  // k x d

  Index components() const { return static_cast<Index>(counts.size()); }
  Index features() const { return static_cast<Index>(scatters.size() / counts.size()); }
};

// The variances (k x d) along the axes that minimise sum_j [n_j sum_c log v_jc + sum_c w_jc /
// v_jc], where v_j = lambda_j a_j with a volume lambda_j and a shape a_j whose product is 1
// (Celeux, Govaert 1995). Where a scatter vanishes, so that there is no minimum, they are w_jc /
// n_j.

/// One volume, one shape: v_c = sum_j w_jc / n.
std::vector<double> equal_volumes_and_shapes(const AxisScatters& axes);
/// A volume a component, one shape: alternately lambda_j = mean_c (w_jc / a_c) / n_j, and a_c
/// proportional to sum_j w_jc / lambda_j. In logarithms the problem is convex: there is one
/// minimum.
std::vector<double> variable_volumes(const AxisScatters& axes);
/// One volume, a shape a component: a_j proportional to w_j, lambda = sum_j (prod_c w_jc)^(1/d) /
/// n.
std::vector<double> variable_shapes(const AxisScatters& axes);
/// Both of each component: v_jc = w_jc / n_j.
std::vector<double> variable_volumes_and_shapes(const AxisScatters& axes);

/// A way to find variances along axes, with the number of its free parameters.
struct VarianceRule {
  std::vector<double> (*variances)(const AxisScatters& axes);
  Index (*n_parameters)(Index k, Index d);
};
inline constexpr VarianceRule kEqualVolumesAndShapes{equal_volumes_and_shapes,
                                                     [](Index /*k*/, Index d) { return d; }};
inline constexpr VarianceRule kVariableVolumes{variable_volumes,
                                               [](Index k, Index d) { return k + d - 1; }};
inline constexpr VarianceRule kVariableShapes{variable_shapes,
                                              [](Index k, Index d) { return 1 + k * (d - 1); }};
inline constexpr VarianceRule kVariableVolumesAndShapes{variable_volumes_and_shapes,
                                                        [](Index k, Index d) { return k * d; }};

}  // namespace gaussmix
