// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "densities/mixed_precision.hpp"

namespace gaussmix {
namespace {

// One component of d features of variance `variance`, the first two of which have such a
// correlation that the trace of the inverse correlations is d - 2 and `trace`.
Mixture with_trace(Index d, double trace, double variance) {
  std::vector<double> covariance(size_t(d * d), 0.0);
  for (Index c = 0; c < d; ++c) covariance[size_t(c * d + c)] = variance;
  const double correlation = std::sqrt(1.0 - 2.0 / trace);
  covariance[1] = covariance[size_t(d)] = correlation * variance;
  return Mixture::from_covariances({CovarianceType::full, 1, d}, ScalarType::float64, {1.0},
                                   std::vector<double>(size_t(d), 0.0), covariance);
}

bool mixture_needs_double(const Mixture& mixture) {
  return needs_double(Densities::of(mixture), 0);
}

// It changes at (7.7e-5 / 2^-23)^2 = 4.2e5, whatever the number of features and their scale.
TEST(NeedsDouble, IsThatOfTheCorrelations) {
  for (const Index d : {2, 8, 64, 128}) {
    for (const double variance : {1e-20, 1.0, 1e20}) {
      EXPECT_FALSE(mixture_needs_double(with_trace(d, 3e5, variance))) << d << ", " << variance;
      EXPECT_TRUE(mixture_needs_double(with_trace(d, 6e5, variance))) << d << ", " << variance;
    }
  }
}

TEST(NeedsDouble, IsThatOfSquares) {
  for (const double variance : {1e-32, 1e32}) {
    EXPECT_TRUE(mixture_needs_double(with_trace(3, 3.0, variance))) << variance;
  }
}

}  // namespace
}  // namespace gaussmix
