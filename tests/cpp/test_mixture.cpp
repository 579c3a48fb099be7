// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/mixture.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

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

}  // namespace
}  // namespace gaussmix
