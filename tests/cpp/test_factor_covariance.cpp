// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <vector>

#include "covariance/layout.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix covariance_of_size(Index d) {
  const std::vector<double> numbers = made::normal<double>(d * (d + 5), 3);
  const Eigen::Map<const Matrix> a(numbers.data(), d, d + 5);
  return a * a.transpose() / static_cast<double>(d);
}

class FactorCovariance : public testing::TestWithParam<Index> {};

// Sizes on both sides of the panels that large matrices are cut into.
INSTANTIATE_TEST_SUITE_P(Sizes, FactorCovariance,
                         testing::Values<Index>(1, 2, 63, 64, 65, 128, 200));

TEST_P(FactorCovariance, IsTheCholeskyFactorOfTheInverse) {
  const Index d = GetParam();
  const Matrix covariance = covariance_of_size(d);
  Matrix factor(d, d);
  ASSERT_TRUE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data()));
  EXPECT_TRUE(factor.isUpperTriangular(0.0));
  EXPECT_GT(factor.diagonal().minCoeff(), 0.0);
  const Matrix identity = factor.transpose() * covariance * factor;
  EXPECT_LT((identity - Matrix::Identity(d, d)).norm(), 1e-8);
}

TEST_P(FactorCovariance, FailsWhereAMatrixIsNotPositiveDefinite) {
  const Index d = GetParam();
  Matrix covariance = covariance_of_size(d), factor(d, d);
  covariance(d - 1, d - 1) = -1.0;
  EXPECT_FALSE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data()));
}

TEST_P(FactorCovariance, AsksAgainAndAgainAndStops) {
  const Index d = GetParam();
  const Matrix covariance = covariance_of_size(d);
  Matrix factor(d, d);
  int questions = 0;
  const auto count = [&] { return ++questions > 0; };
  ASSERT_TRUE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data(), count));
  const int panels = static_cast<int>((d + 63) / 64);
  EXPECT_EQ(questions, 2 * panels);
  for (int answered = 0; answered < questions; ++answered) {
    int left = answered;
    const auto stop = [&] { return left-- > 0; };
    EXPECT_FALSE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data(), stop));
  }
}

}  // namespace
}  // namespace gaussmix
