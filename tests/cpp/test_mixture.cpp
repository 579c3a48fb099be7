// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>

#include "covariance/families/family.hpp"
#include "made_mixture.hpp"
#include "mixture/coordinates.hpp"

namespace gaussmix {
namespace {

TEST(Mixture, NeedsAComponentAndAFeature) {
  for (const auto type : {CovarianceType::full, CovarianceType::tied, CovarianceType::diag,
                          CovarianceType::spherical}) {
    for (const Mixture::Shape shape : {Mixture::Shape{type, 1, -1}, Mixture::Shape{type, -1, 1},
                                       Mixture::Shape{type, 0, 2}, Mixture::Shape{type, 2, 0}}) {
      EXPECT_THROW(Mixture::from_covariances(shape, ScalarType::float64, {1.0}, {0.0}, {1.0}),
                   std::invalid_argument);
      EXPECT_THROW(Mixture::from_precisions(shape, ScalarType::float64, {1.0}, {0.0}, {1.0}),
                   std::invalid_argument);
      EXPECT_THROW(
          Mixture::from_precisions_cholesky(shape, ScalarType::float64, {1.0}, {0.0}, {1.0}),
          std::invalid_argument);
    }
  }
}

TEST(Mixture, ArraysHaveTheShapeOfTheType) {
  using Shape = std::vector<Index>;
  const std::vector<Shape> expected{{3, 2, 2}, {2, 2}, {3, 2}, {3}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Mixture mixture = made::mixture(families()[i]->type(), 3, 2, 1.0, 1);
    const Shape shape = mixture.covariances_shape();
    EXPECT_EQ(shape, expected[i]);
    EXPECT_EQ(mixture.family(), families()[i]->name());
    const Index numbers =
        std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
    EXPECT_EQ(numbers, static_cast<Index>(mixture.covariances().size()));
  }
}

TEST(Families, AreFoundByTypeAndName) {
  for (const auto* family : families()) {
    EXPECT_EQ(&family_named(family->name()), family);
  }
  for (const auto type : {CovarianceType::full, CovarianceType::tied, CovarianceType::diag,
                          CovarianceType::spherical}) {
    EXPECT_EQ(family_of(type).type(), type);
  }
  EXPECT_THROW(family_named("banded"), std::invalid_argument);
  for (const char* const name : {"E", "V"}) {
    EXPECT_EQ(Mixture::Shape::of(name, 2, 1).type, CovarianceType::spherical);
    EXPECT_THROW(Mixture::Shape::of(name, 2, 2), std::invalid_argument);
    const std::vector<double> rows(8, 1.0);
    FitOptions options;
    options.family = name;
    EXPECT_THROW(fit(TableView<double>{rows.data(), 4, 2}, options), std::invalid_argument);
  }
}

void expect_near(const std::vector<double>& expected, const std::vector<double>& got) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(expected[i], got[i], 1e-12) << i;
}

// The member of a family that is likeliest for scatters: for those of a member, itself.
Mixture projected(const Family& family, const Mixture& like, const std::vector<double>& matrices) {
  const Index k = like.n_components(), d = like.n_features();
  const std::vector<double> zero(size_t(d), 0.0), counts(size_t(k), 1.0);
  Statistics statistics(family.scatter_form(), k, d, std::vector<double>(size_t(k * d), 0.0));
  for (Index j = 0; j < k; ++j) {
    std::vector<double> scatter(matrices.begin() + j * d * d, matrices.begin() + (j + 1) * d * d);
    for (Index c = 0; c < d && family.scatter_form() == ScatterForm::diagonal; ++c) {
      scatter[size_t(c)] = scatter[size_t(c * (d + 1))];
    }
    statistics.add_component(j, 1.0, zero.data(), scatter.data());
  }
  Execution execution(1);
  std::vector<double> covariances;
  family.covariances({execution, statistics, counts, 0.0, nullptr}, covariances);
  return Mixture::from_covariances({family.type(), k, d, &family}, ScalarType::float64,
                                   like.weights(), like.means(), covariances);
}

// The covariances of a mixture as k matrices.
std::vector<double> matrices_of(const Mixture& mixture) {
  const Index k = mixture.n_components(), d = mixture.n_features();
  const auto layout = CovarianceLayout::of(mixture.shape());
  std::vector<double> matrices;
  for (Index j = 0; j < k; ++j) {
    const double* const own = mixture.covariances().data() + layout.offset(j);
    for (Index i = 0; i < d * d; ++i) {
      const bool diagonal = i % (d + 1) == 0;
      const Index c = layout.kind == CovarianceLayout::Kind::vector ? i / (d + 1) : 0;
      matrices.push_back(layout.kind == CovarianceLayout::Kind::matrix ? own[i]
                         : diagonal                                    ? own[c]
                                                                       : 0.0);
    }
  }
  return matrices;
}

TEST(Coordinates, StayInAFamilyThatSaysSo) {
  const Mixture some = made::mixture(CovarianceType::full, 3, 4, 2.0, 11);
  const Mixture others = made::mixture(CovarianceType::full, 3, 4, 2.0, 12);
  int kept = 0;
  for (const auto* family : families()) {
    const Mixture a = projected(*family, some, some.covariances());
    const Mixture b = projected(*family, some, others.covariances());
    auto point = coordinates_of(a);
    const auto end = coordinates_of(b);
    for (std::size_t i = 0; i < point.size(); ++i) point[i] += 1.5 * (end[i] - point[i]);
    const Mixture beyond = mixture_at(point, a);
    const auto is = matrices_of(beyond), nearest = matrices_of(projected(*family, a, is));
    double largest = 0.0;
    for (std::size_t i = 0; i < is.size(); ++i) {
      largest =
          std::max(largest, std::abs(is[i] - nearest[i]) / *std::max_element(is.begin(), is.end()));
    }
    EXPECT_EQ(largest < 1e-9, family->has_linear_coordinates()) << family->name() << largest;
    kept += family->has_linear_coordinates() ? 1 : 0;
  }
  EXPECT_EQ(kept, 11);
}

TEST(Coordinates, AreThoseOfOneMixture) {
  for (const auto* family : families()) {
    const Mixture mixture = made::mixture(family->type(), 3, 4, 2.0, 7);
    const auto point = coordinates_of(mixture);
    EXPECT_EQ(static_cast<Index>(point.size()), mixture.n_parameters() + 1) << family->name();
    const Mixture same = mixture_at(point, mixture);
    expect_near(mixture.weights(), same.weights());
    expect_near(mixture.means(), same.means());
    expect_near(mixture.covariances(), same.covariances());
  }
}

// Every point is a mixture; and of covariances that differ in scale alone, any affine combination
// is another such covariance.
TEST(Coordinates, HaveNoBounds) {
  const Mixture mixture = made::mixture(CovarianceType::full, 2, 3, 2.0, 9);
  auto scaled = mixture.covariances();
  for (double& number : scaled) number *= 4.0;
  const Mixture other = Mixture::from_covariances(mixture.shape(), ScalarType::float64, {0.9, 0.1},
                                                  mixture.means(), scaled);
  auto point = coordinates_of(mixture);
  const auto end = coordinates_of(other);
  for (std::size_t i = 0; i < point.size(); ++i) point[i] += 2.0 * (end[i] - point[i]);
  auto sixteen_times = mixture.covariances();
  for (double& number : sixteen_times) number *= 16.0;
  const Mixture beyond = mixture_at(point, mixture);
  expect_near(sixteen_times, beyond.covariances());
  EXPECT_NEAR(beyond.weights()[0], 81.0 / 82.0, 1e-12);
  point.pop_back();
  EXPECT_THROW(mixture_at(point, mixture), std::invalid_argument);
}

}  // namespace
}  // namespace gaussmix
