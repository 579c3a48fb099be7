// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <vector>

#include "covariance/linalg/upper_triangle.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Large on the diagonal: well-conditioned.
Matrix upper_triangle(Index d, unsigned seed) {
  const std::vector<double> numbers = made::normal<double>(d * d, seed);
  Matrix r = Eigen::Map<const Matrix>(numbers.data(), d, d).triangularView<Eigen::Upper>();
  r /= static_cast<double>(d);
  r.diagonal().array() += 2.0;
  return r;
}

class SolveUpper : public testing::TestWithParam<Index> {};

INSTANTIATE_TEST_SUITE_P(Sizes, SolveUpper,
                         testing::Values<Index>(1, 2, 3, 4, 5, 8, 9, 17, 64, 127, 128, 129, 300));

TEST_P(SolveUpper, ItsProductIsTheRightHandSide) {
  const Index d = GetParam();
  Matrix r = upper_triangle(d, 1), solution(d, d);
  const Matrix b = upper_triangle(d, 2), product = r;
  r.triangularView<Eigen::StrictlyLower>().setConstant(7.0);  // not read
  ASSERT_TRUE(solve_upper(d, r.data(), b.data(), solution.data(), [] { return true; }));
  EXPECT_TRUE(solution.isUpperTriangular(0.0));
  EXPECT_LT((product * solution - b).norm(), 1e-14 * b.norm());
}

TEST_P(SolveUpper, StopsWhereItIsTold) {
  const Index d = GetParam();
  const Matrix r = upper_triangle(d, 1);
  Matrix solution(d, d);
  const Index panels = (d + 127) / 128;
  for (Index answered = 0; answered <= panels; ++answered) {
    Index left = answered;
    const auto keep_going = [&] { return left-- > 0; };
    EXPECT_EQ(solve_upper(d, r.data(), r.data(), solution.data(), keep_going), answered == panels);
  }
}

}  // namespace
}  // namespace gaussmix
