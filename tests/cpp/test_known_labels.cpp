// SPDX-License-Identifier: BSD-3-Clause
#include "em/known_labels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "em/in_memory.hpp"
#include "gaussmix/fit.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "made_data.hpp"
#include "made_mixture.hpp"
#include "starts/swap.hpp"

namespace gaussmix {
namespace {

using Labels = std::vector<std::int32_t>;

constexpr Index kFeatures = 3, kComponents = 4;
constexpr CovarianceType kTypes[] = {CovarianceType::full, CovarianceType::tied,
                                     CovarianceType::diag, CovarianceType::spherical};

// Of every `step`-th row of made::clusters a label: cluster c is component k - 1 - c.
Labels backwards(Index n, Index step) {
  Labels labels(size_t(n), -1);
  for (Index i = 0; i < n; i += step) {
    labels[size_t(i)] = static_cast<std::int32_t>(kComponents - 1 - i % kComponents);
  }
  return labels;
}

FitOptions options_with(const Labels& labels, CovarianceType type = CovarianceType::full) {
  FitOptions options;
  options.n_components = kComponents;
  options.covariance_type = type;
  options.known_labels = labels;
  return options;
}

template <class T>
FitResult fitted(const std::vector<T>& x, const FitOptions& options) {
  return fit<T>({x.data(), static_cast<Index>(x.size()) / kFeatures, kFeatures}, options);
}

bool same_bits(const FitResult& a, const FitResult& b) {
  return a.mixture.weights() == b.mixture.weights() && a.mixture.means() == b.mixture.means() &&
         a.mixture.covariances() == b.mixture.covariances() && a.lower_bounds == b.lower_bounds;
}

// Whether the components' means ascend or descend along the line on which clusters lie.
bool descend(const Mixture& mixture) {
  bool all = true;
  for (Index j = 1; j < mixture.n_components(); ++j) {
    all = all &&
          mixture.means()[size_t(j * kFeatures)] < mixture.means()[size_t((j - 1) * kFeatures)];
  }
  return all;
}

TEST(KnownLabels, NumberTheComponentsForEveryStart) {
  constexpr Index n = 2000;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 8.0);
  for (const auto type : kTypes) {
    for (const auto init : {InitParams::kmeans, InitParams::kmeans_plus_plus, InitParams::random,
                            InitParams::random_from_data}) {
      for (const int n_init : {1, 4}) {
        SCOPED_TRACE(std::to_string(static_cast<int>(type)) + " " +
                     std::to_string(static_cast<int>(init)) + " " + std::to_string(n_init));
        FitOptions options = options_with(backwards(n, 31), type);
        options.init_params = init;
        options.n_init = n_init;
        options.max_iter = 300;
        EXPECT_TRUE(descend(fitted(x, options).mixture));
      }
    }
  }
}

TEST(KnownLabels, NeverLowerTheBound) {
  constexpr Index n = 1500;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 2.0);
  for (const auto type : kTypes) {
    FitOptions options = options_with(backwards(n, 9), type);
    options.reg_covar = 0.0;
    options.tol = 0.0;
    const FitResult result = fitted(x, options);
    ASSERT_GT(result.lower_bounds.size(), 10U);
    for (std::size_t i = 1; i < result.lower_bounds.size(); ++i) {
      EXPECT_GE(result.lower_bounds[i], result.lower_bounds[i - 1] - 1e-12) << i;
    }
  }
}

TEST(KnownLabels, OfNoRowChangeNoBit) {
  constexpr Index n = 1500;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 2.0);
  FitOptions options = options_with({});
  options.n_init = 3;
  const FitResult plain = fitted(x, options);
  options.known_labels.assign(size_t(n), -1);
  EXPECT_TRUE(same_bits(fitted(x, options), plain));
}

// 20,000 rows and more have rounds on a sample, which must take the labels of its own rows.
TEST(KnownLabels, AreThoseOfTheRowsOfASample) {
  constexpr Index n = 90000;
  const auto x = made::clusters<float>(n, kFeatures, kComponents, 6.0);
  FitOptions options = options_with(backwards(n, 37));
  options.n_init = 3;
  const FitResult one = fitted(x, options);
  EXPECT_TRUE(descend(one.mixture));
  options.n_threads = 3;
  EXPECT_TRUE(same_bits(fitted(x, options), one));

  const Dataset<float> data({x.data(), n, kFeatures}, nullptr);
  const Sample<float> sample(data, 1000, RandomStream(0, 0, Purpose::sample));
  const KnownLabels<float> all(options.known_labels), some(all, sample);
  ASSERT_EQ(some.size(), sample.data().rows.rows);
  for (Index i = 0; i < some.size(); ++i) EXPECT_EQ(some.label(i), all.label(sample.number(i)));
}

