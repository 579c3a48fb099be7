// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "gaussmix/predictor.hpp"
#include "gaussmix/validation.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

constexpr Index kFeatures = 3;
constexpr Index kComponents = 3;

template <class T>
TableView<T> view(const std::vector<T>& x, Index features = kFeatures) {
  return {x.data(), static_cast<Index>(x.size()) / features, features};
}

FitOptions options_for(CovarianceType type) {
  FitOptions options;
  options.n_components = kComponents;
  options.covariance_type = type;
  return options;
}

// Means from which EM can start without any draw: the first rows, one of each cluster.
UserStart start_at_first_rows(const std::vector<double>& x) {
  UserStart start;
  start.means.assign(x.begin(), x.begin() + kComponents * kFeatures);
  return start;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << i;
  }
}

void expect_same_bits(const FitResult& actual, const FitResult& expected) {
  EXPECT_EQ(actual.mixture.weights(), expected.mixture.weights());
  EXPECT_EQ(actual.mixture.means(), expected.mixture.means());
  EXPECT_EQ(actual.mixture.covariances(), expected.mixture.covariances());
  EXPECT_EQ(actual.mixture.precisions_cholesky(), expected.mixture.precisions_cholesky());
  EXPECT_EQ(actual.lower_bounds, expected.lower_bounds);
}

class EachType : public testing::TestWithParam<CovarianceType> {};

TEST_P(EachType, FindsSeparatedClusters) {
  constexpr Index kRows = 3000;
  constexpr double kDistance = 12.0;
  const auto x = made::clusters<double>(kRows, kFeatures, kComponents, kDistance);
  const FitResult result = fit(view(x), options_for(GetParam()));

  EXPECT_TRUE(result.converged);
  EXPECT_EQ(result.repairs.size(), 0U);
  EXPECT_EQ(result.lower_bounds.size(), size_t(result.n_iter));
  EXPECT_EQ(result.lower_bounds.back(), result.lower_bound);
  expect_near(result.mixture.weights(), {1.0 / 3, 1.0 / 3, 1.0 / 3}, 0.01);

  // Rows of one cluster share one label, and each component lies at its cluster's centre.
  std::vector<Index> labels(kRows);
  Predictor<double>(result.mixture).predict(view(x), labels.data(), 1);
  for (Index i = 0; i < kRows; ++i) {
    EXPECT_EQ(labels[size_t(i)], labels[size_t(i % 3)]);
  }
  for (Index cluster = 0; cluster < kComponents; ++cluster) {
    const Index component = labels[size_t(cluster)];
    for (Index c = 0; c < kFeatures; ++c) {
      EXPECT_NEAR(result.mixture.means()[size_t(component * kFeatures + c)],
                  kDistance / std::sqrt(3.0) * static_cast<double>(cluster), 0.15);
    }
  }
}

TEST_P(EachType, NeverLosesLikelihood) {
  const auto x = made::clusters<double>(600, kFeatures, kComponents, 1.5);
  FitOptions options = options_for(GetParam());
  options.reg_covar = 0.0;
  options.tol = 0.0;
  options.max_iter = 40;
  options.user_start = start_at_first_rows(x);
  const FitResult result = fit(view(x), options);
  ASSERT_EQ(result.lower_bounds.size(), 40U);
  for (std::size_t i = 1; i < result.lower_bounds.size(); ++i) {
    EXPECT_GE(result.lower_bounds[i], result.lower_bounds[i - 1] - 1e-10) << "iteration " << i;
  }
  EXPECT_GT(result.lower_bounds.back(), result.lower_bounds.front());
}

TEST_P(EachType, GivesTheSameBitsForAnyNumberOfThreads) {
  const auto check = [](const auto& x) {
    FitOptions options = options_for(GetParam());
    options.max_iter = 3;
    options.tol = 0.0;
    const FitResult serial = fit(view(x), options);
    for (const int n_threads : {2, 3, 8}) {
      options.n_threads = n_threads;
      expect_same_bits(fit(view(x), options), serial);
    }
  };
  // Enough rows for several threads; clusters that overlap, and such as bring rows into groups.
  check(made::clusters<double>(90000, kFeatures, kComponents, 2.0));
  check(made::clusters<float>(90000, kFeatures, kComponents, 30.0));
}

