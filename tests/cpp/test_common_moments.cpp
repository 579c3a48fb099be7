// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/common_moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "made_data.hpp"
#include "statistics/moments/block_moments.hpp"

namespace gaussmix {
namespace {

// Sums of long double, each beside that of the same terms without their signs.
template <class T>
void expect_sums(Index rows, Index d, Index count, ScatterForm form) {
  SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(d) + " features, " +
               std::to_string(count) + " components");
  const auto x = made::normal<T>(rows * d, 1);
  const std::vector<double> point(size_t(d), 0.75);
  AlignedArray<T> columns;
  const auto block = make_block<T>({{x.data(), rows, d}}, 0, rows, columns);
  AlignedArray<double> numbers;
  numbers.assign(count * block.stride, 0.0);
  const auto normal = made::normal<double>(rows * count, 2);
  std::vector<const double*> weights;
  for (Index w = 0; w < count; ++w) {
    double* const column = numbers.data() + w * block.stride;
    for (Index i = 0; i < rows; ++i) column[i] = std::abs(normal[size_t(w * rows + i)]);
    weights.push_back(column);
  }
  CommonMoments<T> moments(d, form, kNegligible);
  moments.find(block, point.data(), weights);
  const auto difference = [&](Index i, Index c) {
    return c < 0 ? 1.0L : static_cast<long double>(x[size_t(i * d + c)]) - point[size_t(c)];
  };
  const double bound = static_cast<double>(rows) * std::numeric_limits<double>::epsilon();
  for (Index w = 0; w < count; ++w) {
    const auto expect = [&](double actual, Index a, Index b) {
      long double sum = 0.0L, absolute = 0.0L;
      for (Index i = 0; i < rows; ++i) {
        const long double term = weights[size_t(w)][i] * difference(i, a) * difference(i, b);
        sum += term;
        absolute += std::abs(term);
      }
      const auto error = static_cast<double>(std::abs(actual - sum) / absolute);
      EXPECT_LE(error, bound) << w << ": " << a << ", " << b;
    };
    std::vector<double> first(size_t(d), 0.0), second(first), scatter(size_t(d * d), 0.0);
    moments.moments(w, first.data(), second.data());
    if (form == ScatterForm::full) moments.add_products(w, scatter.data());
    expect(moments.weight(w), -1, -1);
    for (Index a = 0; a < d; ++a) {
      expect(first[size_t(a)], a, -1);
      expect(second[size_t(a)], a, a);
      for (Index b = 0; form == ScatterForm::full && b <= a; ++b) {
        expect(scatter[size_t(a * d + b)], a, b);
      }
    }
  }
}

TEST(CommonMoments, AreSumsOfAllProducts) {
  for (const Index d : {1, 2, 7, 17}) {
    for (const Index count : {1, 5, 64}) {
      for (const auto form : {ScatterForm::full, ScatterForm::diagonal}) {
        expect_sums<float>(100, d, count, form);
        expect_sums<double>(257, d, count, form);
      }
    }
  }
}

TEST(CommonMoments, SuitManyComponentsAndFewFeatures) {
  using Moments = CommonMoments<float>;
  EXPECT_TRUE(Moments::suits(128, 12, ScatterForm::full));
  EXPECT_FALSE(Moments::suits(128, 11, ScatterForm::full));
  EXPECT_FALSE(Moments::suits(129, 12, ScatterForm::full));
  EXPECT_TRUE(Moments::suits(129, 12, ScatterForm::diagonal));
  EXPECT_FALSE(Moments::suits(6, 12, ScatterForm::diagonal));
  EXPECT_FALSE(Moments::suits(8, 12, ScatterForm::pooled));
  EXPECT_FALSE(Moments::suits(8, 12, ScatterForm::none));
}

// Few rows of each of many components cost less alone.
TEST(CommonMoments, PayWhereRowsAreShared) {
  constexpr Index kRows = 512, kCount = 32;
  const CommonMoments<double> moments(16, ScatterForm::full, kNegligible);
  AlignedArray<double> numbers;
  for (const bool shared : {true, false}) {
    numbers.assign(kCount * kRows, shared ? 1.0 / kCount : 1e-30);
    std::vector<const double*> weights;
    for (Index w = 0; w < kCount; ++w) {
      double* const column = numbers.data() + w * kRows;
      column[w] = 1.0;
      weights.push_back(column);
    }
    EXPECT_EQ(moments.pays(kRows, weights), shared);
    EXPECT_FALSE(moments.pays(kRows, {weights.begin(), weights.begin() + 2}));
  }
}

}  // namespace
}  // namespace gaussmix
