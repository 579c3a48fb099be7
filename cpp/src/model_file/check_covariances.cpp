// SPDX-License-Identifier: BSD-3-Clause
#include "model_file/check_covariances.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>

#include "covariance/layout.hpp"

namespace gaussmix {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Limits = std::numeric_limits<double>;

// The rounding of a scalar type: relative, and of numbers too small for that.
struct Rounding {
  double relative, absolute;
};
template <class T>
constexpr Rounding kRounding{std::numeric_limits<T>::epsilon(),
                             std::numeric_limits<T>::denorm_min()};

// A variance is never below the conditional variance given the other features, the inverse of the
// precision's diagonal entry. The factor 2 covers how the two were computed.
bool variance_is_sound(double variance, double precision, const Rounding& rounding) {
  return 2.0 * (variance + rounding.absolute) * precision >= 1.0;
}

bool matrix_is_sound(Index d, const double* covariance, const double* factor,
                     const Rounding& rounding) {
  const ConstMap S(covariance, d, d), U(factor, d, d);
  const Eigen::VectorXd precisions = U.rowwise().squaredNorm();
  for (Index i = 0; i < d; ++i) {
    if (!variance_is_sound(S(i, i), precisions[i], rounding)) return false;
  }
  const auto size = static_cast<double>(d);
  const double relative = size * rounding.relative + 4.0 * size * (size + 1.0) * Limits::epsilon();
  const Eigen::VectorXd deviations = S.diagonal().cwiseMax(0.0).cwiseSqrt();
  Matrix raised(d, d);  // the upper triangle
  for (Index r = 0; r < d; ++r) {
    for (Index c = 0; c < r; ++c) {
      const double tolerance = 2e-5 * deviations[r] * deviations[c] + rounding.absolute;
      if (!(std::abs(S(r, c) - S(c, r)) <= tolerance)) return false;
      raised(c, r) = S(c, r);
    }
    raised(r, r) = S(r, r) * (1.0 + relative) + size * rounding.absolute;
  }
  return Eigen::LLT<Eigen::Ref<Matrix>, Eigen::Upper>(raised).info() == Eigen::Success;
}

}  // namespace

bool covariances_are_sound(const Mixture& mixture) {
  const auto layout = CovarianceLayout::of(mixture.shape());
  const Rounding& rounding =
      mixture.scalar_type() == ScalarType::float32 ? kRounding<float> : kRounding<double>;
  const double* covariance = mixture.covariances().data();
  const double* factor = mixture.precisions_cholesky().data();
  if (layout.kind != CovarianceLayout::Kind::matrix) {
    for (Index i = 0; i < layout.total(); ++i) {
      if (!variance_is_sound(covariance[i], factor[i] * factor[i], rounding)) return false;
    }
    return true;
  }
  for (Index b = 0; b < layout.blocks; ++b) {
    if (!matrix_is_sound(mixture.n_features(), covariance + b * layout.size,
                         factor + b * layout.size, rounding)) {
      return false;
    }
  }
  return true;
}

}  // namespace gaussmix
