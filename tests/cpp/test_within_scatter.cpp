// SPDX-License-Identifier: BSD-3-Clause
#include "em/within_scatter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "em/accumulator.hpp"
#include "em/posterior.hpp"
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
        mixture(near(x, d)) {
    for (double& weight : weights) weight = 0.5 + std::abs(weight);
  }

  // The first rows are the means.
  static Mixture near(const std::vector<T>& x, Index d) {
    std::vector<double> covariance(size_t(d * d), 0.0);
    for (Index c = 0; c < d; ++c) covariance[size_t(c * d + c)] = 2.0;
    return Mixture::from_covariances(
        {CovarianceType::tied, kComponents, d}, ScalarType::float64, {0.2, 0.2, 0.2, 0.2, 0.2},
        std::vector<double>(x.begin(), x.begin() + kComponents * d), covariance);
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
  Accumulator<T> accumulator(execution, data, kComponents, form);
  return accumulator.accumulate(Posterior<T>(made.mixture));
}

// The largest difference between two pooled scatters, an entry beside its diagonal entries.
double scatter_difference(const Statistics& a, const double* b) {
  const Index d = a.n_features();
  double largest = 0.0;
  for (Index r = 0; r < d; ++r) {
    for (Index c = 0; c <= r; ++c) {
      const double scale = std::sqrt(b[r * d + r] * b[c * d + c]);
      largest = std::max(largest, std::abs(a.scatter(0)[r * d + c] - b[r * d + c]) / scale);
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
    const Made<T> made(d, 6.0);
    Execution execution(1);
    const auto data = made.data(d);
    const WithinScatter within(execution, data);
    Statistics pooled(ScatterForm::pooled, kComponents, d);
    ASSERT_TRUE(within.pool(accumulated(made, d, ScatterForm::none), pooled));
    const Statistics full = accumulated(made, d, ScatterForm::full);
    EXPECT_LT(scatter_difference(pooled, sum_of_scatters(full).data()), tolerance);
    EXPECT_NEAR(pooled.log_likelihood(), full.log_likelihood(),
                std::abs(full.log_likelihood()) * tolerance);
    for (Index j = 0; j < kComponents; ++j) {
      EXPECT_NEAR(pooled.weight(j), full.weight(j), tolerance * full.weight(j));
      for (Index c = 0; c < d; ++c) {
        EXPECT_NEAR(pooled.mean(j)[c], full.mean(j)[c], tolerance * 10.0);
      }
    }
  }
}

TYPED_TEST(WithinScatterOf, IsNotADifferenceOfLargeSums) {
  using T = TypeParam;
  constexpr Index d = 8;
  const Made<T> made(d, sizeof(T) == sizeof(float) ? 1e4 : 1e6);
  Execution execution(1);
  const auto data = made.data(d);
  const WithinScatter within(execution, data);
  Statistics pooled(ScatterForm::pooled, kComponents, d);
  EXPECT_FALSE(within.pool(accumulated(made, d, ScatterForm::none), pooled));
  // The accumulator then adds the scatters up after all.
  const Statistics full = accumulated(made, d, ScatterForm::full);
  EXPECT_LT(
      scatter_difference(accumulated(made, d, ScatterForm::pooled), sum_of_scatters(full).data()),
      1e3 * std::numeric_limits<T>::epsilon());
}

// float rounds the weights of the responsibilities all to the same side, but not those of the
// total.
TEST(WithinScatter, IsRefusedOrRightWhereWeightsAreRounded) {
  constexpr Index d = 8;
  for (const double distance : {20.0, 200.0, 2000.0}) {
    Made<float> made(d, distance);
    std::fill(made.weights.begin(), made.weights.end(), 0.1);
    Execution execution(1);
    const auto data = made.data(d);
    const WithinScatter within(execution, data);
    Statistics pooled(ScatterForm::pooled, kComponents, d);
    const bool accepted = within.pool(accumulated(made, d, ScatterForm::none), pooled);
    EXPECT_EQ(accepted, distance < 200.0);
    if (!accepted) continue;
    const Statistics full = accumulated(made, d, ScatterForm::full);
    EXPECT_LT(scatter_difference(pooled, sum_of_scatters(full).data()), 1e-3) << distance;
  }
}

TEST(WithinScatter, NeedsFeaturesThatVary) {
  constexpr Index d = 8;
  Made<double> made(d, 6.0);
  for (Index i = 0; i < kRows; ++i) made.x[size_t(i * d + 3)] = made.x[size_t(i * d)] * 2.0;
  Execution execution(1);
  const auto data = made.data(d);
  const WithinScatter within(execution, data);
  Statistics pooled(ScatterForm::pooled, kComponents, d);
  EXPECT_FALSE(within.pool(accumulated(made, d, ScatterForm::none), pooled));
}

}  // namespace
}  // namespace gaussmix
