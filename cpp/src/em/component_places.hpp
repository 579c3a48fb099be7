// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// Where the components of a mixture are, for an M-step: moments about a point lose digits where
/// that is far, in deviations, from the rows.
struct ComponentPlaces {
  std::vector<double> variances;  ///< k x d: of the features
  std::vector<double> point;      ///< d: the mixture's mean
  std::vector<char> near_point;   ///< of each component: whether its mean is near that point

  /// Whether anything is known.
  explicit operator bool() const { return !variances.empty(); }

  static ComponentPlaces of(const Mixture& mixture);

  /// Whether moments that were taken about the references of statistics, or about the point, have
  /// lost more than twelve bits of a variance: the rows are that far away.
  bool too_far(const Statistics& statistics) const;
};

}  // namespace gaussmix
