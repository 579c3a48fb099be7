// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/noise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "covariance/families/family.hpp"
#include "em/in_memory.hpp"
#include "em/known_labels.hpp"
#include "em/maximize.hpp"
#include "em/posterior.hpp"
#include "gaussmix/model_file.hpp"
#include "gaussmix/predictor.hpp"
#include "made_mixture.hpp"
#include "mixture/coordinates.hpp"

namespace gaussmix {
namespace {

constexpr CovarianceType kTypes[] = {CovarianceType::full, CovarianceType::tied,
                                     CovarianceType::diag, CovarianceType::spherical};

// A box of sides of this length about the origin.
Noise cube(Index d, double weight, double side) {
  return {weight,
          std::vector<double>(size_t(d), -0.5 * side),
          std::vector<double>(size_t(d), side),
          {}};
}

Mixture with_noise(const Mixture& mixture, const Noise& noise) {
  std::vector<double> weights = mixture.weights();
  for (double& weight : weights) weight *= 1.0 - noise.weight;
  return Mixture::from_precisions_cholesky(mixture.shape(), mixture.scalar_type(), weights,
                                           mixture.means(), mixture.precisions_cholesky(),
                                           mixture.covariances(), noise);
}

// Clusters, and after them every tenth row as far away again.
template <class T>
std::vector<T> noisy_rows(Index rows, Index d, Index k, double distance) {
  auto x = made::clusters<T>(rows, d, k, distance);
  const auto far = made::normal<T>(rows * d, 77);
  for (Index i = 0; i < rows; i += 10) {
    for (Index c = 0; c < d; ++c) {
      x[size_t(i * d + c)] = far[size_t(i * d + c)] * static_cast<T>(3.0 * distance);
    }
  }
  return x;
}

TEST(Noise, IsPartOfTheValue) {
  const Mixture plain = made::mixture(CovarianceType::full, 3, 2, 2.0, 1);
  EXPECT_FALSE(plain.noise().has_value());
  EXPECT_EQ(plain.n_columns(), 3);
  Noise noise = cube(2, 0.125, 10.1);
  noise.axes = {0.6, 0.8, -0.8, 0.6};
  const Mixture mixture = with_noise(plain, noise);
  EXPECT_EQ(mixture.n_components(), 3);
  EXPECT_EQ(mixture.n_columns(), 4);
  EXPECT_EQ(mixture.n_parameters(), plain.n_parameters() + 2);
  EXPECT_DOUBLE_EQ(mixture.noise()->log_volume(), 2.0 * std::log(10.1));
  EXPECT_DOUBLE_EQ(mixture.noise()->log_normalizer(), std::log(0.125 / (10.1 * 10.1)));
  const Mixture rounded = mixture.rounded_to_float32();
  EXPECT_EQ(rounded.noise()->widths[0], static_cast<double>(10.1F));
  EXPECT_EQ(rounded.noise()->axes[1], static_cast<double>(0.8F));
  EXPECT_EQ(rounded.noise()->corner[0], static_cast<double>(-5.05F));

  const auto point = coordinates_of(mixture);
  EXPECT_EQ(point.size(), coordinates_of(plain).size() + 1);
  const Mixture back = mixture_at(point, mixture);
  EXPECT_NEAR(back.noise()->weight, 0.125, 1e-15);
  EXPECT_NEAR(back.weights()[1], 0.875 / 3.0, 1e-15);
  EXPECT_EQ(back.noise()->axes, noise.axes);
}

TEST(Noise, IsChecked) {
  const Mixture plain = made::mixture(CovarianceType::diag, 3, 2, 2.0, 1);
  const auto refused = [&](const Noise& noise) {
    EXPECT_THROW(with_noise(plain, noise), std::invalid_argument);
  };
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  refused(cube(2, -0.1, 1.0));
  refused(cube(2, 1.1, 1.0));
  refused(cube(2, kNone, 1.0));
  refused(cube(3, 0.1, 1.0));
  refused(cube(2, 0.1, 0.0));
  refused(cube(2, 0.1, kNone));
  Noise skew = cube(2, 0.1, 1.0);
  skew.axes = {1.0, 0.0, 0.1, 1.0};
  refused(skew);
  skew.axes = {1.0, 0.0};
  refused(skew);
  EXPECT_THROW(  // the weights sum to 1 already
      Mixture::from_covariances(plain.shape(), ScalarType::float64, plain.weights(), plain.means(),
                                plain.covariances(), cube(2, 0.1, 1.0)),
      std::invalid_argument);
}

double weight_of_all(const Statistics& statistics) {
  return std::ldexp(statistics.row_weight(), statistics.unit_exponent());
}

// The E-step of blocks beside the formula, row by row.
template <class T>
void expect_formula(CovarianceType type) {
  constexpr Index k = 3, d = 4, rows = 500;
  const auto x = noisy_rows<T>(rows, d, k, 4.0);
  const Dataset<T> data({x.data(), rows, d}, nullptr);
  const Mixture plain = made::mixture(type, k, d, 2.0, 3);
  const Mixture mixture = with_noise(plain, cube(d, 0.2, 30.0));
  Execution execution(2);
  InMemory<T> engine(execution, data, k, family_of(type).scatter_form());
  const Statistics statistics = engine.expect(mixture);
  std::vector<double> weights(size_t(k), 0.0);
  double log_likelihood = 0.0;
  const Predictor<double> gaussians(plain);
  for (Index i = 0; i < rows; ++i) {
    Predictor<double> predictor(gaussians);
    const std::vector<double> row(x.begin() + i * d, x.begin() + (i + 1) * d);
    std::vector<double> shares(size_t(k), 0.0);
    predictor.responsibilities(row.data(), shares.data());
    const double of_gaussians = 0.8 * std::exp(predictor.log_density(row.data()));
    const double density = of_gaussians + 0.2 * std::pow(30.0, -4.0);
    log_likelihood += std::log(density);
    for (Index j = 0; j < k; ++j) {
      weights[size_t(j)] += shares[size_t(j)] * of_gaussians / density;
    }
  }
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-4 : 1e-10;
  EXPECT_NEAR(statistics.log_likelihood(), log_likelihood, tolerance * std::abs(log_likelihood));
  for (Index j = 0; j < k; ++j) {
    EXPECT_NEAR(statistics.weight(j), weights[size_t(j)], tolerance * weights[size_t(j)]);
  }
  EXPECT_DOUBLE_EQ(weight_of_all(statistics), static_cast<double>(rows));
  Model model;
  model.family = &family_of(type);
  model.noise = cube(d, 0.5, 30.0);
  const Mixture next = maximize(execution, statistics, model, &mixture).mixture;
  const double of_noise = 1.0 - (weights[0] + weights[1] + weights[2]) / rows;
  EXPECT_NEAR(next.noise()->weight, of_noise, tolerance);
  EXPECT_NEAR(next.weights()[0], weights[0] / rows, tolerance);
  EXPECT_EQ(next.noise()->widths, mixture.noise()->widths);
}

TEST(Noise, TakesWhatTheComponentsLeave) {
  for (const auto type : kTypes) {
    expect_formula<double>(type);
    expect_formula<float>(type);
  }
}

template <class T>
struct Course {
  std::vector<double> log_likelihoods;
  std::vector<Mixture> mixtures;
  bool formed = false;
};

// Iterations of EM, with groups of rows or without.
template <class T>
Course<T> course(CovarianceType type, Index k, Index d, const Adjustment<T>* adjustment,
                 bool grouped) {
  constexpr Index rows = 3000;
  const auto x = noisy_rows<T>(rows, d, k, 25.0);
  const Dataset<T> data({x.data(), rows, d}, nullptr);
  Execution execution(2);
  InMemory<T> engine(execution, data, k, family_of(type).scatter_form());
  Model model;
  model.family = &family_of(type);
  model.reg_covar = 1e-6;
  // So dense that a row at the edge of a cluster belongs to both.
  model.noise = cube(d, 0.1, std::exp(static_cast<double>(6 + d) / static_cast<double>(d)));
  const Mixture seed = made::mixture(type, k, d, 1.0, 3);
  const std::vector<double> means(x.begin() + 10 * k * d + k * d,
                                  x.begin() + 10 * k * d + 2 * k * d);
  Mixture mixture = with_noise(Mixture::from_covariances(seed.shape(), ScalarType::float64,
                                                         seed.weights(), means, seed.covariances()),
                               *model.noise);
  RowGroups groups(rows, k);
  Course<T> found;
  for (int i = 0; i < 12; ++i) {
    if (grouped) groups.begin_e_step(execution, mixture, scalar_type_of<T>());
    const Posterior<T> posterior(mixture, grouped ? &groups : nullptr, adjustment);
    const Statistics& statistics = engine.expect(posterior);
    found.log_likelihoods.push_back(statistics.log_likelihood());
    Mixture next = maximize(execution, statistics, model, &mixture).mixture;
    if (grouped) groups.end_e_step(execution, mixture);
    mixture = std::move(next);
    found.mixtures.push_back(mixture);
    found.formed = found.formed || groups.formed();
  }
  return found;
}

void expect_same(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  double scale = 0.0;
  for (const double value : b) scale = std::max(scale, std::abs(value));
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance * scale);
}

template <class T>
void expect_groups_change_nothing(CovarianceType type, Index k, Index d,
                                  const Adjustment<T>* adjustment, double tolerance) {
  const auto plain = course<T>(type, k, d, adjustment, false);
  const auto grouped = course<T>(type, k, d, adjustment, true);
  EXPECT_TRUE(grouped.formed);
  expect_same(grouped.log_likelihoods, plain.log_likelihoods, tolerance);
  for (std::size_t i = 0; i < plain.mixtures.size(); ++i) {
    const Mixture &a = grouped.mixtures[i], &b = plain.mixtures[i];
    expect_same(a.weights(), b.weights(), tolerance);
    expect_same(a.means(), b.means(), tolerance);
    expect_same(a.covariances(), b.covariances(), tolerance);
    EXPECT_NEAR(a.noise()->weight, b.noise()->weight, tolerance);
    EXPECT_GT(b.noise()->weight, 0.05);
  }
}

TEST(Noise, PrunesNothingThatCounts) {
  for (const auto type : kTypes) {
    for (const Index d : {2, 10}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(type)) + " " + std::to_string(d));
      expect_groups_change_nothing<double>(type, 6, d, nullptr, 1e-9);
      expect_groups_change_nothing<float>(type, 6, d, nullptr, 2e-3);
    }
  }
}

