// SPDX-License-Identifier: BSD-3-Clause
#include "em/conjugate_prior.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "covariance/layout.hpp"
#include "em/in_memory.hpp"
#include "made_data.hpp"
#include "statistics/moments/moment_adder.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 90, kComponents = 3, kFeatures = 2;
using Kind = CovarianceLayout::Kind;

class ConjugatePriorOf : public testing::TestWithParam<CovarianceType> {
 protected:
  const std::vector<double> x_ = made::clusters<double>(kRows, kFeatures, kComponents, 3.0);
  const Dataset<double> data_{{x_.data(), kRows, kFeatures}, nullptr};

  std::function<Statistics()> all_rows() const {
    return [this] {
      Execution execution(1);
      return statistics_of_all(execution, data_, ScatterForm::full);
    };
  }
};

FitOptions options_of(CovarianceType type) {
  FitOptions options;
  options.n_components = kComponents;
  options.covariance_type = type;
  options.reg_covar = 0.0;
  options.prior.emplace();
  return options;
}

TEST_P(ConjugatePriorOf, TheBoundNeverFalls) {
  for (const double shrinkage : {0.0, 0.01, 30.0}) {
    FitOptions options = options_of(GetParam());
    options.prior->shrinkage = shrinkage;
    options.tol = 0.0;
    options.max_iter = 200;
    const FitResult result = fit<double>(data_.rows, options);
    EXPECT_TRUE(result.repairs.empty());
    for (std::size_t i = 1; i < result.lower_bounds.size(); ++i) {
      EXPECT_GE(result.lower_bounds[i], result.lower_bounds[i - 1] - 1e-10)
          << shrinkage << " " << i;
    }
  }
}

// The precision of component j: its entries (0, 0), (1, 0), (1, 1).
std::vector<double> precision(const Mixture& mixture, Index j) {
  const auto layout = CovarianceLayout::of(mixture.shape());
  const double* const u = mixture.precisions_cholesky().data() + layout.offset(j);
  if (layout.kind == Kind::scalar) return {u[0] * u[0], 0.0, u[0] * u[0]};
  if (layout.kind == Kind::vector) return {u[0] * u[0], 0.0, u[1] * u[1]};
  return {u[0] * u[0] + u[1] * u[1], u[1] * u[3], u[3] * u[3]};
}

// What an M-step maximises, without the weights: the expected log-likelihood, and the log-prior.
double objective(const Statistics& s, const Model& model, const Mixture& mixture) {
  double sum = model.log_prior(mixture);
  for (Index j = 0; j < kComponents; ++j) {
    const auto p = precision(mixture, j);
    const auto m = s.mean(j);
    const double z0 = m[0] - mixture.means()[size_t(2 * j)];
    const double z1 = m[1] - mixture.means()[size_t(2 * j + 1)];
    const double log_det = std::log(p[0] * p[2] - p[1] * p[1]);
    const double distance = p[0] * z0 * z0 + 2.0 * p[1] * z0 * z1 + p[2] * z1 * z1;
    sum += 0.5 * s.weight(j) * (log_det - distance);
    if (s.form() == ScatterForm::pooled && j > 0) continue;
    const double* const S = s.scatter(j);
    sum -= s.form() == ScatterForm::diagonal
               ? 0.5 * (p[0] * S[0] + p[2] * S[1])
               : 0.5 * (p[0] * S[0] + 2.0 * p[1] * S[2] + p[2] * S[3]);
  }
  return sum;
}

// The mixture with the number at `at` of its means, or after them of its covariances, greater by h.
Mixture moved(const Mixture& mixture, std::size_t at, double h) {
  auto means = mixture.means(), covariances = mixture.covariances();
  const bool is_matrix = CovarianceLayout::of(mixture.shape()).kind == Kind::matrix;
  if (at < means.size()) {
    means[at] += h;
  } else {
    const std::size_t i = at - means.size();
    covariances[i] += h;
    if (is_matrix && i % 4 == 1) covariances[i + 1] += h;
    if (is_matrix && i % 4 == 2) covariances[i - 1] += h;
  }
  return Mixture::from_covariances(mixture.shape(), ScalarType::float64, mixture.weights(), means,
                                   covariances);
}

