// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/linalg/factor.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "covariance/linalg/symmetric.hpp"
#include "covariance/linalg/upper_triangle.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Map = Eigen::Map<Matrix>;

bool positive_and_finite(double value) { return value > 0.0 && std::isfinite(value); }

// out = function(in) for the numbers of a block without covariances; whether all are positive and
// finite.
template <class Function>
bool transform(Kind kind, Index d, const double* in, double* out, const Function& function) {
  const Index count = kind == Kind::vector ? d : 1;
  std::transform(in, in + count, out, function);
  return std::all_of(out, out + count, positive_and_finite);
}

}  // namespace

bool factor_covariance(Kind kind, Index d, const double* covariance, double* precisions_cholesky,
                       const KeepGoing& keep_going) {
  if (kind != Kind::matrix) {
    return transform(kind, d, covariance, precisions_cholesky,
                     [](double variance) { return 1.0 / std::sqrt(variance); });
  }
  // covariance = R^T R gives precision = R^-1 R^-T.
  return inverse_cholesky(d, covariance, precisions_cholesky, keep_going);
}

bool factor_precision(Kind kind, Index d, const double* precision, double* precisions_cholesky) {
  if (kind != Kind::matrix) {
    return transform(kind, d, precision, precisions_cholesky,
                     [](double value) { return std::sqrt(value); });
  }
  // With J the reversal of rows or columns, J precision J = L L^T gives U = J L J.
  const Eigen::LLT<Matrix> cholesky(Matrix(ConstMap(precision, d, d).reverse()));
  if (cholesky.info() != Eigen::Success) return false;
  // A row with an entry that is not finite has such a diagonal, too.
  const Eigen::VectorXd diagonal = cholesky.matrixLLT().diagonal();
  if (!std::all_of(diagonal.begin(), diagonal.end(), positive_and_finite)) return false;
  Map(precisions_cholesky, d, d) = Matrix(cholesky.matrixL()).reverse();
  return true;
}

void precision_of(Kind kind, Index d, const double* precisions_cholesky, double* precision) {
  if (kind != Kind::matrix) {
    transform(kind, d, precisions_cholesky, precision, [](double u) { return u * u; });
    return;
  }
  const ConstMap factor(precisions_cholesky, d, d);
  Map(precision, d, d).noalias() = factor * factor.transpose();
}

void covariance_of(Kind kind, Index d, const double* precisions_cholesky, double* covariance) {
  if (kind != Kind::matrix) {
    transform(kind, d, precisions_cholesky, covariance, [](double u) { return 1.0 / (u * u); });
    return;
  }
  const Matrix inverse = ConstMap(precisions_cholesky, d, d)
                             .triangularView<Eigen::Upper>()
                             .solve(Matrix::Identity(d, d));
  Map(covariance, d, d).triangularView<Eigen::Lower>() = inverse.transpose() * inverse;
  mirror(d, covariance);
}

double inverse_correlation_trace(Index d, const double* covariance,
                                 const double* precisions_cholesky) {
  double trace = 0.0;
  for (Index r = 0; r < d; ++r) {
    const Eigen::Map<const Eigen::VectorXd> row(precisions_cholesky + r * d + r, d - r);
    trace += covariance[r * d + r] * row.squaredNorm();
  }
  return trace;
}

double log_determinant(Kind kind, Index d, const double* precisions_cholesky) {
  const Index step = kind == Kind::matrix ? d + 1 : kind == Kind::vector ? 1 : 0;
  double sum = 0.0;
  for (Index c = 0; c < d; ++c) sum += std::log(precisions_cholesky[c * step]);
  return sum;
}

}  // namespace gaussmix
