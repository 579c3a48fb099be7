// SPDX-License-Identifier: BSD-3-Clause
#include "em/maximize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "em/em.hpp"
#include "em/in_memory.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 900, kComponents = 3, kFeatures = 2;

// Its means are rows of each cluster, and its covariances one.
Mixture from_rows(const std::vector<double>& x, CovarianceType type) {
  std::vector<double> ones(size_t(kComponents), 1.0);
  if (type == CovarianceType::full) ones = {1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1};
  return Mixture::from_covariances({type, kComponents, kFeatures}, ScalarType::float64,
                                   {0.25, 0.25, 0.5},
                                   {x.begin(), x.begin() + kComponents * kFeatures}, ones);
}

// Iterations of EM on clusters that lie `distance` apart.
Mixture fitted(const Model& model, int iterations, double distance = 3.0) {
  const auto x = made::clusters<double>(kRows, kFeatures, kComponents, distance);
  const Dataset<double> data({x.data(), kRows, kFeatures}, nullptr);
  Execution execution(2);
  InMemory<double> engine(execution, data, kComponents, model.family->scatter_form());
  Monitor monitor({});
  Em em(execution, engine, model, 0.0, monitor);
  EmState state{0, from_rows(x, model.family->type()), 0.0};
  em.advance(state, iterations);
  for (std::size_t i = 1; i < state.lower_bounds.size(); ++i) {
    EXPECT_GE(state.lower_bounds[i], state.lower_bounds[i - 1] - 1e-12) << i;
  }
  EXPECT_EQ(state.report.n_iter, iterations);
  return std::move(state.mixture);
}

TEST(Constraint, WeightsThatAreEqual) {
  Model model;
  model.constrain = [](const Statistics&, MixtureParts& parts) {
    std::fill(parts.weights.begin(), parts.weights.end(), 1.0);
  };
  const Mixture mixture = fitted(model, 20);
  for (const double weight : mixture.weights()) EXPECT_DOUBLE_EQ(weight, 1.0 / kComponents);
}

// One variance for all components and features: sigma^2 = sum_jc S_jc / (n d).
class OneVariance final : public Family {
 public:
  OneVariance() : Family("one variance", CovarianceType::spherical, ScatterForm::diagonal) {}
  Index n_parameters(Index, Index) const override { return 1; }
  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const auto& s = problem.statistics;
    double sum = 0.0, count = 0.0;
    for (Index j = 0; j < s.n_components(); ++j) {
      for (Index c = 0; c < s.n_features(); ++c) sum += s.scatter(j)[c];
      count += problem.counts[size_t(j)];
    }
    const double variance = sum / (count * static_cast<double>(s.n_features()));
    out.assign(problem.counts.size(), variance + problem.reg_covar);
  }
};

TEST(FamilyOfATest, IsFittedScoredAndCounted) {
  const OneVariance family;
  Model model;
  model.family = &family;
  const Mixture mixture = fitted(model, 50, 8.0);
  EXPECT_EQ(mixture.covariances()[0], mixture.covariances()[2]);
  EXPECT_NEAR(mixture.covariances()[0], 1.0, 0.1);
  EXPECT_EQ(mixture.n_parameters(), 2 + 6 + 1);
  EXPECT_EQ(mixture.family(), "one variance");
}

// Hundred rows of unit spread about the origin join each component.
class RowsAtOrigin final : public Prior {
 public:
  void add_to(Statistics& statistics) const override {
    const std::vector<double> origin(size_t(kFeatures), 0.0), scatter { 100.0, 0.0, 0.0, 100.0 };
    for (Index j = 0; j < statistics.n_components(); ++j) {
      statistics.add_to_moments(j, 100.0, origin.data(), scatter.data());
    }
  }
  double count(Index) const override { return 100.0; }
  // The sum of the rows' log-densities, each in its component.
  double log_density(const Mixture& mixture) const override {
    double sum = 0.0;
    const auto normalizers = mixture.log_normalizers();
    for (Index j = 0; j < kComponents; ++j) {
      const double* const u = mixture.precisions_cholesky().data() + 4 * j;
      const double* const mean = mixture.means().data() + 2 * j;
      const double z0 = u[0] * mean[0], z1 = u[1] * mean[0] + u[3] * mean[1];
      const double trace = u[0] * u[0] + u[1] * u[1] + u[3] * u[3];  // of the precision
      const double log_weight = std::log(mixture.weights()[size_t(j)]);
      sum += 100.0 * (normalizers[size_t(j)] - log_weight - 0.5 * (z0 * z0 + z1 * z1 + trace));
    }
    return sum;
  }
};

// `fitted` expects that the penalised log-likelihood never falls.
TEST(Prior, DrawsMeansToItself) {
  Model model;
  model.prior = std::make_shared<RowsAtOrigin>();
  const Mixture drawn = fitted(model, 30, 8.0), free = fitted(Model(), 30, 8.0);
  const auto farthest = [](const Mixture& mixture) {
    return *std::max_element(mixture.means().begin(), mixture.means().end());
  };
  EXPECT_LT(farthest(drawn), 0.8 * farthest(free));
}

TEST(Maximize, IsPure) {
  const auto x = made::clusters<double>(kRows, kFeatures, kComponents, 2.0);
  const Dataset<double> data({x.data(), kRows, kFeatures}, nullptr);
  Execution execution(1);
  InMemory<double> engine(execution, data, kComponents, ScatterForm::full);
  const Mixture start = from_rows(x, CovarianceType::full);
  const Statistics statistics = engine.expect(start), copy = statistics;
  for (const auto degenerate : {Degenerate::repair, Degenerate::raise}) {
    Model model;
    model.degenerate = degenerate;
    const auto first = maximize(execution, statistics, model, &start);
    const auto again = maximize(execution, statistics, model, &start, start);
    EXPECT_EQ(first.mixture.covariances(), again.mixture.covariances());
    EXPECT_TRUE(first.repairs.empty());
    EXPECT_EQ(statistics, copy);
  }
}

TEST(Maximize, ReportsWhatItRepairs) {
  const auto x = made::clusters<double>(kRows, kFeatures, kComponents, 2.0);
  const Dataset<double> data({x.data(), kRows, kFeatures}, nullptr);
  Execution execution(1);
  InMemory<double> engine(execution, data, kComponents, ScatterForm::full);
  const Mixture start = from_rows(x, CovarianceType::full);
  const Statistics all = engine.expect(start);
  Statistics some = all.of_no_rows();  // none of them in the last component
  for (Index j = 0; j + 1 < kComponents; ++j) {
    some.add_component(j, all.weight(j), all.mean(j).data(), all.scatter(j));
  }
  const auto result = maximize(execution, some, Model(), &start);
  ASSERT_EQ(result.repairs.size(), 1U);
  EXPECT_EQ(result.repairs[0].component, kComponents - 1);
  const auto kept = start.means().end() - kFeatures;
  EXPECT_TRUE(std::equal(kept, start.means().end(), result.mixture.means().end() - kFeatures));
  Model strict;
  strict.degenerate = Degenerate::raise;
  EXPECT_THROW(maximize(execution, some, strict, &start), DegenerateError);
}

}  // namespace
}  // namespace gaussmix