TEST_P(ConjugatePriorOf, TheMStepIsStationary) {
  for (const double shrinkage : {0.0, 0.01, 30.0}) {
    FitOptions options = options_of(GetParam());
    options.prior->shrinkage = shrinkage;
    options.max_iter = 2;
    const Mixture start = fit<double>(data_.rows, options).mixture;
    Execution execution(1);
    Model model;
    model.family = &family_of(GetParam());
    model.prior =
        make_conjugate_prior(*model.family, kComponents, kFeatures, *options.prior, all_rows());
    InMemory<double> engine(execution, data_, kComponents, model.family->scatter_form());
    const Statistics statistics = engine.expect(start);
    const Mixture best = maximize(execution, statistics, model, &start).mixture;
    const double h = 1e-5;
    for (std::size_t i = 0; i < best.means().size() + best.covariances().size(); ++i) {
      const double gradient = (objective(statistics, model, moved(best, i, h)) -
                               objective(statistics, model, moved(best, i, -h))) /
                              (2.0 * h) / kRows;
      EXPECT_NEAR(gradient, 0.0, 1e-6) << shrinkage << " " << i;
    }
    EXPECT_GT(objective(statistics, model, best), objective(statistics, model, start));
  }
}

// A family that knows of no prior: one variance for all, mclust's EII.
class OneVariance final : public Family {
 public:
  OneVariance() : Family("one variance", CovarianceType::spherical, ScatterForm::diagonal) {}
  Index n_parameters(Index, Index) const override { return 1; }
  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    double sum = 0.0, count = 0.0;
    for (Index j = 0; j < kComponents; ++j) {
      sum += problem.statistics.scatter(j)[0] + problem.statistics.scatter(j)[1];
      count += problem.counts[size_t(j)];
    }
    out.assign(size_t(kComponents), sum / (count * kFeatures));
  }
};

// Its variance in Fraley, Raftery (2007) is (scale + sum_j tr T_j) / (dof + (n + k) d + 2).
TEST_P(ConjugatePriorOf, AnyFamilyHasIt) {
  static const OneVariance family;
  Execution execution(1);
  const ConjugatePrior given{2.0, {1.0, -1.0}, 7.0, {5.0}};
  Model model;
  model.family = &family;
  model.prior = make_conjugate_prior(family, kComponents, kFeatures, given, all_rows());
  InMemory<double> engine(execution, data_, kComponents, family.scatter_form());
  const Mixture start = fit<double>(data_.rows, options_of(GetParam())).mixture;
  const Statistics s = engine.expect(start);
  double sum = 5.0;
  for (Index j = 0; j < kComponents; ++j) {
    const auto mean = s.mean(j);
    const double n = s.weight(j), between = 2.0 * n / (2.0 + n);
    sum += s.scatter(j)[0] + s.scatter(j)[1] +
           between * (std::pow(mean[0] - 1.0, 2) + std::pow(mean[1] + 1.0, 2));
  }
  const double count = 7.0 + (kRows + kComponents) * kFeatures + 2.0;
  const Mixture mixture = maximize(execution, s, model, &start).mixture;
  EXPECT_NEAR(mixture.covariances()[0], sum / count, 1e-12 * sum);
}

// Weights are repetitions, also where they are of another scale than the prior's rows.
TEST_P(ConjugatePriorOf, WeightsOfAnyScaleMeetThePrior) {
  for (const double weight : {1e-300, 1e-9, 1e300}) {
    const std::vector<double> weights(size_t(kRows), weight);
    const FitResult result = fit<double>(data_.rows, options_of(GetParam()), weights.data());
    for (const double number : result.mixture.covariances()) EXPECT_TRUE(std::isfinite(number));
    EXPECT_TRUE(std::isfinite(result.lower_bound));
    EXPECT_TRUE(result.repairs.empty());
  }
}

TEST_P(ConjugatePriorOf, WhatIsNoPriorIsRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::function<void(ConjugatePrior&)>> changes{
      [](ConjugatePrior& prior) { prior.shrinkage = -1.0; },
      [=](ConjugatePrior& prior) { prior.shrinkage = nan; },
      [](ConjugatePrior& prior) { prior.mean = {1.0}; },
      [=](ConjugatePrior& prior) { prior.mean = {1.0, nan}; },
      [](ConjugatePrior& prior) { prior.dof = 0.0; },
      [](ConjugatePrior& prior) { prior.scale = {1.0, 1.0, 1.0}; },
      [](ConjugatePrior& prior) { prior.scale = {1.0, 2.0, 2.0, 1.0}; },
      [](ConjugatePrior& prior) { prior.scale = {-1.0}; },
  };
  for (const auto& change : changes) {
    FitOptions options = options_of(GetParam());
    change(*options.prior);
    EXPECT_THROW(fit<double>(data_.rows, options), std::invalid_argument);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ConjugatePriorOf,
                         testing::Values(CovarianceType::full, CovarianceType::tied,
                                         CovarianceType::diag, CovarianceType::spherical));

}  // namespace
}  // namespace gaussmix
