// SPDX-License-Identifier: BSD-3-Clause
#include "em/pruning/row_groups.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "covariance/families/family.hpp"
#include "covariance/layout.hpp"
#include "em/in_memory.hpp"
#include "em/maximize.hpp"
#include "em/posterior.hpp"
#include "made_mixture.hpp"

namespace gaussmix {
namespace {

constexpr CovarianceType kTypes[] = {CovarianceType::full, CovarianceType::tied,
                                     CovarianceType::diag, CovarianceType::spherical};

// |U_j^T (x - mu_j)|.
double distance(const Mixture& mixture, const double* x, Index j) {
  const Index d = mixture.n_features();
  const auto layout = CovarianceLayout::of(mixture.shape());
  const double* const u = mixture.precisions_cholesky().data() + layout.offset(j);
  double squared = 0.0;
  for (Index c = 0; c < d; ++c) {
    const auto z = [&](Index r) { return x[r] - mixture.means()[size_t(j * d + r)]; };
    double y = 0.0;
    if (layout.kind == CovarianceLayout::Kind::matrix) {
      for (Index r = 0; r <= c; ++r) y += u[r * d + c] * z(r);
    } else {
      y = u[layout.kind == CovarianceLayout::Kind::vector ? c : 0] * z(c);
    }
    squared += y * y;
  }
  return std::sqrt(squared);
}

TEST(Drift, BoundsEveryDistanceFromBelow) {
  constexpr Index k = 4, d = 5, rows = 200;
  const auto x = made::normal<double>(rows * d, 8);
  Execution execution(1);
  for (const auto type : kTypes) {
    for (const double step : {0.0, 0.01, 0.3}) {
      const Mixture before = made::mixture(type, k, d, 2.0, 1);
      const Mixture other = made::mixture(type, k, d, 2.0, 5);
      const auto blend = [&](const std::vector<double>& a, const std::vector<double>& b) {
        std::vector<double> out;
        for (std::size_t i = 0; i < a.size(); ++i) out.push_back(a[i] + step * (b[i] - a[i]));
        return out;
      };
      const Mixture after = Mixture::from_covariances(
          before.shape(), ScalarType::float64, before.weights(),
          blend(before.means(), other.means()), blend(before.covariances(), other.covariances()));
      const Drift drift = drift_between(execution, before, after, ScalarType::float64);
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < k; ++j) {
          const double bound = drift.scale[size_t(j)] * distance(before, x.data() + i * d, j) -
                               drift.shift[size_t(j)];
          const double now = distance(after, x.data() + i * d, j);
          EXPECT_LE(bound, now * (1 + 1e-12));
          if (step == 0.0) {
            EXPECT_NEAR(bound, now, 1e-9);
          }
        }
      }
    }
  }
}

// What a drift tells of its end, the next need not compute again.
TEST(Drift, GoesOnFromTheOneBefore) {
  for (const auto type : kTypes) {
    const Mixture first = made::mixture(type, 4, 5, 2.0, 1),
                  second = made::mixture(type, 4, 5, 2.0, 5),
                  third = made::mixture(type, 4, 5, 2.0, 9);
    Execution execution(2);
    for (const auto scalar : {ScalarType::float32, ScalarType::float64}) {
      const auto errors = drift_between(execution, first, second, scalar).errors;
      const Drift alone = drift_between(execution, second, third, scalar),
                  after_another = drift_between(execution, second, third, scalar, errors);
      EXPECT_EQ(after_another.scale, alone.scale);
      EXPECT_EQ(after_another.shift, alone.shift);
      EXPECT_EQ(after_another.errors, alone.errors);
      EXPECT_EQ(drift_between(execution, third, second, scalar).errors, errors);
      const std::vector<double> large(errors.size(), 1.0), none(4, 0.0);
      const bool has_errors = type == CovarianceType::full || type == CovarianceType::tied;
      EXPECT_EQ(drift_between(execution, second, third, scalar, large).scale == none, has_errors);
    }
  }
}

// Where float is too imprecise, distances of rows of float come from double.
TEST(Drift, BoundsNothingWhereRoundingIsLarge) {
  const auto scale = [](double variance, double covariance, ScalarType scalar) {
    const Mixture mixture =
        Mixture::from_covariances({CovarianceType::full, 1, 2}, ScalarType::float64, {1.0}, {0, 0},
                                  {1.0, covariance, covariance, variance});
    Execution execution(1);
    return drift_between(execution, mixture, mixture, scalar).scale[0];
  };
  EXPECT_EQ(scale(1e-12, 0.0, ScalarType::float32), 0.0);
  EXPECT_GT(scale(1e-12, 0.0, ScalarType::float64), 0.99);
  EXPECT_GT(scale(1.0, 1.0 - 1e-9, ScalarType::float32), 0.99);
  EXPECT_EQ(scale(1e-28, 0.0, ScalarType::float64), 0.0);
}

