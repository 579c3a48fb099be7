// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// Which components lie so near to one point that moments about it, which are found for all of them
/// at once, lose little beside moments about a centre of each one's own: of a variance v at a
/// distance a from the point, the bits of 1 + a^2 / v.
struct ComponentPlaces {
  std::vector<double> point;     ///< d numbers: the mixture's mean
  std::vector<char> near_point;  ///< k: whether moments are to be about the point

  static ComponentPlaces of(const Mixture& mixture);

  /// Takes components as far where moments about the point have lost more than six bits, to be
  /// remembered in `far` (k) as well.
  /// \return whether any has lost more than twelve
  bool separate(const Statistics& statistics, std::vector<char>& far);
};

}  // namespace gaussmix
