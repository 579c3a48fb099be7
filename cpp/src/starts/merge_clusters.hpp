// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// Merges clusters, two at a time, until k are left: each time those two by which the
/// classification likelihood loses least, whose clusters are Gaussians with shares and covariances
/// of their own (model-based hierarchical clustering: Banfield, Raftery 1993; Fraley 1998). A
/// cluster of few rows has no covariance, so to the scatter of each is added (d + 1) `share` times
/// the covariance of all rows, a row's worth of it being the mean weight of a row.
/// \param clusters full statistics of more than k clusters
/// \param labels of the rows, by these clusters
/// \param all full statistics of all rows as one cluster
/// \return the rows' labels after it, in [0, k); fewer where clusters were empty
std::vector<std::int32_t> merge_clusters(const Statistics& clusters,
                                         const std::vector<std::int32_t>& labels, Index k,
                                         const Statistics& all, double share);

}  // namespace gaussmix
