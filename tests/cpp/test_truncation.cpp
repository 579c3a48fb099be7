// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "covariance/families/family.hpp"
#include "em/in_memory.hpp"
#include "em/pruning/budget.hpp"
#include "gaussmix/fit.hpp"
#include "made_mixture.hpp"

namespace gaussmix {
namespace {

// What a pair at the floor, and below it, can take from a row and from a component.
TEST(Budget, HoldsWhatIsDropped) {
  for (const Index d : {1, 2, 8, 100, 1000}) {
    const Mixture mixture = made::mixture(CovarianceType::diag, 5, d, 1.0, 3);
    for (const double truncation : {0.0, 1e-9, 0.01, 0.5}) {
      const Budget budget(mixture, truncation);
      const double share = truncation > 0.0 ? truncation : 1e-17;
      for (Index j = 0; j < 5; ++j) {
        const double weight = mixture.weights()[size_t(j)];
        EXPECT_DOUBLE_EQ(budget.responsibilities()[size_t(j)], share * weight);
        for (const double of_mixture : {-2000.0, -300.0, -10.0, 0.0, 40.0}) {
          const double floor = budget.floor(j, of_mixture);
          for (const double log_density : {floor, floor - 1.0, floor - 100.0}) {
            const double responsibility = std::exp(log_density - of_mixture);
            const double squared = 2.0 * (mixture.log_normalizers()[size_t(j)] - log_density);
            if (squared < 0.0) continue;  // no row has such a density
            EXPECT_LE(responsibility, share * weight);
            if (truncation == 0.0) {
              EXPECT_LE(squared * responsibility, share * weight);
            }
          }
        }
      }
    }
  }
}

TEST(Budget, IsNotWasted) {
  const Mixture mixture = made::mixture(CovarianceType::diag, 4, 8, 1.0, 3);
  const double c = mixture.log_normalizers()[0];
  // The distance at which a component with a quarter of the weight may be passed over, where the
  // mixture has the density of another one's mean.
  const auto distance = [&](double truncation) {
    return std::sqrt(2.0 * (c - Budget(mixture, truncation).floor(0, c)));
  };
  EXPECT_NEAR(distance(0.01), std::sqrt(2.0 * std::log(400.0)), 0.02);
  EXPECT_NEAR(distance(0.0), std::sqrt(2.0 * (std::log(4e17) + std::log(90.0))), 0.1);
}

TEST(Budget, OfAComponentWithoutWeightIsNoNumberToStumbleOn) {
  const Mixture mixture = Mixture::from_covariances(
      {CovarianceType::spherical, 2, 1}, ScalarType::float64, {1.0, 0.0}, {0.0, 0.0}, {1.0, 1.0});
  for (const double truncation : {0.0, 0.01}) {
    const Budget budget(mixture, truncation);
    EXPECT_GT(budget.floor(1, -3.0), -std::numeric_limits<double>::infinity());
    EXPECT_FALSE(std::isnan(budget.floor(1, -3.0)));
  }
}

struct Course {
  std::vector<double> bounds;
  std::vector<Mixture> mixtures;
};

template <class T>
Course course(CovarianceType type, double separation, double truncation, bool prunes) {
  constexpr Index k = 12, d = 9, rows = 4000;
  const auto x = made::clusters<T>(rows, d, k, separation);
  const Dataset<T> data({x.data(), rows, d}, nullptr);
  Execution execution(2);
  InMemory<T> engine(execution, data, k, family_of(type).scatter_form(), nullptr, prunes);
  engine.truncate(truncation);
  Model model;
  model.family = &family_of(type);
  Monitor monitor({});
  Em em(execution, engine, model, 0.0, monitor);
  Course out;
  Mixture mixture = made::mixture(type, k, d, separation, 3);
  for (int i = 0; i < 15; ++i) {
    Em::Step step = em.step(mixture);
    out.bounds.push_back(step.lower_bound);
    out.mixtures.push_back(mixture = std::move(step.mixture));
  }
  return out;
}

// Groups of rows leave out what the formula leaves out. Where a density is within the truncation's
// square of the share, one may drop it and the other not.
template <class T>
void expect_the_same_with_groups(CovarianceType type, double separation) {
  constexpr double kTruncation = 1e-3;
  const Course grouped = course<T>(type, separation, kTruncation, true);
  const Course plain = course<T>(type, separation, kTruncation, false);
  const Course exact = course<T>(type, separation, 0.0, false);
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-3 : 1e-6;
  for (std::size_t i = 0; i < plain.bounds.size(); ++i) {
    EXPECT_NEAR(grouped.bounds[i], plain.bounds[i], tolerance) << i;
    for (std::size_t j = 0; j < 12; ++j) {
      EXPECT_NEAR(grouped.mixtures[i].weights()[j], plain.mixtures[i].weights()[j], tolerance);
    }
  }
  EXPECT_LT(plain.bounds[0], exact.bounds[0] + tolerance * 1e-3);
  EXPECT_GT(plain.bounds[0], exact.bounds[0] + std::log1p(-kTruncation) - tolerance * 1e-3);
}

TEST(Truncation, IsTheSameWithGroups) {
  for (const auto type : {CovarianceType::full, CovarianceType::tied, CovarianceType::diag,
                          CovarianceType::spherical}) {
    for (const double separation : {1.0, 6.0}) {
      expect_the_same_with_groups<double>(type, separation);
      expect_the_same_with_groups<float>(type, separation);
    }
  }
}

TEST(Truncation, IsInItsRange) {
  const auto x = made::clusters<double>(60, 2, 2, 3.0);
  FitOptions options;
  options.n_components = 2;
  for (const double truncation : {-1e-9, 0.11, std::nan("")}) {
    options.truncation = truncation;
    EXPECT_THROW(fit<double>({x.data(), 60, 2}, options), std::invalid_argument);
  }
  options.truncation = 0.1;
  const FitResult result = fit<double>({x.data(), 60, 2}, options);
  EXPECT_GE(result.truncation_error, 0.0);
  EXPECT_LE(result.truncation_error, -std::log1p(-0.1));
}

}  // namespace
}  // namespace gaussmix
