// SPDX-License-Identifier: BSD-3-Clause
#include "densities/needs_double.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "covariance/linalg/factor.hpp"
#include "support/parallel.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;

// Whether squares of deviations are numbers of float that have all their digits.
bool squares_fit(Kind kind, Index d, const double* covariance) {
  constexpr double kSmallest = 1e-30, kLargest = 1e30;
  const Index count = kind == Kind::scalar ? 1 : d, step = kind == Kind::matrix ? d + 1 : 1;
  for (Index c = 0; c < count; ++c) {
    const double variance = covariance[c * step];
    if (!(variance > kSmallest && variance < kLargest)) return false;
  }
  return true;
}

// Of log-densities, relative to themselves. With t the trace of the inverse correlations, which is
// at least the inverse of their smallest eigenvalue, the rounding errors of U^T z have a length of
// some eps sqrt(t) / 2, relative to that of U^T z, and its square an error twice that.
double relative_error(Index d, const double* covariance, const double* factor) {
  constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
  return kEpsilon * std::sqrt(inverse_correlation_trace(d, covariance, factor));
}

}  // namespace

bool needs_double(const Densities& densities, Index j) {
  const auto& layout = densities.layout;
  const Index d = densities.features, at = layout.offset(j);
  const double* const covariance = densities.covariances + at;
  if (!squares_fit(layout.kind, d, covariance)) return true;
  constexpr double kMost = 7.7e-5;
  return layout.kind == Kind::matrix &&
         !(relative_error(d, covariance, densities.factors + at) < kMost);
}

std::vector<char> components_that_need_double(const Densities& densities, int n_threads) {
  const Index blocks = densities.layout.blocks;
  std::vector<char> in_double(static_cast<std::size_t>(densities.components));
  Execution execution(n_threads);
  const double operations = 4.0 * static_cast<double>(densities.layout.total());
  parallel_for(execution, blocks, execution.workers(blocks, operations),
               [&](Index j, int) { in_double[size_t(j)] = needs_double(densities, j) ? 1 : 0; });
  if (densities.layout.shared) std::fill(in_double.begin(), in_double.end(), in_double.front());
  return in_double;
}

}  // namespace gaussmix
