// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/nearest_centre.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kmeans/pruned_labels.hpp"
#include "kmeans/row_distances.hpp"
#include "made_data.hpp"
#include "support/random.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 500, kFeatures = 6;
// Few, and so many that panels of them are searched; neither is a multiple of anything.
constexpr Index kCentres = 9, kManyCentres = 331;

template <class T>
TableView<T> view(const std::vector<T>& x) {
  return {x.data(), static_cast<Index>(x.size()) / kFeatures, kFeatures};
}

// The nearest centres by long double differences, the first of equals.
template <class T>
std::vector<std::int32_t> expected_labels(const std::vector<T>& x,
                                          const std::vector<double>& centres) {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < x.size(); i += kFeatures) {
    std::int32_t best = 0;
    long double least = -1.0L;
    for (std::size_t j = 0; j < centres.size() / kFeatures; ++j) {
      long double sum = 0.0L;
      for (std::size_t c = 0; c < kFeatures; ++c) {
        const long double z = static_cast<long double>(x[i + c]) - centres[j * kFeatures + c];
        sum += z * z;
      }
      if (j == 0 || sum < least) {
        least = sum;
        best = static_cast<std::int32_t>(j);
      }
    }
    labels.push_back(best);
  }
  return labels;
}

template <class T>
void expect_exact(const std::vector<T>& x, const std::vector<double>& centres) {
  const Dataset<T> data(view(x), nullptr);
  Execution execution(1);
  const auto expected = expected_labels(x, centres);
  std::vector<std::int32_t> labels(expected.size());
  const PreparedRows<T> rows(execution, data, ScalingKind::common);
  const NearestCentre nearest(rows.scaling(), centres);
  for (Index i = 0; i < kRows; i += kTileRows) {
    nearest.find(rows.tile(i / kTileRows), view(x).part(i, std::min(kTileRows, kRows - i)),
                 labels.data() + i);
  }
  EXPECT_EQ(labels, expected) << "in the scaling of the rows";
  std::fill(labels.begin(), labels.end(), -1);
  assign(execution, data, NearestCentre(scaling_of_centres(centres, kFeatures, 1.0), centres),
         labels.data());
  EXPECT_EQ(labels, expected) << "in the scaling of the centres";
}

// Rows about an offset, and centres that lie `spread` about it.
template <class T>
void expect_exact_about(double offset, double spread) {
  auto x = made::normal<T>(kRows * kFeatures, 1);
  for (T& value : x) value = static_cast<T>(static_cast<double>(value) + offset);
  for (const Index k : {kCentres, kManyCentres}) {
    SCOPED_TRACE(k);
    auto centres = made::normal<double>(k * kFeatures, 2);
    for (double& value : centres) value = offset + spread * value;
    expect_exact(x, centres);
  }
}

TEST(NearestCentre, IsExactWhereFloat32Decides) {
  for (const double offset : {0.0, 100.0, 1e8}) expect_exact_about<double>(offset, 1.0);
  expect_exact_about<float>(0.0, 1.0);
  expect_exact_about<float>(100.0, 1.0);
}

// Centres so near one another that float32 cannot tell which is nearer.
TEST(NearestCentre, IsExactWhereFloat64Decides) {
  for (const double spread : {1e-3, 1e-6, 1e-9}) {
    expect_exact_about<double>(0.0, spread);
    expect_exact_about<float>(0.0, spread);
  }
}

TEST(NearestCentre, IsExactBesideAnOutlier) {
  auto x = made::normal<double>(kRows * kFeatures, 1);
  auto centres = made::normal<double>(kCentres * kFeatures, 2);
  for (Index c = 0; c < kFeatures; ++c) x[size_t(c)] = centres[size_t(c)] = 1e12;
  expect_exact(x, centres);
}

TEST(NearestCentre, GivesTiesToTheFirst) {
  const auto x = made::normal<double>(kRows * kFeatures, 1);
  for (const Index k : {Index{4}, kManyCentres}) {
    auto centres = made::normal<double>(k * kFeatures, 2);
    const auto once = centres;
    centres.insert(centres.end(), once.begin(), once.end());
    expect_exact(x, centres);
  }
}

// Labels that are right for all centres but every seventh, and then for all. Of these, one equals a
// centre before it and one a centre behind it, the others lie anywhere.
TEST(NearestCentre, AddsCentresToThoseThatLabelsKnow) {
  const auto x = made::normal<double>(kRows * kFeatures, 1);
  for (const double spread : {1.0, 1e-9}) {
    auto centres = made::normal<double>(kManyCentres * kFeatures, 2);
    for (double& value : centres) value *= spread;
    std::copy_n(centres.begin() + 10 * kFeatures, kFeatures, centres.begin() + 14 * kFeatures);
    std::copy_n(centres.begin() + 24 * kFeatures, kFeatures, centres.begin() + 21 * kFeatures);
    std::vector<Index> number;
    std::vector<double> some, others = centres;
    for (Index j = 0; j < kManyCentres; j += 7) {
      number.push_back(j);
      some.insert(some.end(), centres.begin() + j * kFeatures,
                  centres.begin() + (j + 1) * kFeatures);
      std::fill_n(others.begin() + j * kFeatures, kFeatures, 1e3);
    }
    const Dataset<double> data(view(x), nullptr);
    Execution execution(1);
    const PreparedRows<double> rows(execution, data, ScalingKind::common);
    const NearestCentre all(rows.scaling(), centres), new_ones(rows.scaling(), some);
    std::vector<std::int32_t> labels = expected_labels(x, others);
    for (Index i = 0; i < kRows; i += kTileRows) {
      all.add(new_ones, number, rows.tile(i / kTileRows),
              view(x).part(i, std::min(kTileRows, kRows - i)), labels.data() + i);
    }
    EXPECT_EQ(labels, expected_labels(x, centres)) << spread;
  }
}

