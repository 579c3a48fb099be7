// SPDX-License-Identifier: BSD-3-Clause
#include "densities/log_sum_exp.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gaussmix {
namespace {

constexpr Index kMost = 64;

// Log-densities of a row: zero, and k - 1 times `below`; the rest is minus infinity.
struct Row {
  alignas(64) double log_densities[kMost], exponentials[kMost];

  Row(Index k, double below) {
    for (Index j = 0; j < kMost; ++j) {
      log_densities[j] = j < k ? below : -std::numeric_limits<double>::infinity();
    }
    log_densities[0] = 0.0;
  }
};

// The sum of exponentials goes from 1 to 64 in small steps; its logarithm is right to one unit.
TEST(LogSumExp, HasTheLogarithmOfTheSum) {
  for (Index k = 1; k <= kMost; ++k) {
    for (double below = 0.0; below > -50.0; below -= 0.01) {
      Row row(k, below);
      const auto [log_density, sum] = log_sum_exp_row(row.log_densities, k, row.exponentials);
      const long double exact = std::log(static_cast<long double>(sum));
      const double expected = static_cast<double>(exact);
      const double unit = std::nextafter(expected, 100.0) - expected;
      ASSERT_NEAR(static_cast<double>(log_density - exact), 0.0, unit) << sum;
      const double other = static_cast<double>(k - 1) * std::exp(below);
      ASSERT_NEAR(sum, 1.0 + other, 1e-15 * static_cast<double>(k) * (1.0 + other));
    }
  }
}

TEST(LogSumExp, IsExactForOneComponentAndMinusInfinityForNone) {
  Row one(1, 0.0);
  EXPECT_EQ(log_sum_exp_row(one.log_densities, 1, one.exponentials).log_density, 0.0);
  Row none(1, 0.0);
  none.log_densities[0] = -std::numeric_limits<double>::infinity();
  const auto [log_density, sum] = log_sum_exp_row(none.log_densities, 3, none.exponentials);
  EXPECT_EQ(log_density, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sum, 0.0);
}

}  // namespace
}  // namespace gaussmix
