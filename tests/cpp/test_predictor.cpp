// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/predictor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "made_mixture.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace gaussmix {
namespace {

constexpr Index kMaxFeatures = 40;
constexpr Index kMaxComponents = 33;
constexpr Index kMaxRows = 130;

// The size of a mixture after this one: each, but for sanitizers, under which all take minutes.
constexpr Index next_size(Index size) {
#if defined(__SANITIZE_ADDRESS__)
  return size < 9 ? size + 1 : size + 8;
#else
  return size + 1;
#endif
}

Index n_factor_entries(CovarianceType type, Index k, Index d) {
  switch (type) {
    case CovarianceType::full:
      return k * d * d;
    case CovarianceType::tied:
      return d * d;
    case CovarianceType::diag:
      return k * d;
    case CovarianceType::spherical:
      break;
  }
  return k;
}

// A mixture whose factors are made up: normal numbers above a diagonal from 0.5 to 1.5. One of its
// weights is zero where there are several.
Mixture make_mixture(CovarianceType type, ScalarType scalar, Index k, Index d) {
  const auto seed = static_cast<std::uint64_t>(k * 1000 + d);
  const bool matrix = type == CovarianceType::full || type == CovarianceType::tied;
  auto factors = made::normal<double>(n_factor_entries(type, k, d), seed);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const Index at = static_cast<Index>(i) % (d * d), row = at / d, column = at % d;
    if (matrix && row > column) factors[i] = 0.0;
    if (!matrix || row == column) factors[i] = 1.0 + 0.5 * std::tanh(factors[i]);
  }
  const Index sharing = k > 1 ? k - 1 : 1;
  std::vector<double> weights(size_t(k), 1.0 / static_cast<double>(sharing));
  if (k > 1) weights[size_t(k / 2)] = 0.0;
  return Mixture::from_precisions_cholesky({type, k, d}, scalar, weights,
                                           made::normal<double>(k * d, seed + 1), factors);
}

// Rows near the components, far from them, and where no density is a number.
template <class T>
std::vector<T> make_rows(Index d) {
  auto rows = made::normal<T>(kMaxRows * d, static_cast<std::uint64_t>(d));
  const T scales[] = {T(1), T(1), T(1), T(30), T(1e10), T(1e25), T(0), T(1e-40)};
  for (Index i = 0; i < kMaxRows; ++i) {
    for (Index c = 0; c < d; ++c) {
      T& value = rows[size_t(i * d + c)];
      value *= scales[i % 8];
      if (i == 100 && c == d / 2) value = std::numeric_limits<T>::quiet_NaN();
      if (i == 101 && c == 0) value = std::numeric_limits<T>::infinity();
    }
  }
  return rows;
}

template <class T>
struct Scores {
  std::vector<T> log_density, log_responsibilities, responsibilities;
  std::vector<Index> labels;

  Scores(Index rows, Index k)
      : log_density(size_t(rows)),
        log_responsibilities(size_t(rows * k)),
        responsibilities(size_t(rows * k)),
        labels(size_t(rows)) {}

  static Scores of_table(const Predictor<T>& predictor, TableView<T> rows, int n_threads = 1) {
    Scores scores(rows.rows, predictor.n_components());
    predictor.log_density(rows, scores.log_density.data(), n_threads);
    predictor.log_responsibilities(rows, scores.log_responsibilities.data(), n_threads);
    predictor.responsibilities(rows, scores.responsibilities.data(), n_threads);
    predictor.predict(rows, scores.labels.data(), n_threads);
    return scores;
  }

  static Scores of_single_rows(Predictor<T>& predictor, TableView<T> rows) {
    const Index k = predictor.n_components();
    Scores scores(rows.rows, k);
    for (Index i = 0; i < rows.rows; ++i) {
      const T* const x = rows.row(i);
      scores.log_density[size_t(i)] = predictor.log_density(x);
      predictor.log_responsibilities(x, scores.log_responsibilities.data() + i * k);
      predictor.responsibilities(x, scores.responsibilities.data() + i * k);
      scores.labels[size_t(i)] = predictor.predict(x);
    }
    return scores;
  }

  // The first of the rows that differ in a bit, or -1.
  Index first_difference(const Scores& other) const {
    const auto rows = static_cast<Index>(std::min(labels.size(), other.labels.size()));
    const std::size_t k = responsibilities.size() / labels.size();
    for (std::size_t i = 0; i < size_t(rows); ++i) {
      const auto same = [&](const std::vector<T>& a, const std::vector<T>& b, std::size_t n) {
        return std::memcmp(&a[i * n], &b[i * n], n * sizeof(T)) == 0;
      };
      if (!same(log_density, other.log_density, 1) ||
          !same(log_responsibilities, other.log_responsibilities, k) ||
          !same(responsibilities, other.responsibilities, k) || labels[i] != other.labels[i]) {
        return static_cast<Index>(i);
      }
    }
    return -1;
  }
};