TEST_P(EachType, WeightsAreRepetitions) {
  const auto x = made::clusters<double>(300, kFeatures, kComponents, 3.0);
  std::vector<double> weights;
  std::vector<double> repeated;
  for (Index i = 0; i < 300; ++i) {
    const int times = static_cast<int>(i % 4) + 1;
    weights.push_back(times);
    for (int copy = 0; copy < times; ++copy) {
      const auto row = x.begin() + i * kFeatures;
      repeated.insert(repeated.end(), row, row + kFeatures);
    }
  }
  FitOptions options = options_for(GetParam());
  options.user_start = start_at_first_rows(x);
  options.max_iter = 10;
  options.tol = 0.0;
  const FitResult weighted = fit(view(x), options, weights.data());
  const FitResult expected = fit(view(repeated), options);
  expect_near(weighted.mixture.weights(), expected.mixture.weights(), 1e-10);
  expect_near(weighted.mixture.means(), expected.mixture.means(), 1e-10);
  expect_near(weighted.mixture.covariances(), expected.mixture.covariances(), 1e-10);
  expect_near(weighted.lower_bounds, expected.lower_bounds, 1e-10);
}

TEST_P(EachType, GoesOnFromAWarmStart) {
  const auto x = made::clusters<double>(300, kFeatures, kComponents, 2.0);
  FitOptions options = options_for(GetParam());
  options.user_start = start_at_first_rows(x);
  options.tol = 0.0;
  options.max_iter = 10;
  const FitResult whole = fit(view(x), options);

  options.max_iter = 4;
  const FitResult first = fit(view(x), options);
  options.max_iter = 6;
  options.warm_start = WarmStart{first.mixture, first.lower_bound};
  const FitResult rest = fit(view(x), options);
  EXPECT_EQ(rest.mixture.means(), whole.mixture.means());
  EXPECT_EQ(rest.mixture.covariances(), whole.mixture.covariances());
  EXPECT_EQ(rest.lower_bound, whole.lower_bound);
}

TEST_P(EachType, WithoutIterationsReturnsTheUsersStart) {
  const auto x = made::clusters<double>(60, kFeatures, kComponents, 2.0);
  FitOptions options = options_for(GetParam());
  options.max_iter = 0;
  options.user_start = start_at_first_rows(x);
  options.user_start.weights = {0.5, 0.25, 0.25};
  const FitResult result = fit(view(x), options);
  EXPECT_EQ(result.mixture.weights(), options.user_start.weights);
  EXPECT_EQ(result.mixture.means(), options.user_start.means);
  EXPECT_EQ(result.n_iter, 0);
  EXPECT_FALSE(result.converged);
}

// Data that is float32 gives a model of float32 numbers, near the one of the same values in
// float64.
TEST_P(EachType, FitsFloat32) {
  const auto single = made::clusters<float>(600, kFeatures, kComponents, 4.0);
  const std::vector<double> x(single.begin(), single.end());
  FitOptions options = options_for(GetParam());
  options.user_start = start_at_first_rows(x);
  const FitResult result = fit(view(single), options);
  const FitResult expected = fit(view(x), options);
  EXPECT_EQ(result.mixture.scalar_type(), ScalarType::float32);
  for (const auto* parameters :
       {&result.mixture.weights(), &result.mixture.means(), &result.mixture.covariances()}) {
    for (const double value : *parameters) EXPECT_EQ(value, static_cast<float>(value));
  }
  expect_near(result.mixture.means(), expected.mixture.means(), 1e-3);
  expect_near(result.mixture.covariances(), expected.mixture.covariances(), 1e-3);
}

// Three different rows, each ten times: no cluster has any spread, and two features have none.
TEST_P(EachType, RepairsOrRaisesWhereThereIsNoSpread) {
  std::vector<double> x;
  for (int i = 0; i < 30; ++i) x.insert(x.end(), {10.0 * (i % 3 - 1), 0.0, 0.0});
  FitOptions options = options_for(GetParam());
  options.reg_covar = 0.0;
  options.user_start = start_at_first_rows(x);
  options.degenerate = Degenerate::raise;
  EXPECT_THROW(fit(view(x), options), DegenerateError);

  options.degenerate = Degenerate::repair;
  const FitResult result = fit(view(x), options);
  ASSERT_FALSE(result.repairs.empty());
  for (const Repair& repair : result.repairs) {
    EXPECT_EQ(repair.start, 0);
    EXPECT_GE(repair.component, GetParam() == CovarianceType::tied ? -1 : 0);
    EXPECT_LT(repair.component, kComponents);
    EXPECT_NE(repair.reason, "");
    EXPECT_NE(repair.action, "");
  }
  EXPECT_TRUE(std::isfinite(result.lower_bound));
  for (const double value : result.mixture.precisions_cholesky()) {
    EXPECT_TRUE(std::isfinite(value));
  }
}

