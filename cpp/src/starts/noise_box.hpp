// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/noise.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The box of a noise component of these rows, without a weight: of the box along the features'
/// axes and the one along the rows' principal axes, the one with the smaller volume, as mclust
/// (hypvol) takes it.
/// \throws std::invalid_argument for rows that lie in a hyperplane, whose volume is zero;
///   Interrupted
template <class T>
Noise noise_box(Execution& execution, const Dataset<T>& data);

}  // namespace gaussmix
