// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"

namespace gaussmix {

const Family& family_of(CovarianceType type) {
  switch (type) {
    case CovarianceType::full:
      return full_family();
    case CovarianceType::tied:
      return tied_family();
    case CovarianceType::diag:
      return diag_family();
    case CovarianceType::spherical:
      break;
  }
  return spherical_family();
}

const Family& family_of(const Mixture::Shape& shape) {
  return shape.family != nullptr ? *shape.family : family_of(shape.type);
}

}  // namespace gaussmix
