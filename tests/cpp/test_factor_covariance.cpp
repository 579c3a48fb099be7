// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <limits>
#include <vector>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
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

// Sizes on both sides of the groups of rows, the vectors and the panels that matrices are cut into.
INSTANTIATE_TEST_SUITE_P(Sizes, FactorCovariance,
                         testing::Values<Index>(1, 2, 3, 4, 5, 8, 9, 17, 40, 64, 127, 128, 129,
                                                300));

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

// Eigen's factor and substitution lose as much.
TEST_P(FactorCovariance, LosesLittleWhereFeaturesAreNearlyDependent) {
  const Index d = GetParam();
  Matrix covariance = covariance_of_size(d);
  for (Index r = 1; r < d; ++r) {  // each feature is the one before, and little else
    covariance.row(r) = covariance.row(r - 1) + 1e-3 * covariance.row(r);
    covariance.col(r) = covariance.col(r - 1) + 1e-3 * covariance.col(r);
    if (r % 4 == 0) break;  // after some of them, nothing would be left
  }
  covariance = (covariance + covariance.transpose()).eval() / 2.0;
  const Eigen::LLT<Matrix> cholesky(covariance);
  ASSERT_EQ(cholesky.info(), Eigen::Success);
  const Matrix other = cholesky.matrixL().solve(Matrix::Identity(d, d)).transpose();
  Matrix factor(d, d);
  ASSERT_TRUE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data()));
  const auto error = [&](const Matrix& u) {
    return (u.transpose() * covariance * u - Matrix::Identity(d, d)).norm();
  };
  EXPECT_LE(error(factor), 4.0 * error(other) + 1e-15 * static_cast<double>(d));
}

TEST_P(FactorCovariance, FailsWhereANumberIsNotFinite) {
  const Index d = GetParam();
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    for (const Index at : {Index{0}, d / 2, d - 1}) {
      Matrix covariance = covariance_of_size(d), factor(d, d);
      covariance(at, d - 1) = covariance(d - 1, at) = bad;
      EXPECT_FALSE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data()));
    }
  }
}

TEST_P(FactorCovariance, FailsWhereAMatrixIsNotPositiveDefinite) {
  const Index d = GetParam();
  Matrix covariance = covariance_of_size(d), factor(d, d);
  covariance(d - 1, d - 1) = -1.0;
  EXPECT_FALSE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data()));
}

// A pivot of rounding errors alone comes out as another number in another order of operations.
TEST(FactorCovariance, IsAFactorOrFailsWhereAPivotIsLost) {
  Matrix covariance(3, 3), factor(3, 3);
  int factorised = 0;
  const auto check = [&] {
    if (!factor_covariance(Kind::matrix, 3, covariance.data(), factor.data())) return;
    ++factorised;
    EXPECT_GT(factor.diagonal().minCoeff(), 0.0) << covariance;
    const Matrix r = factor.triangularView<Eigen::Upper>().solve(Matrix::Identity(3, 3));
    EXPECT_LT((r.transpose() * r - covariance).norm(), 1e-6 * covariance.norm()) << covariance;
  };
  covariance << 0x1.4e5e0a72f053ap+0, -0x1.4e5e0a72f0539p-2, 0x1.f58d0fac687d5p-2,
      -0x1.4e5e0a72f0539p-2, 0x1.4e5e0a72f0539p-4, -0x1.f58d0fac687d5p-4, 0x1.f58d0fac687d5p-2,
      -0x1.f58d0fac687d5p-4, 0x1.7829cbc14e5ep-3;
  check();
  covariance << 0x1.4d9bfea637869p+1, 0x1.85a8068e7dc4cp+1, -0x1.02bf93d800655p+1,
      0x1.85a8068e7dc4cp+1, 0x1.c71e8d72b0e43p+1, -0x1.2e37f3514128cp+1, -0x1.02bf93d800655p+1,
      -0x1.2e37f3514128cp+1, 0x1.915f3425acb41p+0;
  check();
  const auto draws = made::normal<double>(3 * 20000, 6);
  for (std::size_t at = 0; at < draws.size(); at += 3) {
    const Eigen::Map<const Eigen::Vector3d> direction(draws.data() + at);
    covariance = direction * direction.transpose();
    covariance.diagonal() *= 1.0 + std::numeric_limits<double>::epsilon();
    check();
  }
  EXPECT_GT(factorised, 100);
}

TEST_P(FactorCovariance, AsksAgainAndAgainAndStops) {
  const Index d = GetParam();
  const Matrix covariance = covariance_of_size(d);
  Matrix factor(d, d);
  int questions = 0;
  const auto count = [&] { return ++questions > 0; };
  ASSERT_TRUE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data(), count));
  const int panels = d <= 8 ? 0 : static_cast<int>((d + 127) / 128);
  EXPECT_EQ(questions, 2 * panels);
  for (int answered = 0; answered < questions; ++answered) {
    int left = answered;
    const auto stop = [&] { return left-- > 0; };
    EXPECT_FALSE(factor_covariance(Kind::matrix, d, covariance.data(), factor.data(), stop));
  }
}

}  // namespace
}  // namespace gaussmix
