// SPDX-License-Identifier: BSD-3-Clause
#include "em/within_scatter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "em/in_memory.hpp"
#include "em/maximize.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 700, kComponents = 5;

// Rows in clusters `distance` apart, and a tied mixture of as many components near these.
template <class T>
struct Made {
  Made(Index d, double distance)
      : x(made::clusters<T>(kRows, d, kComponents, distance)),
        weights(made::normal<double>(kRows, 8)),
        mixture(near(d, distance)) {
    for (double& weight : weights) weight = 0.5 + std::abs(weight);
  }

  // The means are those of the clusters.
  static Mixture near(Index d, double distance) {
    std::vector<double> means;
    for (Index i = 0; i < kComponents * d; ++i) {
      means.push_back(distance / std::sqrt(double(d)) * static_cast<double>(i / d));
    }
    std::vector<double> covariance(size_t(d * d), 0.0);
    for (Index c = 0; c < d; ++c) covariance[size_t(c * d + c)] = 2.0;
    return Mixture::from_covariances({CovarianceType::tied, kComponents, d}, ScalarType::float64,
                                     {0.2, 0.2, 0.2, 0.2, 0.2}, means, covariance);
  }

  // The mixture becomes that of an M-step on these rows, after an E-step with it.
  void step(Index d) {
    Execution execution(1);
    const auto rows = data(d);
    InMemory<T> engine(execution, rows, kComponents, ScatterForm::pooled);
    const Model model{&tied_family(), 0.0, Degenerate::repair, {}, {}};
    mixture = maximize(execution, engine.expect(mixture), model, &mixture).mixture;
  }

  Dataset<T> data(Index d) const { return {{x.data(), kRows, d}, weights.data()}; }

  std::vector<T> x;
  std::vector<double> weights;
  Mixture mixture;
};

template <class T>
Statistics accumulated(const Made<T>& made, Index d, ScatterForm form) {
  Execution execution(2);
  const auto data = made.data(d);
  InMemory<T> engine(execution, data, kComponents, form);
  return engine.expect(Posterior<T>(made.mixture));
}

// The largest difference between two pooled scatters, an entry beside its diagonal entries.
double scatter_difference(const double* a, const double* b, Index d) {
  double largest = 0.0;
  for (Index r = 0; r < d; ++r) {
    for (Index c = 0; c <= r; ++c) {
      const double scale = std::sqrt(b[r * d + r] * b[c * d + c]);
      largest = std::max(largest, std::abs(a[r * d + c] - b[r * d + c]) / scale);
    }
  }
  return largest;
}

// The sum of the components' own scatters.
std::vector<double> sum_of_scatters(const Statistics& full) {
  const Index d = full.n_features();
  std::vector<double> sum(size_t(d * d), 0.0);
  for (Index j = 0; j < full.n_components(); ++j) {
    for (Index i = 0; i < d * d; ++i) sum[size_t(i)] += full.scatter(j)[i];
  }
  return sum;
}

template <class T>
class WithinScatterOf : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(WithinScatterOf, Scalars);

TYPED_TEST(WithinScatterOf, IsTheSumOfTheComponentsScatters) {
  using T = TypeParam;
  const double tolerance = 1e3 * std::numeric_limits<T>::epsilon();
  for (const Index d : {7, 8, 33}) {
    Made<T> made(d, 6.0);
    made.step(d);
    Execution execution(1);
    const auto data = made.data(d);
    const WithinScatter within(execution, data);
    const Statistics means = accumulated(made, d, ScatterForm::none);
    const auto pooled = within.pooled_scatter(means);
    EXPECT_LT(within.error_of(pooled.data()), 1.0);
    const Statistics full = accumulated(made, d, ScatterForm::full);
    EXPECT_LT(scatter_difference(pooled.data(), sum_of_scatters(full).data(), d), tolerance);
    EXPECT_NEAR(means.log_likelihood(), full.log_likelihood(),
                std::abs(full.log_likelihood()) * tolerance);
    for (Index j = 0; j < kComponents; ++j) {
      EXPECT_NEAR(means.weight(j), full.weight(j), tolerance * full.weight(j));
      for (Index c = 0; c < d; ++c) {
        EXPECT_NEAR(means.mean_difference(j)[c], full.mean_difference(j)[c], tolerance * 10.0);
      }
    }
  }
}

