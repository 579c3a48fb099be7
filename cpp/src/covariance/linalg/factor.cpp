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

Index block_size(Kind kind, Index d) {
  switch (kind) {
    case Kind::matrix:
      return d * d;
    case Kind::vector:
      return d;
    case Kind::scalar:
      return 1;
  }
  return 0;
}

// out[i] = function(in[i]) for a block without covariances; false if a result is not a positive
// finite number.
template <class Function>
bool transform(Kind kind, Index d, const double* in, double* out, const Function& function) {
  bool sound = true;
  for (Index i = 0; i < block_size(kind, d); ++i) {
    out[i] = function(in[i]);
    sound = sound && out[i] > 0.0 && std::isfinite(out[i]);
  }
  return sound;
}

// A row of a Cholesky factor with an entry that is not finite has such a diagonal, too.
bool sound_factor(const Matrix& factor) {
  const auto diagonal = factor.diagonal().array();
  return diagonal.isFinite().all() && (diagonal > 0.0).all();
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
  if (cholesky.info() != Eigen::Success || !sound_factor(cholesky.matrixLLT())) return false;
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
  double sum = 0.0;
  for (Index c = 0; c < d; ++c) {
    switch (kind) {
      case Kind::matrix:
        sum += std::log(precisions_cholesky[c * d + c]);
        break;
      case Kind::vector:
        sum += std::log(precisions_cholesky[c]);
        break;
      case Kind::scalar:
        sum += std::log(precisions_cholesky[0]);
        break;
    }
  }
  return sum;
}

}  // namespace gaussmix
