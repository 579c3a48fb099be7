// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/classifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "made_mixture.hpp"

namespace gaussmix {
namespace {

using Classes = std::vector<std::int32_t>;

constexpr Index kFeatures = 3;
const Classes kClasses{1, 0, 2, 1, 0, 1};  // in no order

template <class T>
Mixture mixture_of(double distance = 2.0) {
  return made::mixture(CovarianceType::full, static_cast<Index>(kClasses.size()), kFeatures,
                       distance, 5, scalar_type_of<T>());
}

// The probability of a class is the sum of its components' responsibilities, in their order.
template <class T>
void check_sums() {
  constexpr Index n = 300;
  const Mixture mixture = mixture_of<T>();
  const auto x = made::normal<T>(n * kFeatures, 9);
  const TableView<T> rows{x.data(), n, kFeatures};
  const Predictor<T> predictor(mixture);
  Classifier<T> classifier(mixture, kClasses);
  ASSERT_EQ(classifier.n_classes(), 3);
  std::vector<T> responsibilities(size_t(n * 6)), table(size_t(n * 3)), logs(size_t(n * 3));
  std::vector<Index> labels(size_t(n), -1);
  predictor.responsibilities(rows, responsibilities.data());
  classifier.probabilities(rows, table.data());
  classifier.log_probabilities(rows, logs.data(), 2);
  classifier.predict(rows, labels.data());
  for (Index i = 0; i < n; ++i) {
    T sums[3] = {T(0), T(0), T(0)}, single[3], single_logs[3];
    for (Index j = 0; j < 6; ++j) {
      sums[kClasses[size_t(j)]] += responsibilities[size_t(i * 6 + j)];
    }
    classifier.probabilities(rows.row(i), single);
    classifier.log_probabilities(rows.row(i), single_logs);
    EXPECT_EQ(classifier.predict(rows.row(i)), labels[size_t(i)]);
    EXPECT_EQ(labels[size_t(i)], std::max_element(sums, sums + 3) - sums);
    for (Index c = 0; c < 3; ++c) {
      EXPECT_EQ(table[size_t(i * 3 + c)], sums[c]);
      EXPECT_EQ(single[c], sums[c]);
      EXPECT_EQ(single_logs[c], logs[size_t(i * 3 + c)]);
      const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-13;
      EXPECT_NEAR(std::exp(static_cast<double>(single_logs[c])), static_cast<double>(sums[c]),
                  tolerance);
    }
  }
}

TEST(Classifier, AddsUpResponsibilitiesByClass) {
  check_sums<double>();
  check_sums<float>();
}

// exp(-800) is zero, its logarithm is not lost.
TEST(Classifier, HasLogarithmsOfWhatUnderflows) {
  const Mixture mixture =
      Mixture::from_covariances({CovarianceType::spherical, 3, 1}, ScalarType::float64,
                                {0.25, 0.25, 0.5}, {0.0, 0.0, 40.0}, {1.0, 1.0, 1.0});
  Classifier<double> classifier(mixture, {0, 0, 1});
  const double x = 0.0;
  double out[2];
  classifier.probabilities(&x, out);
  EXPECT_EQ(out[1], 0.0);
  classifier.log_probabilities(&x, out);
  EXPECT_NEAR(out[0], 0.0, 1e-15);
  EXPECT_NEAR(out[1], -800.0, 1e-12);
}

// A part of a table has 256 rows where there are very many components.
TEST(Classifier, CutsTablesIntoPartsThatChangeNothing) {
  constexpr Index n = 700, k = 6000;
  const Mixture mixture =
      Mixture::from_covariances({CovarianceType::spherical, k, 1}, ScalarType::float64,
                                std::vector<double>(size_t(k), 1.0 / k), made::normal<double>(k, 3),
                                std::vector<double>(size_t(k), 0.01));
  Classes classes(size_t(k), 0);
  for (Index j = 0; j < k; ++j) classes[size_t(j)] = static_cast<std::int32_t>(j % 2);
  Classifier<double> classifier(mixture, classes);
  const auto x = made::normal<double>(n, 4);
  std::vector<Index> labels(size_t(n), -1);
  classifier.predict({x.data(), n, 1}, labels.data());
  for (Index i = 0; i < n; ++i) EXPECT_EQ(classifier.predict(&x[size_t(i)]), labels[size_t(i)]);
  EXPECT_GT(std::count(labels.begin(), labels.end(), 1), 100);
}

TEST(Classifier, ChecksTheClasses) {
  const Mixture mixture = mixture_of<double>();
  for (const Classes& wrong : {Classes{}, Classes{0, 1, 2}, Classes{0, 0, 0, 0, 0, -1},
                               Classes{0, 0, 0, 0, 0, 2}, Classes{0, 0, 0, 0, 0, 6}}) {
    EXPECT_THROW(Classifier<double>(mixture, wrong), std::invalid_argument);
  }
  EXPECT_THROW(Classifier<float>(mixture, kClasses), std::invalid_argument);
  EXPECT_EQ(Classifier<double>(mixture, Classes(6, 0)).n_classes(), 1);
}

}  // namespace
}  // namespace gaussmix
