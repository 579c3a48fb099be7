// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/layout.hpp"

namespace gaussmix {

CovarianceLayout CovarianceLayout::of(const Mixture::Shape& shape) {
  const Index k = shape.components, d = shape.features;
  switch (shape.type) {
    case CovarianceType::full:
      return {Kind::matrix, false, k, d * d};
    case CovarianceType::tied:
      return {Kind::matrix, true, 1, d * d};
    case CovarianceType::diag:
      return {Kind::vector, false, k, d};
    case CovarianceType::spherical:
      break;
  }
  return {Kind::scalar, false, k, 1};
}

}  // namespace gaussmix