void expect_equal(const Mixture& a, const Mixture& b, double tolerance, const std::string& what) {
  const auto compare = [&](const std::vector<double>& x, const std::vector<double>& y) {
    const double scale = std::abs(*std::max_element(
        y.begin(), y.end(), [](double s, double t) { return std::abs(s) < std::abs(t); }));
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], tolerance * scale) << what;
  };
  compare(a.weights(), b.weights());
  compare(a.means(), b.means());
  compare(a.covariances(), b.covariances());
}

struct Formed {
  bool once, at_the_end;
};

// EM with and without groups, iteration by iteration. Returns whether groups were formed.
template <class T>
Formed em_with_groups_is_em(CovarianceType type, Index d, double separation, double tolerance,
                            Index k = 6, Index bytes_of_bounds = 1 << 20) {
  constexpr Index rows = 3000;
  const auto x = made::clusters<T>(rows, d, k, separation);
  const Dataset<T> data({x.data(), rows, d}, nullptr);
  const auto form = family_of(type).scatter_form();
  Execution execution(1);
  InMemory<T> engine(execution, data, k, form);
  const Model model{&family_of(type), 1e-6, Degenerate::repair, {}, {}};
  Mixture plain = made::mixture(type, k, d, separation, 3), grouped = plain;
  RowGroups groups(rows, k, bytes_of_bounds);
  bool once = false;
  for (int iteration = 0; iteration < 12; ++iteration) {
    const auto step = [&](const Mixture& mixture, RowGroups* with) {
      const Statistics& statistics = engine.expect(Posterior<T>(mixture, with));
      return maximize(execution, statistics, model, &mixture).mixture;
    };
    plain = step(plain, nullptr);
    groups.begin_e_step(execution, grouped, scalar_type_of<T>());
    Mixture next = step(grouped, &groups);
    groups.end_e_step(execution, grouped);
    grouped = std::move(next);
    once = once || groups.formed();
    expect_equal(grouped, plain, tolerance, "iteration " + std::to_string(iteration));
  }
  if (!groups.formed()) return {once, false};
  std::vector<std::int32_t> order(groups.order(), groups.order() + rows);
  std::sort(order.begin(), order.end());
  for (Index i = 0; i < rows; ++i) EXPECT_EQ(order[size_t(i)], i);
  return {once, true};
}

TEST(RowGroups, ChangeNothingWhereClustersLieApart) {
  for (const auto type : kTypes) {
    for (const Index d : {3, 10}) {
      EXPECT_TRUE(em_with_groups_is_em<double>(type, d, 40.0, 1e-9).at_the_end);
      EXPECT_TRUE(em_with_groups_is_em<float>(type, d, 40.0, 1e-3).at_the_end);
    }
  }
}

// 47 tiles have room for 2, 7 or 13 bounds each.
TEST(RowGroups, ChangeNothingWhereComponentsShareBounds) {
  for (const auto type : kTypes) {
    for (const Index bytes : {2, 7, 13}) {
      EXPECT_TRUE(em_with_groups_is_em<double>(type, 3, 40.0, 1e-9, 20, bytes * 8 * 47).at_the_end);
      EXPECT_TRUE(em_with_groups_is_em<float>(type, 10, 40.0, 1e-3, 20, bytes * 8 * 47).at_the_end);
    }
  }
}

TEST(ComponentGroups, AreNeighbours) {
  // Two far clusters of means, in the second feature, in turns.
  const std::vector<double> means = {0, 0, 5, 100, 1, 1, 6, 101, 2, 2, 7, 102};
  const Mixture mixture =
      Mixture::from_covariances({CovarianceType::spherical, 6, 2}, ScalarType::float64,
                                std::vector<double>(6, 1.0 / 6), means, std::vector<double>(6, 1));
  const ComponentGroups three(mixture, 2), alone(mixture, 6), all(mixture, 1);
  EXPECT_EQ(three.sizes(), std::vector<Index>(2, 3));
  for (Index j = 0; j < 6; ++j) EXPECT_EQ(three.of(j), three.of(j % 2)) << j;
  EXPECT_NE(three.of(0), three.of(1));
  EXPECT_EQ(alone.count(), 6);
  EXPECT_EQ(all.count(), 1);
}

TEST(ComponentGroups, AreAsManyAsAskedForAndOfLikeSizes) {
  for (const Index k : {1, 2, 7, 100}) {
    const Mixture mixture = made::mixture(CovarianceType::spherical, k, 3, 1.0, 3);
    for (Index count = 1; count <= k; ++count) {
      const ComponentGroups groups(mixture, count);
      ASSERT_EQ(groups.count(), count);
      const auto [least, most] = std::minmax_element(groups.sizes().begin(), groups.sizes().end());
      EXPECT_GE(*least, 1);
      EXPECT_LE(*most, 2 * ((k + count - 1) / count));
      EXPECT_EQ(std::accumulate(groups.sizes().begin(), groups.sizes().end(), Index{0}), k);
    }
  }
}

