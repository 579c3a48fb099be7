// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "kmeans/prepared_rows.hpp"
#include "support/random.hpp"

namespace gaussmix {

/// What k-means++ adds its rows to.
struct GivenCentres {
  std::vector<double> centres;  ///< each d numbers
  std::vector<Index> rows;      ///< of theirs: only where no others are left are they chosen
};

/// Greedy k-means++ (Arthur, Vassilvitskii 2007): k rows, each the best of effort (2 + log k)
/// candidates, which are drawn with probability proportional to weight times squared distance to
/// the nearest row chosen so far. The best leaves the smallest sum of these products, the
/// potential. Once every row equals a chosen one, the first rows not chosen yet follow.
/// \param given counts as chosen before the first row
/// \return k row numbers.
/// \throws Interrupted
template <class T>
std::vector<Index> kmeans_plus_plus(Execution& execution, const PreparedRows<T>& rows, Index k,
                                    const RandomStream& random, Index effort = 1,
                                    const GivenCentres& given = {});

}  // namespace gaussmix
