// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "starts/swap.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 600, kFeatures = 2;

FitResult fitted(const std::vector<double>& x, const FitOptions& options) {
  return fit<double>({x.data(), static_cast<Index>(x.size()) / kFeatures, kFeatures}, options);
}

// Of three heaps two components share the first alike, and the last has the two others.
FitOptions with_a_duplicate() {
  FitOptions options;
  options.n_components = 3;
  options.max_iter = 500;
  options.first_responsibilities = [](int /*start*/) {
    FirstResponsibilities first;
    for (Index i = 0; i < kRows; ++i) {
      const bool heap = i % 3 == 0;
      for (const double number : {heap ? 0.5 : 0.0, heap ? 0.5 : 0.0, heap ? 0.0 : 1.0}) {
        first.responsibilities.push_back(number);
      }
    }
    return first;
  };
  return options;
}

TEST(MultiStart, MovesADuplicateComponentUnlessToldNotTo) {
  const auto x = made::clusters<double>(kRows, kFeatures, 3, 15.0);
  FitOptions options = with_a_duplicate();
  const FitResult moved = fitted(x, options);
  ASSERT_EQ(moved.repairs.size(), 1U);
  EXPECT_EQ(moved.repairs[0].component, 1);
  EXPECT_GT(moved.best_start, 0);
  options.move_redundant = false;
  const FitResult left = fitted(x, options);
  EXPECT_TRUE(left.repairs.empty());
  EXPECT_EQ(left.starts.size(), 1U);
  EXPECT_LT(left.lower_bound, moved.lower_bound);
  EXPECT_EQ(left.lower_bound, moved.starts[0].lower_bound);
}

// One start, a round of n_init - 1 of which three go on, four of n_init of which two do.
TEST(MultiStart, KeepsTheBestOfItsRounds) {
  const auto x = made::clusters<double>(kRows, kFeatures, 5, 4.0);
  FitOptions options;
  options.n_components = 5;
  options.n_init = 5;
  options.max_iter = 500;
  const FitResult result = fitted(x, options);
  ASSERT_EQ(result.starts.size(), 1U + 4U + 4U * 5U);
  double best = result.starts[0].lower_bound;
  for (const StartReport& start : result.starts) {
    if (!start.dropped) best = std::max(best, start.lower_bound);
    EXPECT_TRUE(!start.dropped || start.n_iter <= 20);
  }
  EXPECT_LE(result.lower_bound, best);
  EXPECT_GE(result.lower_bound, best - 1e-9 * std::max(1.0, std::abs(best)));
  EXPECT_EQ(result.lower_bounds.back(), result.lower_bound);
  const auto dropped = std::count_if(result.starts.begin(), result.starts.end(),
                                     [](const StartReport& start) { return start.dropped; });
  EXPECT_EQ(dropped, 1 + 4 * 3);
}

// Swaps move one component to a row, and nothing else but the weights.
TEST(Swaps, MoveOneComponentToARow) {
  const auto x = made::clusters<double>(kRows, kFeatures, 3, 15.0);
  const Dataset<double> data({x.data(), kRows, kFeatures}, nullptr);
  FitOptions options = with_a_duplicate();
  options.move_redundant = false;
  const Mixture mixture = fitted(x, options).mixture;
  Execution execution(1);
  const Swaps<double> swaps(execution, data, mixture);
  for (std::uint32_t number = 0; number < 20; ++number) {
    const auto swap = swaps.draw(RandomStream(0, number, Purpose::swaps), {0, 1, 2});
    ASSERT_TRUE(swap.has_value());
    bool is_row = false;
    for (Index i = 0; i < kRows && !is_row; ++i) {
      is_row = std::equal(x.begin() + i * kFeatures, x.begin() + (i + 1) * kFeatures,
                          swap->mixture.means().begin() + swap->component * kFeatures);
    }
    EXPECT_TRUE(is_row);
    EXPECT_DOUBLE_EQ(swap->mixture.weights()[size_t(swap->component)], 1.0 / 3);
    for (Index j = 0; j < 3; ++j) {
      if (j == swap->component) continue;
      for (Index c = 0; c < kFeatures; ++c) {
        const auto at = size_t(j * kFeatures + c);
        EXPECT_EQ(swap->mixture.means()[at], mixture.means()[at]);
      }
    }
  }
}

}  // namespace
}  // namespace gaussmix