std::vector<std::int32_t> some_labels(Index rows, Index k) {
  std::vector<std::int32_t> labels(size_t(rows), -1);
  for (Index i = 0; i < rows; i += 7) labels[size_t(i)] = static_cast<std::int32_t>(i % k);
  for (Index i = 3; i < rows; i += 11) labels[size_t(i)] = static_cast<std::int32_t>(k);
  return labels;
}

TEST(Noise, PrunesNothingThatCountsBesideKnownLabels) {
  constexpr Index k = 6, rows = 3000;
  const KnownLabels<double> known(some_labels(rows, k));
  const KnownLabels<float> known_single(some_labels(rows, k));
  for (const auto type : kTypes) {
    expect_groups_change_nothing<double>(type, k, 3, &known, 1e-9);
    expect_groups_change_nothing<float>(type, k, 3, &known_single, 2e-3);
  }
}

// A row with a label has all of its weight there: rows that are labelled noise leave the
// components, those of a component are no noise however far away they are.
TEST(Noise, TakesTheRowsWithItsLabel) {
  constexpr Index k = 2, d = 3, rows = 300;
  const auto x = noisy_rows<double>(rows, d, k, 5.0);
  const Dataset<double> data({x.data(), rows, d}, nullptr);
  std::vector<std::int32_t> labels(size_t(rows), 2);
  for (Index i = 0; i < rows; i += 10) labels[size_t(i)] = 0;  // the far ones
  const KnownLabels<double> known(labels);
  const Mixture mixture =
      with_noise(made::mixture(CovarianceType::full, k, d, 1.0, 5), cube(d, 0.1, 50.0));
  Execution execution(1);
  InMemory<double> engine(execution, data, k, ScatterForm::full, &known);
  for (int i = 0; i < 3; ++i) {
    const Statistics& statistics = engine.expect(mixture);
    EXPECT_DOUBLE_EQ(statistics.weight(0), 30.0);
    EXPECT_DOUBLE_EQ(statistics.weight(1), 0.0);
    EXPECT_DOUBLE_EQ(weight_of_all(statistics), 300.0);
  }
}

