// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "kmeans/nearest_centre.hpp"
#include "kmeans/prepared_rows.hpp"

namespace gaussmix {

/// Writes each row's nearest centre to label (n), and returns the weighted sum of squared distances
/// to them, in scaled units. Rows that are prepared in the scaling of the centres are at an
/// advantage.
/// \throws Interrupted
template <class T>
double assign(Execution& execution, const PreparedRows<T>& rows, const NearestCentre& centres,
              std::int32_t* label);
template <class T>
double assign(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
              std::int32_t* label);

}  // namespace gaussmix