TYPED_TEST(WithinScatterOf, IsNotADifferenceOfLargeSums) {
  using T = TypeParam;
  constexpr Index d = 8;
  Made<T> made(d, sizeof(T) == sizeof(float) ? 1e4 : 1e6);
  made.step(d);
  Execution execution(1);
  const auto data = made.data(d);
  const WithinScatter within(execution, data);
  const auto pooled = within.pooled_scatter(accumulated(made, d, ScatterForm::none));
  EXPECT_GT(within.error_of(pooled.data()), 1.0);
  // The engine then adds the scatters up.
  InMemory<T> engine(execution, data, kComponents, ScatterForm::pooled);
  const Statistics full = accumulated(made, d, ScatterForm::full);
  EXPECT_LT(
      scatter_difference(engine.expect(made.mixture).scatter(0), sum_of_scatters(full).data(), d),
      1e3 * std::numeric_limits<T>::epsilon());
}

// Rows as means, and the covariance of all rows: the first E-step brings the means to clusters that
// lie far apart, so that the scatter within is next to nothing of what it was.
TYPED_TEST(WithinScatterOf, IsRightInEachEStepFromAPoorStart) {
  using T = TypeParam;
  constexpr Index d = 7;
  for (const double distance : {1e2, 1e4, 1e6}) {
    Made<T> made(d, distance);
    std::vector<double> wide(size_t(d * d), 0.0), means;
    for (Index c = 0; c < d; ++c) wide[size_t(c * d + c)] = distance * distance;
    for (Index j = 0; j < kComponents; ++j) {  // two of them in one cluster
      const auto row = made.x.begin() + (j == 4 ? 10 : j) * d;
      means.insert(means.end(), row, row + d);
    }
    made.mixture = Mixture::from_covariances(made.mixture.shape(), ScalarType::float64,
                                             made.mixture.weights(), means, wide);
    Execution execution(1);
    const auto data = made.data(d);
    InMemory<T> engine(execution, data, kComponents, ScatterForm::pooled);
    const Model model{&tied_family(), 0.0, Degenerate::repair, {}, {}};
    for (int iteration = 0; iteration < 6; ++iteration) {
      const Statistics full = accumulated(made, d, ScatterForm::full);
      const Statistics& pooled = engine.expect(made.mixture);
      EXPECT_LT(scatter_difference(pooled.scatter(0), sum_of_scatters(full).data(), d),
                sizeof(T) == sizeof(float) ? 1e-3 : 1e-11)
          << distance << ", " << iteration;
      made.mixture = maximize(execution, pooled, model, &made.mixture).mixture;
    }
  }
}

// float rounds responsibilities, and what is lost in a component is not what another gains.
TEST(WithinScatter, IsRefusedOrRightWhereResponsibilitiesAreRounded) {
  constexpr Index d = 8;
  for (const double distance : {20.0, 200.0, 2000.0}) {
    Made<float> made(d, distance);
    std::fill(made.weights.begin(), made.weights.end(), 0.1);
    made.step(d);
    Execution execution(1);
    const auto data = made.data(d);
    const WithinScatter within(execution, data);
    const auto pooled = within.pooled_scatter(accumulated(made, d, ScatterForm::none));
    const bool accepted = within.error_of(pooled.data()) < 1.0;
    EXPECT_EQ(accepted, distance < 200.0);
    if (!accepted) continue;
    const Statistics full = accumulated(made, d, ScatterForm::full);
    EXPECT_LT(scatter_difference(pooled.data(), sum_of_scatters(full).data(), d), 1e-3) << distance;
  }
}

TEST(WithinScatter, NeedsFeaturesThatVary) {
  constexpr Index d = 8;
  Made<double> made(d, 6.0);
  for (Index i = 0; i < kRows; ++i) made.x[size_t(i * d + 3)] = made.x[size_t(i * d)] * 2.0;
  Execution execution(1);
  const auto data = made.data(d);
  const WithinScatter within(execution, data);
  const auto pooled = within.pooled_scatter(accumulated(made, d, ScatterForm::none));
  EXPECT_GT(within.error_of(pooled.data()), 1.0);
}

}  // namespace
}  // namespace gaussmix
