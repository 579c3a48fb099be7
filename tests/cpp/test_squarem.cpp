// SPDX-License-Identifier: BSD-3-Clause
#include "em/squarem.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "mixture/coordinates.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 2000, kFeatures = 3, kComponents = 4;

// Clusters that overlap, so that EM is slow.
std::vector<double> overlapping() { return made::clusters<double>(kRows, kFeatures, 4, 1.5); }

FitOptions slow_options(const std::string& family) {
  FitOptions options;
  options.n_components = kComponents;
  options.family = family;
  options.tol = 1e-8;
  options.reg_covar = 0.0;
  options.max_iter = 20000;
  return options;
}

template <class T>
FitResult fitted(const std::vector<T>& x, const FitOptions& options) {
  return fit<T>({x.data(), static_cast<Index>(x.size()) / kFeatures, kFeatures}, options);
}

FitOptions accelerated(FitOptions options) {
  options.acceleration = Acceleration::squarem;
  return options;
}

class Families : public testing::TestWithParam<const char*> {};

TEST_P(Families, FindTheSameOptimumInFewerPasses) {
  const auto x = overlapping();
  const FitOptions options = slow_options(GetParam());
  const FitResult plain = fitted(x, options), quick = fitted(x, accelerated(options));
  EXPECT_TRUE(quick.converged);
  EXPECT_LT(2 * quick.n_iter, plain.n_iter);
  EXPECT_GT(quick.lower_bound, plain.lower_bound - 1e-5);
  EXPECT_EQ(size_t(quick.n_iter), quick.lower_bounds.size());
  for (std::size_t i = 1; i < quick.lower_bounds.size(); ++i) {
    EXPECT_GE(quick.lower_bounds[i], quick.lower_bounds[i - 1] - 1e-12) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Squarem, Families,
                         testing::Values("full", "tied", "diag", "spherical", "EII", "EEI", "VEI",
                                         "EVI", "VEE", "EVV"),
                         [](const auto& of) { return std::string(of.param); });

TEST(Squarem, IsNotForWhatCannotBeExtrapolated) {
  const auto x = overlapping();
  for (const char* family : {"EVE", "VVE", "EEV", "VEV"}) {
    EXPECT_THROW(fitted(x, accelerated(slow_options(family))), std::invalid_argument) << family;
  }
  const std::vector<float> floats(x.begin(), x.end());
  EXPECT_THROW(fitted(floats, accelerated(slow_options("full"))), std::invalid_argument);
}

TEST(Squarem, HasTheSameBitsOnAnyNumberOfThreads) {
  const auto x = overlapping();
  FitOptions options = accelerated(slow_options("full"));
  options.max_iter = 100;
  const FitResult one = fitted(x, options);
  options.n_threads = 3;
  const FitResult three = fitted(x, options);
  EXPECT_EQ(one.lower_bounds, three.lower_bounds);
  EXPECT_EQ(one.mixture.means(), three.mixture.means());
}

// In units of the features' deviations it is the same problem.
TEST(Squarem, DoesNotMindTheUnitsOfFeatures) {
  auto x = overlapping();
  FitOptions options = accelerated(slow_options("full"));
  options.tol = 1e-6;
  options.first_responsibilities = [](int /*start*/) {
    FirstResponsibilities first;
    for (Index i = 0; i < kRows; ++i) first.labels.push_back(static_cast<std::int32_t>(i % 4));
    return first;
  };
  const FitResult before = fitted(x, options);
  for (std::size_t i = 0; i < x.size(); i += kFeatures) x[i] *= 1024.0;
  const FitResult after = fitted(x, options);
  EXPECT_EQ(before.n_iter, after.n_iter);
  EXPECT_NEAR(after.lower_bound, before.lower_bound - std::log(1024.0), 1e-9);
}

// With a noise component and a prior it climbs their objective.
TEST(Squarem, ClimbsWithNoiseAndAPrior) {
  const auto x = overlapping();
  FitOptions options = slow_options("full");
  options.noise = 0.05;
  options.prior = ConjugatePrior();
  const FitResult plain = fitted(x, options), quick = fitted(x, accelerated(options));
  EXPECT_LT(quick.n_iter, plain.n_iter);
  EXPECT_GT(quick.lower_bound, plain.lower_bound - 1e-5);
}

// A mixture of one feature with two components whose means are given.
Mixture with_means(double first, double second) {
  return Mixture::from_covariances({CovarianceType::full, 2, 1}, ScalarType::float64, {0.5, 0.5},
                                   {first, second}, {1.0, 1.0});
}

// Steps that shrink by the same factor have their limit in one extrapolation.
TEST(Squarem, ProposesTheLimitOfAGeometricSequence) {
  Squarem squarem;
  squarem.add(with_means(0.0, 10.0), with_means(0.5, 10.0), 1e-4);
  EXPECT_EQ(squarem.proposal(), nullptr);
  squarem.add(with_means(0.5, 10.0), with_means(0.75, 10.0), 1e-4);
  ASSERT_NE(squarem.proposal(), nullptr);
  EXPECT_NEAR(squarem.proposal()->means()[0], 1.0, 1e-12);
  EXPECT_NEAR(squarem.proposal()->means()[1], 10.0, 1e-12);
}

TEST(Squarem, HalvesARefusedStepOnceAndThenRests) {
  Squarem squarem;
  const auto two_steps = [&] {
    squarem.add(with_means(0.0, 10.0), with_means(0.5, 10.0), 1e-4);
    squarem.add(with_means(0.5, 10.0), with_means(0.75, 10.0), 1e-4);
  };
  two_steps();
  squarem.refuse();
  ASSERT_NE(squarem.proposal(), nullptr);
  EXPECT_NEAR(squarem.proposal()->means()[0], 2.0 * 1.5 * 0.5 - 1.5 * 1.5 * 0.25, 1e-12);
  squarem.refuse();
  EXPECT_EQ(squarem.proposal(), nullptr);
  two_steps();  // the pause
  EXPECT_EQ(squarem.proposal(), nullptr);
  two_steps();
  EXPECT_NE(squarem.proposal(), nullptr);
  squarem.give_up();
  two_steps();
  EXPECT_EQ(squarem.proposal(), nullptr);
}

TEST(Squarem, WaitsUntilEmIsSlow) {
  Squarem squarem;
  squarem.add(with_means(0.0, 10.0), with_means(0.5, 10.0), 1e-2);
  squarem.add(with_means(0.5, 10.0), with_means(0.75, 10.0), 1e-2);
  EXPECT_EQ(squarem.proposal(), nullptr);
}

}  // namespace
}  // namespace gaussmix