// With a share of 0 in the mixture, or out of reach of its component, a row has no density there.
TEST(KnownLabels, HoldWhereTheDensityIsZero) {
  std::vector<double> x = made::clusters<double>(400, kFeatures, kComponents, 6.0);
  std::fill_n(x.begin(), kFeatures, 1e200);
  const Dataset<double> data({x.data(), 400, kFeatures}, nullptr);
  const KnownLabels<double> known(backwards(400, 20));
  const Mixture mixture = made::mixture(CovarianceType::full, kComponents, kFeatures, 6.0, 3);
  Execution execution(1);
  InMemory<double> engine(execution, data, kComponents, ScatterForm::full, &known);
  for (int i = 0; i < 3; ++i) {
    const Statistics& statistics = engine.expect(mixture);
    double total = 0.0;
    for (Index j = 0; j < kComponents; ++j) total += statistics.weight(j);
    EXPECT_NEAR(total, 400.0, 1e-9);
    EXPECT_GE(statistics.mean(3)[0], 1e197);  // row 0 is of component 3, and of no other
    for (Index j = 0; j < 3; ++j) EXPECT_LT(statistics.mean(j)[0], 1e100);
  }
}

TEST(KnownLabels, AreAllThereIs) {
  constexpr Index n = 200;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 2.0);
  Labels labels = backwards(n, 1);
  const FitResult all = fitted(x, options_with(labels));
  EXPECT_TRUE(all.converged);
  for (const double weight : all.mixture.weights()) EXPECT_DOUBLE_EQ(weight, 0.25);
  // Without a row of its own a component is repaired, and no labelled one gives way.
  std::replace(labels.begin(), labels.end(), 3, 0);
  const FitResult three = fitted(x, options_with(labels));
  EXPECT_DOUBLE_EQ(three.mixture.weights()[0], 0.5);
  EXPECT_FALSE(three.repairs.empty());
}

// One row a component is enough to start from, and to have a covariance in the end.
TEST(KnownLabels, OfOneRowEach) {
  const auto x = made::clusters<double>(400, kFeatures, kComponents, 12.0);
  Labels labels = backwards(400, 1);
  std::fill(labels.begin() + kComponents, labels.end(), -1);
  for (const auto type : kTypes) {
    for (const auto init : {InitParams::kmeans, InitParams::kmeans_plus_plus}) {
      FitOptions options = options_with(labels, type);
      options.init_params = init;
      options.degenerate = Degenerate::raise;
      EXPECT_TRUE(descend(fitted(x, options).mixture));
    }
  }
}

TEST(KnownLabels, AreChecked) {
  const auto x = made::clusters<double>(100, kFeatures, kComponents, 2.0);
  for (const Labels& wrong : {Labels(99, -1), Labels(100, -2), Labels(100, 4)}) {
    EXPECT_THROW(fitted(x, options_with(wrong)), std::invalid_argument);
  }
}

// Clusters 0 and 2 are class 0, clusters 1 and 3 class 1; components 0 and 1 are those of class 1.
Index class_of_row(Index i) { return i % 2; }
const Labels kClasses{1, 1, 0, 0};

FitOptions options_with_classes(Index n, CovarianceType type) {
  FitOptions options;
  options.n_components = kComponents;
  options.covariance_type = type;
  options.reg_covar = 0.0;
  options.tol = 0.0;
  options.max_iter = 25;
  options.component_classes = kClasses;
  FirstResponsibilities first;
  for (Index i = 0; i < n; ++i) {
    options.known_labels.push_back(static_cast<std::int32_t>(class_of_row(i)));
    // The clusters of the class, with a seventh of the rows in the wrong one.
    const Index part = (i % kComponents) / 2 ^ (i % 7 == 0 ? 1 : 0);
    first.labels.push_back(static_cast<std::int32_t>(class_of_row(i) == 1 ? part : 2 + part));
  }
  options.first_responsibilities = [first](int) { return first; };
  return options;
}

// With covariances of their own, classes that are fitted together are fitted as if each were alone.
TEST(ClassesOfComponents, AreFittedAsIfAlone) {
  constexpr Index n = 1200;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 2.0);
  const FitOptions options = options_with_classes(n, CovarianceType::full);
  const FitResult together = fitted(x, options);
  double bound = 0.0;
  for (const Index c : {0, 1}) {
    std::vector<double> rows;
    FitOptions own = options;
    own.n_components = 2;
    own.known_labels.clear();
    own.component_classes.clear();
    FirstResponsibilities first;
    for (Index i = c; i < n; i += 2) {
      rows.insert(rows.end(), x.begin() + i * kFeatures, x.begin() + (i + 1) * kFeatures);
      first.labels.push_back(options.first_responsibilities(0).labels[size_t(i)] % 2);
    }
    own.first_responsibilities = [first](int) { return first; };
    const FitResult alone = fitted(rows, own);
    bound += 0.5 * (alone.lower_bound + std::log(0.5));
    for (Index j = 0; j < 2; ++j) {
      const Index with = c == 1 ? j : 2 + j;
      EXPECT_NEAR(together.mixture.weights()[size_t(with)],
                  0.5 * alone.mixture.weights()[size_t(j)], 1e-12);
      for (Index f = 0; f < kFeatures; ++f) {
        EXPECT_NEAR(together.mixture.means()[size_t(with * kFeatures + f)],
                    alone.mixture.means()[size_t(j * kFeatures + f)], 1e-10);
      }
      for (Index f = 0; f < kFeatures * kFeatures; ++f) {
        EXPECT_NEAR(together.mixture.covariances()[size_t(with * kFeatures * kFeatures + f)],
                    alone.mixture.covariances()[size_t(j * kFeatures * kFeatures + f)], 1e-10);
      }
    }
  }
  EXPECT_NEAR(together.lower_bound, bound, 1e-10);
}

