// SPDX-License-Identifier: BSD-3-Clause
#include "em/pruning/drift.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "covariance/layout.hpp"
#include "covariance/linalg/upper_triangle.hpp"
#include "densities/mixed_precision.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMatrix = Eigen::Map<const Matrix>;
using ConstArray = Eigen::Map<const Eigen::ArrayXd>;

// A component whose distances may be wrong by more, relative to themselves, is not bounded.
constexpr double kLargestError = 5e-3;

// An upper bound of the largest singular value of an upper triangular matrix.
double spectral_norm_bound(const Matrix& a) {
  const Index d = a.rows();
  Eigen::ArrayXd column_sums = Eigen::ArrayXd::Zero(d);
  double row_sum = 0.0, squares = 0.0, from_identity = 0.0;
  for (Index r = 0; r < d; ++r) {
    const auto row = a.row(r).tail(d - r).transpose().array();
    const double diagonal = a(r, r), beside = row.tail(d - r - 1).square().sum();
    row_sum = std::max(row_sum, row.abs().sum());
    column_sums.tail(d - r) += row.abs();
    squares += diagonal * diagonal + beside;
    from_identity += (diagonal - 1.0) * (diagonal - 1.0) + beside;
  }
  return std::min({std::sqrt(squares), std::sqrt(row_sum * column_sums.maxCoeff()),
                   1.0 + std::sqrt(from_identity)});
}

// The relative error of distances that are computed from rows of type `scalar` with block b of the
// covariances. A row z away from the mean has |z| <= |Sigma|^(1/2) distance, and U^T z an error of
// some sqrt(d) |U| |z| eps.
double distance_error(const Densities& densities, Index b, ScalarType scalar) {
  if (densities.layout.kind != Kind::matrix) return 0.0;
  const Index d = densities.features, at = b * d * d;
  const ConstMatrix factor(densities.factors + at, d, d);
  const ConstMatrix covariance(densities.covariances + at, d, d);
  const double epsilon = scalar == ScalarType::float32 && !needs_double(densities, b)
                             ? double{std::numeric_limits<float>::epsilon()}
                             : std::numeric_limits<double>::epsilon();
  const double largest_sum = covariance.cwiseAbs().rowwise().sum().maxCoeff();
  return epsilon * std::sqrt(static_cast<double>(d)) * factor.norm() * std::sqrt(largest_sum);
}

// The scale of the components with block b of the covariances; `error` is that of distances.
double block_scale(const CovarianceLayout& layout, Index b, const Mixture& before,
                   const Mixture& after, double error, const KeepGoing& keep_going) {
  const Index d = after.n_features();
  const double* const old_factor = before.precisions_cholesky().data() + b * layout.size;
  const double* const new_factor = after.precisions_cholesky().data() + b * layout.size;
  if (layout.kind != Kind::matrix) {
    return (ConstArray(new_factor, layout.size) / ConstArray(old_factor, layout.size)).minCoeff();
  }
  if (!(error < kLargestError)) return 0.0;
  Matrix inverse(d, d);  // of U'^T U^-T, transposed
  if (!solve_upper(d, new_factor, old_factor, inverse.data(), keep_going)) return 0.0;
  return (1.0 - error) / spectral_norm_bound(inverse);
}

// |U^T x|.
double length(Kind kind, Index d, const double* factor, const Eigen::VectorXd& x) {
  if (kind == Kind::scalar) return factor[0] * x.norm();
  if (kind == Kind::vector) return (ConstArray(factor, d) * x.array()).matrix().norm();
  return (ConstMatrix(factor, d, d).transpose() * x).norm();
}

}  // namespace

Drift drift_between(Execution& execution, const Mixture& before, const Mixture& after,
                    ScalarType scalar, const std::vector<double>& errors_before) {
  const Index k = after.n_components(), d = after.n_features();
  const auto layout = CovarianceLayout::of({after.covariance_type(), k, d});
  const auto densities_before = Densities::of(before), densities_after = Densities::of(after);
  Drift drift{std::vector<double>(size_t(k)), std::vector<double>(size_t(k)),
              std::vector<double>(size_t(layout.blocks))};
  const auto compare = [&](Index j, int worker) {
    const auto at = size_t(j);
    if (j < layout.blocks) {
      const auto keep_going = [&] { return !execution.stopping(worker); };
      drift.errors[at] = distance_error(densities_after, j, scalar);
      const double error_before =
          errors_before.empty() ? distance_error(densities_before, j, scalar) : errors_before[at];
      const double error = std::max(error_before, drift.errors[at]);
      const double scale = block_scale(layout, j, before, after, error, keep_going);
      drift.scale[at] = std::isfinite(scale) ? scale : 0.0;
    }
    const double* const factor = densities_after.factors + layout.offset(j);
    const Eigen::Map<const Eigen::VectorXd> mean_before(densities_before.means + j * d, d),
        mean_after(densities_after.means + j * d, d);
    drift.shift[at] = length(layout.kind, d, factor, mean_after - mean_before);
  };
  constexpr double kWork = 4.0;  // of a triangular solution, beside that of a matrix product
  const double operations = kWork * static_cast<double>(layout.total() * d);
  parallel_for(execution, k, execution.workers(k, operations), compare);
  if (layout.shared) std::fill(drift.scale.begin(), drift.scale.end(), drift.scale.front());
  return drift;
}

}  // namespace gaussmix