TEST(Noise, MayTakeAllRows) {
  constexpr Index k = 3, d = 2, rows = 200;
  const auto x = made::normal<double>(rows * d, 4);
  const Dataset<double> data({x.data(), rows, d}, nullptr);
  const KnownLabels<double> known(std::vector<std::int32_t>(size_t(rows), 3));
  for (const auto* family : families()) {
    if (std::string(family->name()).size() == 1) continue;  // of one feature
    SCOPED_TRACE(family->name());
    const Mixture plain = made::mixture(family->type(), k, d, 1.0, 6);
    const Mixture mixture = with_noise(plain, cube(d, 0.1, 8.0));
    Model model;
    model.family = family;
    model.noise = cube(d, 0.1, 8.0);
    Execution execution(1);
    InMemory<double> engine(execution, data, k, family->scatter_form(), &known);
    const auto next = maximize(execution, engine.expect(mixture), model, &mixture);
    EXPECT_EQ(next.mixture.noise()->weight, 1.0);
    EXPECT_EQ(next.mixture.weights(), std::vector<double>(3, 0.0));
    EXPECT_EQ(next.mixture.means(), mixture.means());
    EXPECT_EQ(next.mixture.covariances(), mixture.covariances());
    EXPECT_EQ(next.repairs.size(), 3U);
    // From there nothing moves.
    const auto again = maximize(execution, engine.expect(next.mixture), model, &next.mixture);
    EXPECT_EQ(again.mixture.means(), mixture.means());
  }
}