std::string type_name(const testing::TestParamInfo<CovarianceType>& type) {
  switch (type.param) {
    case CovarianceType::full:
      return "full";
    case CovarianceType::tied:
      return "tied";
    case CovarianceType::diag:
      return "diag";
    default:
      return "spherical";
  }
}

INSTANTIATE_TEST_SUITE_P(Fit, EachType,
                         testing::Values(CovarianceType::full, CovarianceType::tied,
                                         CovarianceType::diag, CovarianceType::spherical),
                         type_name);

TEST(Starts, KeepTheBestAndDependOnTheirNumberAlone) {
  const auto x = made::clusters<double>(300, kFeatures, 6, 2.0);
  FitOptions options = options_for(CovarianceType::full);
  options.n_components = 6;
  options.init_params = InitParams::random_from_data;
  options.max_iter = 5;
  options.n_init = 4;
  const FitResult four = fit(view(x), options);
  ASSERT_EQ(four.starts.size(), 4U);
  double best = -std::numeric_limits<double>::infinity();
  for (const StartReport& start : four.starts) best = std::max(best, start.lower_bound);
  EXPECT_EQ(four.lower_bound, best);
  EXPECT_NE(four.starts[0].lower_bound, four.starts[1].lower_bound);

  options.n_init = 2;
  const FitResult two = fit(view(x), options);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(two.starts[i].lower_bound, four.starts[i].lower_bound);
  }
}

TEST(Observer, HearsOfEachIterationAndCanEndTheFit) {
  const auto x = made::clusters<double>(300, kFeatures, kComponents, 1.0);
  FitOptions options = options_for(CovarianceType::full);
  options.tol = 0.0;
  std::vector<Progress> heard;
  options.observer = [&](const Progress& progress) {
    heard.push_back(progress);
    return progress.iteration == 3;
  };
  const FitResult result = fit(view(x), options);
  ASSERT_EQ(heard.size(), 4U);
  for (int i = 0; i <= 3; ++i) {
    EXPECT_EQ(heard[size_t(i)].start, 0);
    EXPECT_EQ(heard[size_t(i)].iteration, i);
  }
  EXPECT_EQ(heard[3].change, heard[3].lower_bound - heard[2].lower_bound);
  EXPECT_EQ(result.n_iter, 3);
  EXPECT_EQ(result.lower_bound, heard[3].lower_bound);
}

// Of so many rows, those that do not go on see a sample.
TEST(Observer, CanEndTheFitInAStartOfASample) {
  const auto x = made::clusters<double>(90000, kFeatures, kComponents, 1.0);
  FitOptions options = options_for(CovarianceType::full);
  options.n_init = 3;
  options.max_iter = 5;
  options.tol = 0.0;
  double heard = 0.0;
  options.observer = [&](const Progress& progress) {
    heard = progress.lower_bound;
    return progress.start == 1 && progress.iteration == 3;
  };
  const FitResult result = fit(view(x), options);
  ASSERT_EQ(result.starts.size(), 2U);
  EXPECT_EQ(result.starts[1].n_iter, 3);
  EXPECT_EQ(result.starts[1].lower_bound, heard);
  EXPECT_TRUE(result.starts[1].dropped);
  EXPECT_EQ(result.best_start, 0);
  EXPECT_EQ(result.lower_bound, result.starts[0].lower_bound);
}

TEST(Observer, ThrowsThroughTheFit) {
  const auto x = made::clusters<double>(300, kFeatures, kComponents, 1.0);
  FitOptions options = options_for(CovarianceType::full);
  options.observer = [](const Progress&) -> bool { throw std::domain_error("enough"); };
  EXPECT_THROW(fit(view(x), options), std::domain_error);
}

TEST(Interruption, LeavesAnEndlessFit) {
  const auto x = made::clusters<double>(3000, kFeatures, kComponents, 1.0);
  for (const auto init : {InitParams::kmeans, InitParams::random}) {
    FitOptions options = options_for(CovarianceType::full);
    options.init_params = init;
    options.tol = 0.0;
    options.max_iter = std::numeric_limits<int>::max();
    int asked = 0;
    options.interrupted = [&] { return ++asked == 3; };
    EXPECT_THROW(fit(view(x), options), Interrupted);
    EXPECT_EQ(asked, 3);
  }
}