// For every size of a mixture: single rows, tables of one size after the other from 1 to kMaxRows,
// and the largest.
template <class T>
void check_every_size(CovarianceType type) {
  Index n = 0;
  for (Index d = 1; d <= kMaxFeatures; d = next_size(d)) {
    const auto x = make_rows<T>(d);
    for (Index k = 1; k <= kMaxComponents; k = next_size(k)) {
      n = n % kMaxRows + 1;
      SCOPED_TRACE("d = " + std::to_string(d) + ", k = " + std::to_string(k) +
                   ", rows = " + std::to_string(n));
      Predictor<T> predictor(make_mixture(type, scalar_type_of<T>(), k, d));
      const auto whole = Scores<T>::of_table(predictor, {x.data(), kMaxRows, d});
      ASSERT_EQ(Scores<T>::of_table(predictor, {x.data(), n, d}).first_difference(whole), -1);
      ASSERT_EQ(
          Scores<T>::of_single_rows(predictor, {x.data(), kMaxRows, d}).first_difference(whole),
          -1);
    }
  }
}

class EachType : public testing::TestWithParam<CovarianceType> {};

TEST_P(EachType, GivesARowTheSameBitsSinglyAndInATable) { check_every_size<double>(GetParam()); }

TEST_P(EachType, GivesAFloat32RowTheSameBitsSinglyAndInATable) {
  check_every_size<float>(GetParam());
}

TEST(Predictor, GivesAFloat32RowTheSameBitsWhereFloatIsTooCoarse) {
  const std::vector<double> steepness{1e6, 1.0, 1e5, 10.0, 1e7};
  for (const auto type : {CovarianceType::full, CovarianceType::tied}) {
    for (const Index d : {2, 7, 9, 20}) {
      const auto mixture = made::chains(type, steepness, d, ScalarType::float32);
      Predictor<float> predictor(mixture);
      const auto x = made::rows_of_chains<float>(mixture, steepness, kMaxRows);
      const TableView<float> rows{x.data(), kMaxRows, d};
      const auto whole = Scores<float>::of_table(predictor, rows);
      EXPECT_EQ(Scores<float>::of_single_rows(predictor, rows).first_difference(whole), -1);
      EXPECT_EQ(Scores<float>::of_table(predictor, rows.part(0, 90)).first_difference(whole), -1);
    }
  }
}

TEST_P(EachType, ScoresATableOnThreadsLikeSingleRows) {
  constexpr Index kFeatures = 5, kRows = 4000;
  Predictor<double> predictor(make_mixture(GetParam(), ScalarType::float64, 9, kFeatures));
  const auto x = made::normal<double>(kRows * kFeatures, 3);
  const TableView<double> rows{x.data(), kRows, kFeatures};
  const auto singly = Scores<double>::of_single_rows(predictor, rows);
  EXPECT_EQ(Scores<double>::of_table(predictor, rows, 4).first_difference(singly), -1);
}

TEST_P(EachType, ReadsRowsThatLieApart) {
  constexpr Index kFeatures = 5, kStride = 7;
  Predictor<float> predictor(make_mixture(GetParam(), ScalarType::float32, 9, kFeatures));
  const auto x = make_rows<float>(kFeatures);
  for (const Index n : {Index{3}, kMaxRows}) {  // one at a time, and as a block
    std::vector<float> apart(size_t((n - 1) * kStride + kFeatures), 1e30F);
    for (Index i = 0; i < n; ++i) {
      std::copy_n(x.data() + i * kFeatures, kFeatures, apart.data() + i * kStride);
    }
    const auto expected = Scores<float>::of_table(predictor, {x.data(), n, kFeatures});
    const TableView<float> rows{apart.data(), n, kFeatures, kStride};
    EXPECT_EQ(Scores<float>::of_table(predictor, rows).first_difference(expected), -1);
  }
}