TEST(Noise, LeavesAConstraintItsShares) {
  constexpr Index k = 3, d = 2, rows = 400;
  const auto x = noisy_rows<double>(rows, d, k, 6.0);
  const Dataset<double> data({x.data(), rows, d}, nullptr);
  const Mixture mixture =
      with_noise(made::mixture(CovarianceType::full, k, d, 3.0, 6), cube(d, 0.1, 40.0));
  Model model;
  model.noise = *mixture.noise();
  model.constrain = [](const Statistics&, MixtureParts& parts) {
    std::fill(parts.weights.begin(), parts.weights.end(), 1.0);
  };
  Execution execution(1);
  InMemory<double> engine(execution, data, k, ScatterForm::full);
  const Mixture next = maximize(execution, engine.expect(mixture), model, &mixture).mixture;
  EXPECT_GT(next.noise()->weight, 0.05);
  for (const double weight : next.weights()) {
    EXPECT_DOUBLE_EQ(weight, (1.0 - next.noise()->weight) / 3.0);
  }
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

// Of rows in a table and singly: log-density, responsibilities, their logarithms, labels.
template <class T>
void expect_tables_are_rows(const Mixture& mixture, std::vector<T> x) {
  const Index d = mixture.n_features(), rows = static_cast<Index>(x.size()) / d;
  const auto columns = size_t(mixture.n_columns());
  x[0] = std::numeric_limits<T>::quiet_NaN();
  Predictor<T> predictor(mixture);
  ASSERT_EQ(predictor.n_columns(), mixture.n_columns());
  std::vector<T> densities(static_cast<std::size_t>(rows)), shares(densities.size() * columns),
      logs(shares);
  std::vector<Index> labels(densities.size());
  const TableView<T> table{x.data(), rows, d};
  predictor.log_density(table, densities.data());
  predictor.responsibilities(table, shares.data());
  predictor.log_responsibilities(table, logs.data());
  predictor.predict(table, labels.data());
  std::vector<T> densities_1(densities.size()), shares_1(shares.size()), logs_1(logs.size());
  for (Index i = 0; i < rows; ++i) {
    const T* const row = x.data() + i * d;
    densities_1[size_t(i)] = predictor.log_density(row);
    predictor.responsibilities(row, shares_1.data() + size_t(i) * columns);
    predictor.log_responsibilities(row, logs_1.data() + size_t(i) * columns);
    ASSERT_EQ(predictor.predict(row), labels[size_t(i)]);
    const auto first = shares.begin() + i * static_cast<Index>(columns);
    const Index largest = std::max_element(first, first + static_cast<Index>(columns)) - first;
    EXPECT_EQ(labels[size_t(i)], largest == mixture.n_components() ? -1 : largest);
  }
  EXPECT_TRUE(same_bits(densities, densities_1));
  EXPECT_TRUE(same_bits(shares, shares_1));
  EXPECT_TRUE(same_bits(logs, logs_1));
  EXPECT_EQ(labels[0], -1);  // what is not a number is noise
  EXPECT_EQ(densities[0], static_cast<T>(mixture.noise()->log_normalizer()));
}

TEST(Noise, HasTheSameBitsInATableAndSingly) {
  for (const auto type : kTypes) {
    for (Index k = 1; k <= 17; ++k) {
      const Noise noise = cube(3, 0.3, 20.0);
      const Mixture plain = made::mixture(type, k, 3, 4.0, 9);
      expect_tables_are_rows(with_noise(plain, noise), noisy_rows<double>(150, 3, k, 4.0));
      expect_tables_are_rows(with_noise(plain.rounded_to_float32(), noise),
                             noisy_rows<float>(150, 3, k, 4.0));
    }
  }
}

// Where float is too imprecise for some components, those are computed in double.
TEST(Noise, HasTheSameBitsInMixedPrecision) {
  const std::vector<double> steepness{1.0, 3e4, 2.0, 1e5, 1.0, 3.0, 2.0, 1.0};
  for (std::size_t k = 2; k <= steepness.size(); ++k) {
    const std::vector<double> some(steepness.begin(), steepness.begin() + static_cast<Index>(k));
    const Mixture plain = made::chains(CovarianceType::full, some, 4, ScalarType::float32);
    expect_tables_are_rows(with_noise(plain, cube(4, 0.2, 30.0)),
                           made::rows_of_chains<float>(plain, some, 100));
  }
}

TEST(Noise, OfWeightZeroIsNone) {
  const Mixture plain = made::mixture(CovarianceType::full, 3, 2, 2.0, 1);
  const Mixture mixture = with_noise(plain, cube(2, 0.0, 10.0));
  Predictor<double> with(mixture), without(plain);
  const double near[] = {0.5, 0.5}, far[] = {1e200, 0.0};
  EXPECT_EQ(with.log_density(near), without.log_density(near));
  EXPECT_EQ(with.log_density(far), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(with.predict(far), 0);
  double shares[4];
  with.responsibilities(far, shares);
  for (const double share : shares) EXPECT_EQ(share, 0.25);
}

TEST(Noise, GoesThroughAFile) {
  for (const bool turned : {false, true}) {
    Noise noise = cube(2, 0.25, 7.3);
    if (turned) noise.axes = {0.6, 0.8, -0.8, 0.6};
    const Mixture plain = made::mixture(CovarianceType::diag, 3, 2, 2.0, 1);
    for (const Mixture& mixture :
         {with_noise(plain, noise), with_noise(plain.rounded_to_float32(), noise)}) {
      const std::string bytes = model_bytes(SavedModel(mixture));
      EXPECT_NE(bytes.find(R"("format_version":"2.0")"), std::string::npos);
      EXPECT_EQ(bytes.find("noise_axes") != std::string::npos, turned);
      const Mixture back = Mixture::load(bytes.data(), bytes.size());
      EXPECT_EQ(back.weights(), mixture.weights());
      EXPECT_EQ(back.noise()->weight, mixture.noise()->weight);
      EXPECT_EQ(back.noise()->corner, mixture.noise()->corner);
      EXPECT_EQ(back.noise()->widths, mixture.noise()->widths);
      EXPECT_EQ(back.noise()->axes, mixture.noise()->axes);
      EXPECT_EQ(model_bytes(SavedModel(back)), bytes);
    }
    const std::string without = model_bytes(SavedModel(plain));
    EXPECT_NE(without.find(R"("format_version":"1.0")"), std::string::npos);
    EXPECT_EQ(without.find("noise"), std::string::npos);
  }
}

}  // namespace
}  // namespace gaussmix
