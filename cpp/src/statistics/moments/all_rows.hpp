// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The statistics of all rows of a data set as one component, without a log-likelihood.
/// \throws Interrupted
template <class T>
Statistics statistics_of_all(Execution& execution, const Dataset<T>& data, ScatterForm form);

}  // namespace gaussmix