// Under ThreadSanitizer as well as here: copies share what is immutable alone.
TEST_P(EachType, CopiesServeThreads) {
  constexpr Index kFeatures = 8;
  Predictor<double> predictor(make_mixture(GetParam(), ScalarType::float64, 8, kFeatures));
  const auto x = make_rows<double>(kFeatures);
  const TableView<double> rows{x.data(), kMaxRows, kFeatures};
  const auto expected = Scores<double>::of_single_rows(predictor, rows);
  std::vector<Index> differences(4, 0);
  std::vector<std::thread> threads;
  for (Index& difference : differences) {
    threads.emplace_back([&rows, &expected, &difference, own = predictor]() mutable {
      difference = Scores<double>::of_single_rows(own, rows).first_difference(expected);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(differences, std::vector<Index>(4, -1));
}

TEST(Predictor, OutlivesWhatItWasCopiedFrom) {
  std::vector<Predictor<double>> predictors;
  const auto x = make_rows<double>(3);
  double expected = 0.0;
  {
    Predictor<double> first(make_mixture(CovarianceType::full, ScalarType::float64, 4, 3));
    expected = first.log_density(x.data());
    predictors.push_back(first);
  }
  Predictor<double> assigned(make_mixture(CovarianceType::diag, ScalarType::float64, 2, 2));
  assigned = predictors.front();
  EXPECT_EQ(assigned.log_density(x.data()), expected);
  EXPECT_EQ(assigned.n_components(), 4);
  EXPECT_EQ(assigned.n_features(), 3);
  const Predictor<double> moved = std::move(predictors.front());
  EXPECT_EQ(Predictor<double>(moved).log_density(x.data()), expected);
}

TEST(Predictor, RefusesAMixtureOfTheOtherType) {
  const auto mixture = make_mixture(CovarianceType::full, ScalarType::float32, 2, 2);
  EXPECT_THROW(Predictor<double>{mixture}, std::invalid_argument);
}

TEST(Predictor, NeedsAThread) {
  const auto mixture = make_mixture(CovarianceType::full, ScalarType::float64, 2, 2);
  const Predictor<double> predictor(mixture);
  const std::vector<double> x(2000, 1.0);
  std::vector<double> out(2000);
  std::vector<Index> labels(1000);
  for (const Index n : {1, 1000}) {
    const TableView<double> rows{x.data(), n, 2};
    for (const int n_threads : {0, -1}) {
      EXPECT_THROW(predictor.log_density(rows, out.data(), n_threads), std::invalid_argument);
      EXPECT_THROW(predictor.log_responsibilities(rows, out.data(), n_threads),
                   std::invalid_argument);
      EXPECT_THROW(predictor.responsibilities(rows, out.data(), n_threads), std::invalid_argument);
      EXPECT_THROW(predictor.predict(rows, labels.data(), n_threads), std::invalid_argument);
      EXPECT_THROW(predictor.score(rows, nullptr, n_threads), std::invalid_argument);
    }
  }
}

TEST(Predictor, FollowsTheFormula) {
  const auto mixture = Mixture::from_covariances({CovarianceType::full, 2, 1}, ScalarType::float64,
                                                 {0.25, 0.75}, {0.0, 0.0}, {1.0, 1.0});
  Predictor<double> predictor(mixture);
  const double x = 1.0;
  double out[2] = {};
  EXPECT_NEAR(predictor.log_density(&x), -0.5 - 0.5 * std::log(2 * 3.14159265358979323846), 1e-15);
  predictor.responsibilities(&x, out);
  EXPECT_NEAR(out[0], 0.25, 1e-15);
  predictor.log_responsibilities(&x, out);
  EXPECT_NEAR(out[1], std::log(0.75), 1e-15);
  EXPECT_EQ(predictor.predict(&x), 1);
}

#if defined(__SSE2__)
TEST_P(EachType, IgnoresTheRoundingThatSomebodyElseSet) {
  constexpr Index kFeatures = 6;
  Predictor<double> predictor(make_mixture(GetParam(), ScalarType::float64, 8, kFeatures));
  const auto x = make_rows<double>(kFeatures);
  const TableView<double> rows{x.data(), kMaxRows, kFeatures};
  const auto expected = Scores<double>::of_single_rows(predictor, rows);
  constexpr unsigned kUpwardFlushingToZero = 0x4000 | 0x8040;
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | kUpwardFlushingToZero);
  const auto singly = Scores<double>::of_single_rows(predictor, rows);
  const auto few = Scores<double>::of_table(predictor, {x.data(), 4, kFeatures});
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(singly.first_difference(expected), -1);
  EXPECT_EQ(few.first_difference(expected), -1);
  EXPECT_EQ(after & kUpwardFlushingToZero, kUpwardFlushingToZero);
}
#endif

INSTANTIATE_TEST_SUITE_P(Predictor, EachType,
                         testing::Values(CovarianceType::full, CovarianceType::tied,
                                         CovarianceType::diag, CovarianceType::spherical));

}  // namespace
}  // namespace gaussmix