TEST(ClassesOfComponents, NeverLowerTheBound) {
  constexpr Index n = 1500;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 1.5);
  for (const auto type : kTypes) {
    const FitResult result = fitted(x, options_with_classes(n, type));
    for (std::size_t i = 1; i < result.lower_bounds.size(); ++i) {
      EXPECT_GE(result.lower_bounds[i], result.lower_bounds[i - 1] - 1e-12) << i;
    }
    double of_class_1 = result.mixture.weights()[0] + result.mixture.weights()[1];
    EXPECT_NEAR(of_class_1, 0.5, 1e-12);
  }
}

// Responsibilities outside a row's class count for nothing; where there are none in it, it has
// equal ones.
TEST(ClassesOfComponents, KeepProportionsOfFirstResponsibilities) {
  constexpr Index n = 400;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 2.0);
  FitOptions options = options_with_classes(n, CovarianceType::tied);
  options.max_iter = 0;
  const auto mixture_of = [&](const std::vector<double>& of_row) {
    FirstResponsibilities first;
    for (Index i = 0; i < n; ++i) {
      first.responsibilities.insert(first.responsibilities.end(), of_row.begin(), of_row.end());
    }
    options.first_responsibilities = [first](int) { return first; };
    return fitted(x, options).mixture.weights();
  };
  const auto expect = [&](const std::vector<double>& of_row, const std::vector<double>& weights) {
    const auto found = mixture_of(of_row);
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(found[j], weights[j], 1e-12) << j;
  };
  expect({0.3, 0.1, 0.2, 0.4}, {0.375, 0.125, 0.5 / 3.0, 1.0 / 3.0});
  expect({0.9, 0.1, 0.0, 0.0}, {0.45, 0.05, 0.25, 0.25});
}

TEST(ClassesOfComponents, AreChecked) {
  constexpr Index n = 200;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 2.0);
  const FitOptions sound = options_with_classes(n, CovarianceType::full);
  for (const Labels& wrong : {Labels{0, 0, 1}, Labels{0, 0, 1, -1}, Labels{0, 0, 2, 2}}) {
    FitOptions options = sound;
    options.component_classes = wrong;
    EXPECT_THROW(fitted(x, options), std::invalid_argument);
  }
  FitOptions unseeded = sound;
  unseeded.first_responsibilities = nullptr;
  EXPECT_THROW(fitted(x, unseeded), std::invalid_argument);
  unseeded.component_classes = {2, 1, 0, 3};  // one each, in another order
  EXPECT_NO_THROW(fitted(x, unseeded));
}

// Two labelled components may be the same, and stay; the third moves away from one of them.
TEST(Duplicates, AreFoundAmongTheMovableAlone) {
  const std::vector<double> means(9, 0.0), covariances(3, 1.0), weights(3, 1.0 / 3.0);
  const Mixture mixture = Mixture::from_covariances(
      {CovarianceType::spherical, 3, 3}, ScalarType::float64, weights, means, covariances);
  EXPECT_EQ(find_duplicate(mixture, {0, 1, 2})->component, 1);
  EXPECT_EQ(find_duplicate(mixture, {0})->component, 0);
  EXPECT_FALSE(find_duplicate(mixture, {}).has_value());
  EXPECT_FALSE(find_empty(mixture, {0, 1, 2}).has_value());
}

TEST(KMeansPlusPlus, KeepsAwayFromGivenCentres) {
  constexpr Index n = 400;
  const auto x = made::clusters<double>(n, kFeatures, kComponents, 50.0);
  const Dataset<double> data({x.data(), n, kFeatures}, nullptr);
  Execution execution(1);
  const PreparedRows<double> rows(execution, data, ScalingKind::common);
  GivenCentres given{{x.begin(), x.begin() + 2 * kFeatures}, {}};
  for (Index i = 0; i < n; i += 3) given.rows.push_back(i);
  for (std::uint32_t start = 0; start < 20; ++start) {
    const RandomStream random(start, 0, Purpose::centres);
    const auto picked = kmeans_plus_plus(execution, rows, 2, random, 1, given);
    ASSERT_EQ(picked.size(), 2U);
    EXPECT_EQ(std::min(picked[0] % kComponents, picked[1] % kComponents), 2);
    EXPECT_EQ(std::max(picked[0] % kComponents, picked[1] % kComponents), 3);
    EXPECT_TRUE(picked[0] % 3 != 0 && picked[1] % 3 != 0);
  }
  EXPECT_TRUE(
      kmeans_plus_plus(execution, rows, 0, RandomStream(0, 0, Purpose::centres), 1, given).empty());
}

}  // namespace
}  // namespace gaussmix
