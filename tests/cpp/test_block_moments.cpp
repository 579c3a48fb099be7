// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/block_moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "made_data.hpp"

namespace gaussmix {
namespace {

// Rows in reverse order, of which one in every `apart` has a weight, negligible in one of seven.
template <class T>
struct Made {
  Made(Index rows, Index d, Index apart)
      : x(made::normal<T>(rows * d, 3)), weights(size_t(padded(rows)), T(0)) {
    for (T& value : x) value += T(5);
    for (Index i = 0; i < rows; ++i) order.push_back(static_cast<std::int32_t>(rows - 1 - i));
    const RandomStream draws(4, 0, Purpose::responsibilities);
    for (Index i = 0; i < rows; ++i) {
      const auto weight = static_cast<T>(draws.uniform(static_cast<std::uint64_t>(i)));
      if (i % apart == 0) weights[size_t(i)] = i / apart % 7 == 3 ? T(1e-25) : weight;
    }
    sequence = {{x.data(), rows, d}, order.data()};
    block = make_block(sequence, 0, rows, columns);
    aligned.resize(block.length);
    std::copy_n(weights.data(), block.length, aligned.data());
  }

  std::vector<T> x, weights;
  std::vector<std::int32_t> order;
  RowSequence<T> sequence;
  AlignedArray<T> columns;
  AlignedArray<double> aligned;
  Block<T> block;
};

template <class T>
void expect_moments(Index rows, Index d, Index apart, bool products) {
  const Made<T> data(rows, d, apart);
  const auto moments = make_block_moments<T>(d, products);
  const double weight = moments->set_rows(data.sequence, 0, data.block, data.aligned.data());
  std::vector<double> centre(size_t(d), 4.5), first(centre), second(centre);
  std::vector<double> scatter(size_t(d * d), 1.0);
  moments->moments_about(centre.data(), first.data(), second.data());
  if (products) moments->add_products(scatter.data());
  const double tolerance =
      50.0 * static_cast<double>(rows) * std::numeric_limits<double>::epsilon();
  double sum = 0.0;
  for (const T weight : data.weights) sum += static_cast<double>(weight);
  EXPECT_NEAR(weight, sum, tolerance);
  const auto difference = [&](Index i, Index c) {
    return static_cast<double>(data.sequence.row(i)[c]) - centre[size_t(c)];
  };
  for (Index a = 0; a < d; ++a) {
    double mean = 0.0;
    for (Index i = 0; i < rows; ++i) mean += double(data.weights[size_t(i)]) * difference(i, a);
    EXPECT_NEAR(first[size_t(a)], mean, tolerance);
    for (Index b = 0; b <= a; ++b) {
      double product = 0.0;
      for (Index i = 0; i < rows; ++i) {
        product += double(data.weights[size_t(i)]) * difference(i, a) * difference(i, b);
      }
      if (products) {
        EXPECT_NEAR(scatter[size_t(a * d + b)], product + 1.0, tolerance) << a << ", " << b;
      }
      if (a == b) {
        EXPECT_NEAR(second[size_t(a)], product, tolerance);
      }
    }
  }
}

class BlockMomentsOf : public testing::TestWithParam<Index> {};

INSTANTIATE_TEST_SUITE_P(Features, BlockMomentsOf,
                         testing::Values<Index>(1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 40, 65));

TEST_P(BlockMomentsOf, AreThoseOfTheDefinition) {
  for (const Index rows : {1, 2, 5, 64, 130}) {
    for (const Index apart : {1, 13}) {  // most rows have a weight, or few
      for (const bool products : {true, false}) {
        expect_moments<float>(rows, GetParam(), apart, products);
        expect_moments<double>(rows, GetParam(), apart, products);
      }
    }
  }
}

// Blocks of float have more rows than those of double.
TEST(BlockMoments, HaveRoomForTheLongestBlock) {
  for (const Index d : {3, 9, 40}) expect_moments<float>(Partition::kMaxBlock, d, 1, true);
}

}  // namespace
}  // namespace gaussmix
