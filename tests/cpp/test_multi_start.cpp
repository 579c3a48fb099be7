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

// Every checkpoint of a fit, and its result.
struct Checkpointed {
  std::vector<std::vector<FitResult>> checkpoints;
  FitResult result;
};

Checkpointed with_checkpoints(TableView<double> table, FitOptions options) {
  std::vector<std::vector<FitResult>> checkpoints;
  options.checkpoint = [&](const std::vector<FitResult>& runs) { checkpoints.push_back(runs); };
  FitResult result = fit(table, options);
  return {std::move(checkpoints), std::move(result)};
}

void expect_same(const FitResult& one, const FitResult& other) {
  EXPECT_EQ(one.lower_bounds, other.lower_bounds);
  EXPECT_EQ(one.mixture.means(), other.mixture.means());
  EXPECT_EQ(one.mixture.covariances(), other.mixture.covariances());
  EXPECT_EQ(one.best_start, other.best_start);
  EXPECT_EQ(one.converged, other.converged);
  EXPECT_EQ(one.repairs.size(), other.repairs.size());
  ASSERT_EQ(one.starts.size(), other.starts.size());
  for (std::size_t i = 0; i < one.starts.size(); ++i) {
    EXPECT_EQ(one.starts[i].lower_bound, other.starts[i].lower_bound) << i;
    EXPECT_EQ(one.starts[i].n_iter, other.starts[i].n_iter) << i;
  }
}

TEST(Checkpoints, AFitGoesOnFromEachToTheSameBits) {
  const auto rows = made::clusters<double>(3000, 2, 6, 2.0);
  const TableView<double> table{rows.data(), 3000, 2};
  FitOptions options;
  options.n_components = 6;
  options.n_init = 3;
  options.tol = 1e-6;
  options.max_iter = 60;
  options.checkpoint_every = 7;
  const Checkpointed whole = with_checkpoints(table, options);
  ASSERT_GT(whole.checkpoints.size(), 10U);
  for (const auto& runs : whole.checkpoints) {
    options.resume = runs;
    expect_same(fit(table, options), whole.result);
  }
}

TEST(Checkpoints, AreTheSameInEitherFit) {
  const auto rows = made::clusters<double>(2000, 2, 4, 1.0);
  const TableView<double> table{rows.data(), 2000, 2};
  FitOptions options;
  options.n_components = 4;
  options.tol = 0.0;
  options.max_iter = 20;
  options.checkpoint_every = 5;
  const Checkpointed whole = with_checkpoints(table, options);
  ASSERT_EQ(whole.checkpoints.size(), 4U);
  options.resume = whole.checkpoints[1];
  const Checkpointed rest = with_checkpoints(table, options);
  ASSERT_EQ(rest.checkpoints.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(rest.checkpoints[i].size(), 1U);
    expect_same(rest.checkpoints[i][0], whole.checkpoints[i + 2][0]);
  }
}

TEST(Checkpoints, KeepRepairs) {
  std::vector<double> rows(40, 0.0);  // twenty equal rows, and twenty others
  for (std::size_t i = 20; i < 40; ++i) rows[i] = static_cast<double>(4 * i + i % 3) / 4.0;
  const TableView<double> table{rows.data(), 40, 1};
  FitOptions options;
  options.n_components = 3;
  options.reg_covar = 0.0;
  options.tol = 0.0;
  options.max_iter = 12;
  options.checkpoint_every = 4;
  const Checkpointed whole = with_checkpoints(table, options);
  ASSERT_FALSE(whole.result.repairs.empty());
  for (const auto& runs : whole.checkpoints) {
    options.resume = runs;
    expect_same(fit(table, options), whole.result);
  }
}

TEST(Checkpoints, OfAnotherProblemAreRefused) {
  const auto rows = made::clusters<double>(300, 2, 3, 2.0);
  const TableView<double> table{rows.data(), 300, 2};
  FitOptions options;
  options.n_components = 3;
  options.checkpoint_every = 2;
  options.resume = with_checkpoints(table, options).checkpoints.front();
  options.n_components = 2;
  EXPECT_THROW(fit(table, options), std::invalid_argument);
  options.n_components = 3;
  options.checkpoint_every = -1;
  EXPECT_THROW(fit(table, options), std::invalid_argument);
}

}  // namespace
}  // namespace gaussmix