// What takes long with many features is the preparation of a whole start: without iterations there
// is nothing else. It is worth asking for once it has taken some milliseconds.
TEST(Interruption, IsAskedForBetweenTheComponentsOfAStart) {
  constexpr Index kMany = 16, kWide = 300;
  const auto x = made::normal<double>(kMany * kWide, 1);
  FitOptions options = options_for(CovarianceType::full);
  options.n_components = kMany;
  options.max_iter = 0;
  options.user_start.means = x;
  options.user_start.weights.assign(kMany, 1.0 / kMany);
  for (Index i = 0; i < kMany * kWide * kWide; ++i) {
    options.user_start.precisions.push_back(i / kWide % kWide == i % kWide ? 1.0 : 0.0);
  }
  options.interrupted = [] { return true; };
  EXPECT_THROW(fit(TableView<double>{x.data(), kMany, kWide}, options), Interrupted);
}

TEST(Options, OutOfRangeAreInvalidArguments) {
  const auto x = made::clusters<double>(30, kFeatures, kComponents, 1.0);
  const auto expect_invalid = [&](const std::string& what, auto change) {
    SCOPED_TRACE(what);
    FitOptions options = options_for(CovarianceType::full);
    change(options);
    try {
      fit(view(x), options);
      ADD_FAILURE();
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  expect_invalid("n_components", [](FitOptions& o) { o.n_components = 0; });
  expect_invalid("n_components", [](FitOptions& o) { o.n_components = 31; });
  expect_invalid("tol", [](FitOptions& o) { o.tol = -1.0; });
  expect_invalid("tol", [](FitOptions& o) { o.tol = std::nan(""); });
  expect_invalid("reg_covar", [](FitOptions& o) { o.reg_covar = -1.0; });
  expect_invalid("max_iter", [](FitOptions& o) { o.max_iter = -1; });
  expect_invalid("n_init", [](FitOptions& o) { o.n_init = 0; });
  expect_invalid("n_threads", [](FitOptions& o) { o.n_threads = 0; });
  expect_invalid("user_start.weights", [](FitOptions& o) { o.user_start.weights = {0.5, 0.5}; });
  expect_invalid("user_start.means", [](FitOptions& o) { o.user_start.means = {1.0}; });
  expect_invalid("user_start.precisions", [](FitOptions& o) { o.user_start.precisions = {1.0}; });
  EXPECT_THROW(fit(TableView<double>{x.data(), 0, 3}, FitOptions()), std::invalid_argument);
  EXPECT_THROW(fit(TableView<double>{x.data(), 3, 0}, FitOptions()), std::invalid_argument);
  EXPECT_THROW(fit(TableView<double>{x.data(), 10, 3, 2}, FitOptions()), std::invalid_argument);
}

TEST(Rows, MustBeFinite) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{50}, std::size_t{29999}}) {
      auto x = made::clusters<double>(10000, kFeatures, kComponents, 1.0);
      EXPECT_TRUE(all_finite(view(x)));
      x[at] = bad;
      EXPECT_FALSE(all_finite(view(x)));
      EXPECT_THROW(fit(view(x), FitOptions()), std::invalid_argument);
    }
  }
  const std::vector<float> largest(7, std::numeric_limits<float>::max());
  EXPECT_TRUE(all_finite(view(largest, 7)));
}

TEST_P(EachType, ReadsRowsThatLieApart) {
  constexpr Index kStride = 5;
  const auto x = made::clusters<double>(600, kFeatures, kComponents, 2.0);
  std::vector<double> apart(600 * kStride, std::nan(""));
  for (Index i = 0; i < 600; ++i) {
    std::copy_n(x.data() + i * kFeatures, kFeatures, apart.data() + i * kStride);
  }
  for (const auto init :
       {InitParams::kmeans, InitParams::kmeans_plus_plus, InitParams::random_from_data}) {
    FitOptions options = options_for(GetParam());
    options.init_params = init;
    expect_same_bits(fit(TableView<double>{apart.data(), 600, kFeatures, kStride}, options),
                     fit(view(x), options));
  }
}

}  // namespace
}  // namespace gaussmix
