// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/predictor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "made_data.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace gaussmix {
namespace {

constexpr Index kMaxFeatures = 40;
constexpr Index kMaxComponents = 33;
constexpr Index kMaxRows = 130;

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
  std::vector<double> weights(static_cast<std::size_t>(k), 1.0 / static_cast<double>(sharing));
  if (k > 1) weights[static_cast<std::size_t>(k / 2)] = 0.0;
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
      T& value = rows[static_cast<std::size_t>(i * d + c)];
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
      : log_density(static_cast<std::size_t>(rows)),
        log_responsibilities(static_cast<std::size_t>(rows * k)),
        responsibilities(static_cast<std::size_t>(rows * k)),
        labels(static_cast<std::size_t>(rows)) {}

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
      scores.log_density[static_cast<std::size_t>(i)] = predictor.log_density(x);
      predictor.log_responsibilities(x, scores.log_responsibilities.data() + i * k);
      predictor.responsibilities(x, scores.responsibilities.data() + i * k);
      scores.labels[static_cast<std::size_t>(i)] = predictor.predict(x);
    }
    return scores;
  }

  // The first of the rows that differ in a bit, or -1.
  Index first_difference(const Scores& other) const {
    const auto rows = static_cast<Index>(std::min(labels.size(), other.labels.size()));
    const std::size_t k = responsibilities.size() / labels.size();
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
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
  for (Index d = 1; d <= kMaxFeatures; ++d) {
    const auto x = make_rows<T>(d);
    for (Index k = 1; k <= kMaxComponents; ++k) {
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

INSTANTIATE_TEST_SUITE_P(Predictor, EachType,
                         testing::Values(CovarianceType::full, CovarianceType::tied,
                                         CovarianceType::diag, CovarianceType::spherical));
}  // namespace
}  // namespace gaussmix
