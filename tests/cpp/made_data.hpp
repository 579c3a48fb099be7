// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "gaussmix/types.hpp"
#include "support/random.hpp"

namespace gaussmix::made {

/// `count` standard normal numbers, by the method of Box and Muller (1958).
template <class T>
std::vector<T> normal(Index count, std::uint64_t seed) {
  constexpr double kTwoPi = 6.283185307179586;
  const RandomStream draws(seed, 0, Purpose::rows);
  std::vector<T> values;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    const double radius = std::sqrt(-2.0 * std::log(draws.uniform(2 * i)));
    values.push_back(static_cast<T>(radius * std::cos(kTwoPi * draws.uniform(2 * i + 1))));
  }
  return values;
}

/// Rows in `clusters` clusters of unit spread, row i in cluster i % clusters, whose centres lie
/// `distance` apart along a line that is not parallel to any axis. Row-major.
template <class T>
std::vector<T> clusters(Index rows, Index features, Index clusters, double distance,
                        std::uint64_t seed = 1) {
  std::vector<T> values = normal<T>(rows * features, seed);
  const double step = distance / std::sqrt(static_cast<double>(features));
  for (Index i = 0; i < rows; ++i) {
    for (Index c = 0; c < features; ++c) {
      const double centre = step * static_cast<double>(i % clusters);
      values[size_t(i * features + c)] += static_cast<T>(centre);
    }
  }
  return values;
}

}  // namespace gaussmix::made