// Component `which` of a spherical mixture, with another standard deviation.
Mixture with_deviation(const Mixture& mixture, std::size_t which, double deviation) {
  std::vector<double> covariances = mixture.covariances();
  covariances[which] = deviation * deviation;
  return Mixture::from_covariances(mixture.shape(), ScalarType::float64, mixture.weights(),
                                   mixture.means(), covariances);
}

// The largest difference of a component's weight, relative to all, between an E-step with groups,
// after those of the mixtures before, and one without.
double worst_weight(const std::vector<Mixture>& mixtures, const std::vector<double>& x, Index d) {
  const auto rows = static_cast<Index>(x.size()) / d, k = mixtures[0].n_components();
  const Dataset<double> data({x.data(), rows, d}, nullptr);
  Execution execution(1);
  InMemory<double> engine(execution, data, k, ScatterForm::diagonal);
  RowGroups groups(rows, k);
  double worst = 0.0;
  for (const Mixture& mixture : mixtures) {
    const auto step = [&](RowGroups* with) {
      return Statistics(engine.expect(Posterior<double>(mixture, with)));
    };
    groups.begin_e_step(execution, mixture, ScalarType::float64);
    const Statistics grouped = step(&groups), plain = step(nullptr);
    const Statistics repeated = step(&groups);
    EXPECT_EQ(repeated.log_likelihood(), grouped.log_likelihood());
    groups.end_e_step(execution, mixture);
    for (Index j = 0; j < k; ++j) {
      const double difference = std::abs(grouped.weight(j) - plain.weight(j));
      worst = std::max(worst, difference / static_cast<double>(rows));
    }
  }
  EXPECT_TRUE(groups.formed());
  return worst;
}

// Two components share one of three clusters, and the second of them changes its deviation in one
// step by as much as a collapse, or its repair, can make it.
TEST(RowGroups, LoseNoComponentThatContractsOrGrows) {
  constexpr Index d = 3;
  auto x = made::clusters<double>(1500, d, 3, 60.0);
  for (Index i = 0; i < 1500; i += 30) {  // some rows repeat the first
    std::copy_n(x.begin(), d, x.begin() + i * d);
  }
  std::vector<double> means(x.begin(), x.begin() + 3 * d);
  means.insert(means.end(), x.begin(), x.begin() + d);
  const Mixture start =
      Mixture::from_covariances({CovarianceType::spherical, 4, d}, ScalarType::float64,
                                {0.3, 0.3, 0.3, 0.1}, means, {1.0, 1.0, 1.0, 1.0});
  for (const double deviation : {1e-3, 1e-6, 1e-20, 1e-45, 1e-100}) {
    const Mixture narrow = with_deviation(start, 3, deviation);
    EXPECT_LT(worst_weight({start, start, start, narrow, narrow}, x, d), 1e-12) << deviation;
    EXPECT_LT(worst_weight({start, start, narrow, narrow, start, start}, x, d), 1e-12) << deviation;
  }
}

// Whether groups are formed after each E-step with one and the same mixture, in which all
// components matter to all rows.
std::vector<bool> formed_where_all_matter(CovarianceType type, Index d) {
  constexpr Index k = 6, rows = 3000;
  const auto x = made::clusters<double>(rows, d, k, 0.5);
  const Dataset<double> data({x.data(), rows, d}, nullptr);
  const Mixture mixture = made::mixture(type, k, d, 0.5, 3);
  Execution execution(1);
  InMemory<double> engine(execution, data, k, family_of(type).scatter_form());
  RowGroups groups(rows, k);
  std::vector<bool> formed;
  for (int e_step = 0; e_step < 9; ++e_step) {
    groups.begin_e_step(execution, mixture, ScalarType::float64);
    engine.expect(Posterior<double>(mixture, &groups));
    groups.end_e_step(execution, mixture);
    formed.push_back(groups.formed());
  }
  return formed;
}

TEST(RowGroups, AreTriedOnceWhereDistancesAreLeftOff) {
  std::vector<bool> once(9, false);
  const std::vector<bool> never = once;
  once[0] = true;
  EXPECT_EQ(formed_where_all_matter(CovarianceType::full, 10), once);
  EXPECT_EQ(formed_where_all_matter(CovarianceType::full, 8), never);
  EXPECT_EQ(formed_where_all_matter(CovarianceType::tied, 10), never);
  EXPECT_EQ(formed_where_all_matter(CovarianceType::diag, 10), never);
}

TEST(RowGroups, ChangeNothingWhereTheyAreTriedAndGivenUp) {
  for (const Formed formed : {em_with_groups_is_em<double>(CovarianceType::full, 10, 0.5, 1e-9),
                              em_with_groups_is_em<float>(CovarianceType::full, 10, 0.5, 1e-3)}) {
    EXPECT_TRUE(formed.once);
    EXPECT_FALSE(formed.at_the_end);
  }
}

TEST(RowGroups, AreNotFormedWhereAllComponentsMatter) {
  for (const auto type : kTypes) {
    EXPECT_FALSE(em_with_groups_is_em<double>(type, 3, 0.5, 1e-7).once);
  }
}

}  // namespace
}  // namespace gaussmix
