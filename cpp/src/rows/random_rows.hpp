// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/dataset.hpp"
#include "support/parallel.hpp"
#include "support/random.hpp"

namespace gaussmix {

/// k rows without replacement, the chance of each proportional to its weight: those with the
/// smallest exponential draws of rate weight (Efraimidis, Spirakis 2006).
/// \return k row numbers.
/// \throws Interrupted
template <class T>
std::vector<Index> random_rows(Execution& execution, const Dataset<T>& data, Index k,
                               const RandomStream& random);

}  // namespace gaussmix
