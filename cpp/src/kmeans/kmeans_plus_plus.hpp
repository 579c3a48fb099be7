// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "kmeans/prepared_rows.hpp"
#include "support/random.hpp"

namespace gaussmix {

/// Greedy k-means++ (Arthur, Vassilvitskii 2007): k rows, each the best of effort (2 + log k)
/// candidates drawn with probability proportional to weight times squared distance to the rows
/// picked so far, the best being the one that leaves the smallest sum of these. Once every row has
/// a pick at its own place, the remaining picks are the first rows not picked yet.
/// \return k row numbers.
/// \throws Interrupted
template <class T>
std::vector<Index> kmeans_plus_plus(Execution& execution, const PreparedRows<T>& rows, Index k,
                                    const RandomStream& random, Index effort = 1);

}  // namespace gaussmix
