// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The rows of a sample that are likely to belong to clusters, in ascending order: starts of a
/// mixture with noise are seeded from these, since k-means would spend its centres on a few rows
/// that lie far away.
///
/// The box of the rows is scaled to the unit cube. A row is left out that has fewer than 10 others
/// within the radius of a ball in which there would be 10 if half of the rows were spread evenly
/// over the cube: it is no core point, as DBSCAN calls it (Ester, Kriegel, Sander, Xu 1996). This
/// is repeated with what is left, up to three times; and then, if the box has become much smaller,
/// with that one, since a ball that suits a box with far rows in it is large beside the clusters.
/// Where hardly any row would be left, rows are not denser anywhere, and the last step is not
/// taken.
///
/// It takes n^2 d operations.
/// \throws Interrupted
template <class T>
std::vector<Index> dense_rows(Execution& execution, const Dataset<T>& sample);

}  // namespace gaussmix