// However far off the float32 values are, the labels are the same: they rest on the rows.
TEST(NearestCentre, DoesNotDependOnTheFloat32Scaling) {
  const auto x = made::normal<double>(kRows * kFeatures, 1);
  const auto centres = made::normal<double>(kCentres * kFeatures, 2);
  const auto expected = expected_labels(x, centres);
  for (const double shift : {0.0, 1e3, 1e9, 1e30, 1e300}) {
    for (const double scale : {0x1p-100, 1.0, 0x1p100}) {
      const FeatureScaling scaling{std::vector<double>(kFeatures, shift),
                                   std::vector<double>(kFeatures, 1.0),
                                   std::vector<double>(kFeatures, scale)};
      const NearestCentre nearest(scaling, centres);
      AlignedArray<float> scratch;
      std::vector<std::int32_t> labels(kRows);
      nearest.find(view(x), scratch, labels.data());
      EXPECT_EQ(labels, expected) << shift << ", " << scale;
    }
  }
}

// Centres that move a little, some far, and onto one another: labels stay those of all
// comparisons. Returns which part of them was made after small moves.
template <class T>
double expect_exact_after_moves(const std::vector<T>& x, std::vector<double> centres, double size) {
  const Dataset<T> data(view(x), nullptr);
  Execution serial(1), parallel(2);
  const PreparedRows<T> rows(serial, data, ScalingKind::common);
  std::vector<std::int32_t> labels = expected_labels(x, centres);
  PrunedLabels<T> pruned(serial, rows, centres, labels), threads(parallel, rows, centres, labels);
  std::vector<std::int32_t> others = labels;
  const RandomStream random(5, 0, Purpose::rows);
  std::uint64_t draws = 0;
  double after_small_moves = 1.0;
  for (int step = 0; step < 12; ++step) {
    SCOPED_TRACE(step);
    for (double& value : centres) value += 0.02 * size * (random.uniform(draws++) - 0.5);
    if (step == 4) std::fill_n(centres.begin() + 8 * kFeatures, kFeatures, 5.0 * size);
    if (step == 6) std::copy_n(centres.begin(), 20 * kFeatures, centres.end() - 30 * kFeatures);
    if (step == 8) std::copy_n(x.begin() + 50 * kFeatures, kFeatures, centres.begin());
    const NearestCentre nearest(rows.scaling(), centres);
    const double compared = pruned.find(nearest, centres, labels);
    EXPECT_EQ(labels, expected_labels(x, centres));
    EXPECT_EQ(threads.find(nearest, centres, others), compared);
    EXPECT_EQ(others, labels);
    if (step == 3) after_small_moves = compared;
  }
  return after_small_moves;
}

// In bunches: how many rows share bounds is a matter of the instruction set.
TEST(PrunedLabels, AreThoseOfAllComparisons) {
  constexpr Index kBunches = 7;
  for (const double size : {1.0, 1e-9}) {
    auto centres = made::normal<double>(kManyCentres * kFeatures, 2);
    for (double& value : centres) value *= size;
    auto x = made::normal<double>(kRows * kFeatures, 1);
    const auto bunches = made::normal<double>(kBunches * kFeatures, 3);
    for (Index i = 0; i < kRows * kFeatures; ++i) {
      const Index bunch = i / kFeatures % kBunches;
      x[size_t(i)] =
          size * (0.2 * x[size_t(i)] + bunches[size_t(bunch * kFeatures + i % kFeatures)]);
    }
    EXPECT_LT(expect_exact_after_moves(x, centres, size), 0.9);
    EXPECT_LT(expect_exact_after_moves(std::vector<float>(x.begin(), x.end()), centres, size), 0.9);
    std::fill_n(x.begin() + 7 * kFeatures, (kRows - 7) * kFeatures, x[0]);
    EXPECT_LT(expect_exact_after_moves(x, centres, size), 0.9);
    std::fill_n(x.begin() + 7 * kFeatures, kFeatures, 1e12);
    expect_exact_after_moves(x, centres, size);
  }
}

TEST(RowDistances, AreWithinOnePercentHoweverSmall) {
  auto x = made::normal<double>(kRows * kFeatures, 1);
  for (Index i = 0; i < 100; ++i) {  // rows beside row 0, nearer and nearer
    for (Index c = 0; c < kFeatures; ++c) {
      x[size_t((i + 1) * kFeatures + c)] =
          x[size_t(c)] + std::ldexp(x[size_t((i + 1) * kFeatures + c)], static_cast<int>(-i / 3));
    }
  }
  std::copy_n(x.begin(), kFeatures, x.end() - kFeatures);  // and one at its place
  const Dataset<double> data(view(x), nullptr);
  Execution execution(1);
  const PreparedRows<double> rows(execution, data, ScalingKind::unit_variance);
  const std::vector<Index> targets{0, 7, 120, 300, 499};
  const RowDistances<double> distances(rows, targets);
  AlignedArray<float> found(static_cast<Index>(targets.size()) * kTileRows);
  for (Index i = 0; i < kRows; ++i) {
    if (i % kTileRows == 0) distances.of_tile(i / kTileRows, found.data());
    for (std::size_t t = 0; t < targets.size(); ++t) {
      double expected = 0.0;
      for (Index c = 0; c < kFeatures; ++c) {
        const double z =
            (rows.row(i)[c] - rows.row(targets[t])[c]) * rows.scaling().scale[size_t(c)];
        expected += z * z;
      }
      EXPECT_NEAR(found[static_cast<Index>(t) * kTileRows + i % kTileRows], expected,
                  0.01 * expected);
    }
  }
}

}  // namespace
}  // namespace gaussmix
