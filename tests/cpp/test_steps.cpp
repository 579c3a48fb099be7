// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gaussmix/em.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/predictor.hpp"
#include "made_data.hpp"
#include "made_mixture.hpp"

namespace gaussmix {
namespace {

constexpr Index kFeatures = 3, kComponents = 4, kRows = 1200;

template <class T>
TableView<T> view(const std::vector<T>& x) {
  return {x.data(), static_cast<Index>(x.size()) / kFeatures, kFeatures};
}

// Rows [first, last).
template <class T>
TableView<T> part(const std::vector<T>& x, Index first, Index last) {
  return {x.data() + first * kFeatures, last - first, kFeatures};
}

template <class T = double>
std::vector<T> rows(Index n = kRows) {
  return made::clusters<T>(n, kFeatures, kComponents, 5.0);
}

// A fit whose start is its first rows, one of each cluster.
FitOptions options_for(const std::string& family, const std::vector<double>& x, int max_iter = 0) {
  FitOptions options;
  options.n_components = kComponents;
  options.family = family;
  options.max_iter = max_iter;
  options.tol = 0.0;
  options.user_start.means.assign(x.begin(), x.begin() + kComponents * kFeatures);
  return options;
}

Mixture first_mixture(const std::string& family = "full") {
  const auto x = rows();
  return fit(view(x), options_for(family, x)).mixture;
}

std::vector<double> weights_of_rows(Index n = kRows) {
  std::vector<double> weights;
  for (Index i = 0; i < n; ++i) weights.push_back(0.25 + static_cast<double>(i % 7));
  return weights;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << i;
  }
}

void expect_near(const Mixture& actual, const Mixture& expected, double tolerance) {
  EXPECT_EQ(actual.scalar_type(), expected.scalar_type());
  expect_near(actual.weights(), expected.weights(), tolerance);
  expect_near(actual.means(), expected.means(), tolerance);
  expect_near(actual.covariances(), expected.covariances(), tolerance);
}

// All that statistics hold, without units: weights, means, scatters, and what the rows sum to.
// Components of next to no weight have neither mean nor scatter: which rows they are of, is
// rounding.
std::vector<double> numbers_of(const Statistics& s) {
  const auto absolute = [&](double value) { return std::ldexp(value, s.unit_exponent()); };
  const Index d = s.n_features(), k = s.n_components();
  std::vector<double> all{absolute(s.row_weight()), absolute(s.log_likelihood())};
  for (Index j = 0; j < k; ++j) {
    all.push_back(absolute(s.weight(j)));
    all.push_back(absolute(s.moment_weight(j)));
    if (s.weight(j) < 1e-12 * s.row_weight()) continue;
    const auto mean = s.mean(j);
    all.insert(all.end(), mean.begin(), mean.end());
    if (s.form() == ScatterForm::pooled && j > 0) continue;
    for (Index r = 0; r < (s.form() == ScatterForm::diagonal ? 1 : d); ++r) {
      const Index columns = s.form() == ScatterForm::diagonal ? d : r + 1;
      for (Index c = 0; c < columns; ++c) all.push_back(absolute(s.scatter(j)[r * d + c]));
    }
  }
  return all;
}

void expect_near(const Statistics& actual, const Statistics& expected, double tolerance) {
  EXPECT_EQ(actual.form(), expected.form());
  expect_near(numbers_of(actual), numbers_of(expected), tolerance);
}

class EachFamily : public testing::TestWithParam<const char*> {};

TEST_P(EachFamily, StepsAreTheIterationsOfAFit) {
  const auto x = rows();
  const auto weights = weights_of_rows();
  FitOptions options = options_for(GetParam(), x);
  Mixture mixture = fit(view(x), options, weights.data()).mixture;
  for (options.max_iter = 1; options.max_iter < 5; ++options.max_iter) {
    const FitResult expected = fit(view(x), options, weights.data());
    const Maximized next = step(view(x), mixture, options, weights.data());
    EXPECT_NEAR(next.lower_bound, expected.lower_bound, 1e-12);
    EXPECT_TRUE(next.repairs.empty());
    expect_near(next.mixture, expected.mixture, 1e-11);
    mixture = next.mixture;
  }
}

TEST_P(EachFamily, StepsWithAPriorAreTheIterationsOfAFit) {
  const auto x = rows();
  FitOptions options = options_for(GetParam(), x);
  options.prior.emplace();  // all of it from the rows
  const Mixture first = fit(view(x), options).mixture;
  options.max_iter = 1;
  const FitResult expected = fit(view(x), options);
  const Maximized next = step(view(x), first, options);
  EXPECT_NEAR(next.lower_bound, expected.lower_bound, 1e-12);
  expect_near(next.mixture, expected.mixture, 1e-11);
}

TEST_P(EachFamily, StatisticsOfPartsMergeToThoseOfAll) {
  const auto x = rows();
  const auto weights = weights_of_rows();
  const Mixture mixture = first_mixture(GetParam());
  const Statistics all = expect(view(x), mixture, {}, weights.data());
  Statistics merged = expect(part(x, 0, 0), mixture);
  for (const auto& [first, last] : {std::pair<Index, Index>{0, 1}, {1, 700}, {700, kRows}}) {
    merged.merge(expect(part(x, first, last), mixture, {}, weights.data() + first));
  }
  expect_near(merged, all, 1e-12);
  const Maximized one = maximize(merged, {}, &mixture), other = maximize(all, {}, &mixture);
  expect_near(one.mixture, other.mixture, 1e-12);
  EXPECT_NEAR(one.lower_bound, other.lower_bound, 1e-13);
}

TEST_P(EachFamily, RowsInMemoryHaveTheSameStatistics) {
  constexpr Index n = 6000, k = 16;
  const auto x = made::clusters<double>(n, kFeatures, k, 12.0);
  const auto weights = weights_of_rows(n);
  FitOptions options = options_for(GetParam(), x);
  options.n_components = k;
  options.user_start.means.assign(x.begin(), x.begin() + k * kFeatures);
  Mixture mixture = fit(view(x), options).mixture;
  RowsInMemory<double> kept(view(x), mixture, options, weights.data());
  int reordered = 0;
  for (int i = 0; i < 8; ++i) {
    const Statistics statistics = kept.expect(mixture);
    const Statistics whole = expect(view(x), mixture, options, weights.data());
    expect_near(statistics, whole, 1e-12);
    reordered += statistics == whole ? 0 : 1;
    mixture = maximize(statistics, options, &mixture).mixture;
  }
  // Groups have an order of their own; their last bits say that they were formed.
  EXPECT_GT(reordered, 2);
}

INSTANTIATE_TEST_SUITE_P(Verbs, EachFamily,
                         testing::Values("full", "tied", "diag", "spherical", "EEI", "VEE", "EVE"),
                         [](const auto& info) { return std::string(info.param); });

// Responsibilities by the predictor, summed up by the definition.
TEST(Expect, SumsResponsibilities) {
  const auto x = rows();
  const auto weights = weights_of_rows();
  const Mixture mixture = first_mixture();
  const Statistics statistics = expect(view(x), mixture, {}, weights.data());
  const Predictor<double> predictor(mixture);
  std::vector<double> r(size_t(kRows * kComponents)), density(size_t{kRows});
  predictor.responsibilities(view(x), r.data());
  predictor.log_density(view(x), density.data());
  double log_likelihood = 0.0, row_weight = 0.0;
  for (Index i = 0; i < kRows; ++i) {
    log_likelihood += weights[size_t(i)] * density[size_t(i)];
    row_weight += weights[size_t(i)];
  }
  const double unit = std::ldexp(1.0, statistics.unit_exponent());
  EXPECT_NEAR(statistics.log_likelihood() * unit, log_likelihood, 1e-12 * std::abs(log_likelihood));
  EXPECT_NEAR(statistics.row_weight() * unit, row_weight, 1e-12 * row_weight);
  for (Index j = 0; j < kComponents; ++j) {
    double weight = 0.0, first = 0.0;
    for (Index i = 0; i < kRows; ++i) {
      const double own = weights[size_t(i)] * r[size_t(i * kComponents + j)];
      weight += own;
      first += own * x[size_t(i * kFeatures)];
    }
    EXPECT_NEAR(statistics.weight(j) * unit, weight, 1e-12 * weight);
    EXPECT_NEAR(statistics.mean(j)[0], first / weight, 1e-12);
  }
}

TEST(Expect, GivesTheSameBitsForAnyNumberOfThreads) {
  const auto x = rows(50000);
  const Mixture mixture = first_mixture();
  FitOptions options;
  const std::string bytes = expect(view(x), mixture, options).to_bytes();
  for (const int n_threads : {2, 5}) {
    options.n_threads = n_threads;
    EXPECT_EQ(expect(view(x), mixture, options).to_bytes(), bytes);
  }
}

TEST(Expect, TakesRowsOfEitherType) {
  const auto x = rows<float>();
  const std::vector<double> same(x.begin(), x.end());
  const Mixture mixture = first_mixture(), rounded = mixture.rounded_to_float32();
  expect_near(expect(view(x), mixture), expect(view(same), mixture), 1e-4);
  expect_near(expect(view(same), rounded), expect(view(same), mixture), 1e-4);
  EXPECT_EQ(step(view(x), mixture).mixture.scalar_type(), ScalarType::float64);
  const Mixture next = step(view(same), rounded).mixture;
  EXPECT_EQ(next.scalar_type(), ScalarType::float32);
  for (const double mean : next.means()) {
    EXPECT_EQ(static_cast<double>(static_cast<float>(mean)), mean);
  }
}

TEST(Expect, KeepsRowsWhereTheyAreKnown) {
  const auto x = rows();
  const Mixture mixture = first_mixture();
  FitOptions options;
  for (Index i = 0; i < kRows; ++i) {
    options.known_labels.push_back(static_cast<std::int32_t>((i + 1) % kComponents));
  }
  const Statistics wrong = expect(view(x), mixture, options);
  constexpr Index kRowsOfEach = kRows / kComponents;
  for (Index j = 0; j < kComponents; ++j) {
    EXPECT_EQ(std::ldexp(wrong.weight(j), wrong.unit_exponent()), double{kRowsOfEach});
  }
  options.component_classes = {0, 0, 1, 1};
  for (auto& label : options.known_labels) label /= 2;
  const Statistics classes = expect(view(x), mixture, options);
  const double first = classes.weight(0) + classes.weight(1);
  EXPECT_NEAR(std::ldexp(first, classes.unit_exponent()), kRows / 2.0, 1e-9);
  std::fill(options.known_labels.begin(), options.known_labels.end(), -1);
  EXPECT_EQ(expect(view(x), mixture, options), expect(view(x), mixture));
}

TEST(Expect, OfNoRowsIsNeutral) {
  const auto x = rows();
  for (const char* const family : {"full", "tied", "diag", "fixed"}) {
    const Mixture mixture =
        std::string(family) == "fixed"
            ? Mixture::from_covariances({CovarianceType::spherical, 1, kFeatures},
                                        ScalarType::float64, {1.0}, {0.0, 0.0, 0.0}, {1.0})
            : first_mixture(family);
    const Statistics none = expect(part(x, 0, 0), mixture), all = expect(view(x), mixture);
    EXPECT_EQ(none.row_weight(), 0.0);
    EXPECT_EQ(none, all.of_no_rows());
    Statistics left = none, right = all;
    left.merge(all);
    right.merge(none);
    EXPECT_EQ(left, all);
    EXPECT_EQ(right, all);
    EXPECT_EQ(expect(TableView<float>{nullptr, 0, kFeatures}, mixture), none);
    EXPECT_THROW(static_cast<void>(maximize(none, {}, &mixture)), std::invalid_argument);
    EXPECT_THROW(RowsInMemory<double>(part(x, 0, 0), mixture), std::invalid_argument);
  }
}

TEST(Expect, RefusesWhatDoesNotFit) {
  auto x = rows();
  const Mixture mixture = first_mixture();
  const auto refuses = [&](TableView<double> table, const FitOptions& options,
                           const double* weights = nullptr) {
    EXPECT_THROW(static_cast<void>(expect(table, mixture, options, weights)),
                 std::invalid_argument);
    EXPECT_THROW(static_cast<void>(step(table, mixture, options, weights)), std::invalid_argument);
    EXPECT_THROW(RowsInMemory<double>(table, mixture, options, weights), std::invalid_argument);
  };
  refuses({x.data(), kRows, kFeatures - 1}, {});
  refuses({x.data(), kRows / 2, kFeatures + 1}, {});
  for (const double wrong : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    auto weights = weights_of_rows();
    weights[5] = wrong;
    refuses(view(x), {}, weights.data());
  }
  FitOptions options;
  options.known_labels.assign(size_t(kRows - 1), 0);
  refuses(view(x), options);
  options.known_labels.assign(size_t{kRows}, kComponents);
  refuses(view(x), options);
  options = {};
  options.component_classes = {0, 1};
  refuses(view(x), options);
  x[7] = std::nan("");
  refuses(view(x), {});
}

// It is asked every 20 milliseconds or so: rows are added until an E-step takes longer.
TEST(Expect, IsGivenUpWhenAsked) {
  const Mixture mixture = first_mixture();
  FitOptions options;
  options.interrupted = [] { return true; };
  bool given_up = false;
  for (Index n = 200'000; !given_up && n < 100'000'000; n *= 3) {
    const auto x = rows(n);
    try {
      static_cast<void>(expect(view(x), mixture, options));
    } catch (const Interrupted&) {
      given_up = true;
    }
  }
  EXPECT_TRUE(given_up);
}

TEST(Maximize, RefusesWhatDoesNotFit) {
  const auto x = rows();
  const Mixture mixture = first_mixture();
  const Statistics statistics = expect(view(x), mixture);
  const auto refuses = [](const Statistics& of, const FitOptions& options, const Mixture* before) {
    EXPECT_THROW(static_cast<void>(maximize(of, options, before)), std::invalid_argument);
  };
  refuses(Statistics(ScatterForm::full, kComponents - 1, kFeatures), {}, &mixture);
  refuses(Statistics(ScatterForm::full, kComponents, kFeatures), {}, nullptr);
  const Mixture fewer = made::mixture(CovarianceType::full, kComponents - 1, kFeatures, 2.0, 1);
  refuses(statistics, {}, &fewer);
  const Mixture narrower = made::mixture(CovarianceType::full, kComponents, kFeatures - 1, 2.0, 1);
  refuses(statistics, {}, &narrower);
  refuses(expect(view(x), first_mixture("diag")), {}, &mixture);
  refuses(expect(view(x), first_mixture("tied")), {}, &mixture);
  FitOptions options;
  options.reg_covar = -1.0;
  refuses(statistics, options, &mixture);
  options = {};
  options.family = "E";  // of one feature
  refuses(statistics, options, nullptr);
  options.family = "fixed";
  refuses(statistics, options, nullptr);
  options.family = "nothing";
  refuses(statistics, options, nullptr);
  options = {};
  options.prior.emplace();
  options.prior->shrinkage = -1.0;
  refuses(statistics, options, &mixture);
}

// A full scatter has those of the other forms within.
TEST(Maximize, TakesFullScatterForAnyFamily) {
  const auto x = rows();
  const Statistics full = expect(view(x), first_mixture());
  for (const char* const family : {"tied", "diag", "spherical"}) {
    FitOptions options;
    options.family = family;
    const Mixture mixture = maximize(full, options).mixture;
    expect_near(mixture.means(), maximize(full).mixture.means(), 1e-14);
    double of_family = 0.0, of_scatter = 0.0;
    const Statistics pooled = full.in_form(ScatterForm::pooled);
    for (Index c = 0; c < kFeatures; ++c) of_scatter += pooled.scatter(0)[c * (kFeatures + 1)];
    const auto& covariances = mixture.covariances();
    for (Index j = 0; j < kComponents; ++j) {
      for (Index c = 0; c < kFeatures; ++c) {
        const Index at = mixture.covariance_type() == CovarianceType::tied   ? c * (kFeatures + 1)
                         : mixture.covariance_type() == CovarianceType::diag ? j * kFeatures + c
                                                                             : j;
        of_family += full.weight(j) * (covariances[size_t(at)] - FitOptions().reg_covar);
      }
    }
    EXPECT_NEAR(of_family, of_scatter, 1e-10 * of_scatter) << family;
  }
}

TEST(Maximize, OfTheFirstMixtureHasNoBound) {
  const auto x = rows();
  const Maximized first = maximize(expect(view(x), first_mixture()));
  EXPECT_EQ(first.lower_bound, -std::numeric_limits<double>::infinity());
  EXPECT_FALSE(first.mixture.noise());
}

TEST(Maximize, ReportsRepairsOrThrows) {
  const auto x = rows();
  std::vector<double> means(x.begin(), x.begin() + kComponents * kFeatures);
  std::fill(means.begin(), means.begin() + kFeatures, 1e6);
  const std::vector<double> ones(size_t{kComponents}, 1.0);
  const Mixture mixture =
      Mixture::from_covariances({CovarianceType::spherical, kComponents, kFeatures},
                                ScalarType::float64, {0.25, 0.25, 0.25, 0.25}, means, ones);
  const Maximized next = step(view(x), mixture);
  ASSERT_EQ(next.repairs.size(), 1U);
  EXPECT_EQ(next.repairs[0].component, 0);
  EXPECT_EQ(next.mixture.means()[0], 1e6);
  FitOptions options;
  options.degenerate = Degenerate::raise;
  options.reg_covar = 0.0;
  const std::vector<double> one_row(size_t(2 * kFeatures), 1.0);
  EXPECT_THROW(static_cast<void>(step(part(one_row, 0, 2), mixture, options)), DegenerateError);
}

TEST(RowsInMemory, TakeMixturesOfOneSizeAndScatter) {
  const auto x = rows();
  RowsInMemory<double> kept(view(x), first_mixture("diag"));
  EXPECT_EQ(kept.expect(first_mixture("spherical")).form(), ScatterForm::diagonal);
  EXPECT_THROW(static_cast<void>(kept.expect(first_mixture("full"))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(kept.expect(
                   made::mixture(CovarianceType::diag, kComponents + 1, kFeatures, 2.0, 1))),
               std::invalid_argument);
  const Mixture diagonal = first_mixture("diag");
  expect_near(kept.expect(diagonal), expect(view(x), diagonal), 1e-12);
}

// Bounds are of the mixture before: one from elsewhere is no exception.
TEST(RowsInMemory, AreRightAfterAnyMixture) {
  constexpr Index n = 6000, k = 16;
  const auto x = made::clusters<double>(n, kFeatures, k, 12.0);
  const auto at = [&](double offset) {
    std::vector<double> means(x.begin(), x.begin() + k * kFeatures);
    for (double& mean : means) mean += offset;
    return Mixture::from_covariances({CovarianceType::spherical, k, kFeatures}, ScalarType::float64,
                                     std::vector<double>(size_t{k}, 1.0 / k), means,
                                     std::vector<double>(size_t{k}, 1.0));
  };
  RowsInMemory<double> kept(view(x), at(0.0));
  for (const double offset : {0.0, 0.01, 0.02, 30.0, 0.0, -45.0, 0.0, 0.001, 0.0}) {
    expect_near(kept.expect(at(offset)), expect(view(x), at(offset)), 1e-12);
  }
}

TEST(RowsInMemory, KeepLabelsAndTypes) {
  const auto x = rows<float>();
  const Mixture mixture = first_mixture();
  FitOptions options;
  for (Index i = 0; i < kRows; ++i) {
    options.known_labels.push_back(i % 3 == 0 ? static_cast<std::int32_t>(i % kComponents) : -1);
  }
  RowsInMemory<float> kept(view(x), mixture, options);
  for (int i = 0; i < 3; ++i) {
    expect_near(kept.expect(mixture), expect(view(x), mixture, options), 1e-6);
  }
}

TEST(RowsInMemory, GoOnAfterBeingInterrupted) {
  const auto x = rows(100000);
  const Mixture mixture = first_mixture();
  bool interrupted = false;
  FitOptions options;
  options.interrupted = [&] { return interrupted; };
  RowsInMemory<double> kept(view(x), mixture, options);
  const Statistics before = kept.expect(mixture);
  interrupted = true;
  EXPECT_THROW(
      {
        for (int i = 0; i < 1000; ++i) static_cast<void>(kept.expect(mixture));
      },
      Interrupted);
  interrupted = false;
  expect_near(kept.expect(mixture), before, 1e-12);
}

}  // namespace
}  // namespace gaussmix
