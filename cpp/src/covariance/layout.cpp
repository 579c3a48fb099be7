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

std::vector<Index> CovarianceLayout::array_shape(Index d) const {
  std::vector<Index> shape;
  if (!shared) shape.push_back(blocks);
  if (kind != Kind::scalar) shape.push_back(d);
  if (kind == Kind::matrix) shape.push_back(d);
  return shape;
}

}  // namespace gaussmix
