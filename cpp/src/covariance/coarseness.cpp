// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/coarseness.hpp"

#include <algorithm>
#include <limits>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "support/parallel.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;

// Whether squares of deviations, and sums of them, are numbers of float that have all their digits.
bool squares_fit(Kind kind, Index d, const double* covariance) {
  constexpr double kSmallest = 1e-30, kLargest = 1e30;
  const Index count = kind == Kind::scalar ? 1 : d, step = kind == Kind::matrix ? d + 1 : 1;
  for (Index c = 0; c < count; ++c) {
    const double variance = covariance[c * step];
    if (!(variance > kSmallest && variance < kLargest)) return false;
  }
  return true;
}

// With t the trace of the inverse correlations, which is at least the inverse of their smallest
// eigenvalue: the rounding errors of a scatter of at least two rows a feature change that
// eigenvalue by at most 6 eps t of itself (measured, for 2 to 256 features, also for rows with
// heavy tails; of fewer rows by up to 16, and a fit sums these in double). Those of U^T z have a
// length of some eps sqrt(t) / 2, relative to that of U^T z, and a log-density an error twice that,
// relative to itself: 1e-4 at most where the scatter is good.
double relative_error(Index d, const double* covariance, const double* factor) {
  constexpr double kError = 6.0 * std::numeric_limits<float>::epsilon();
  return kError * inverse_correlation_trace(d, covariance, factor);
}

}  // namespace

bool float_is_too_coarse(const Mixture& mixture, Index j) {
  const Index d = mixture.n_features();
  const auto layout = CovarianceLayout::of({mixture.covariance_type(), mixture.n_components(), d});
  const Index at = layout.offset(j);
  const double* const covariance = mixture.covariances().data() + at;
  if (!squares_fit(layout.kind, d, covariance)) return true;
  constexpr double kMost = 0.3;
  return layout.kind == Kind::matrix &&
         !(relative_error(d, covariance, mixture.precisions_cholesky().data() + at) < kMost);
}

std::vector<char> where_float_is_too_coarse(const Mixture& mixture, int n_threads) {
  const Index k = mixture.n_components();
  const bool shared = mixture.covariance_type() == CovarianceType::tied;
  std::vector<char> coarse(static_cast<std::size_t>(k));
  const Index blocks = shared ? 1 : k;
  Execution execution(n_threads);
  const double operations = 4.0 * static_cast<double>(mixture.precisions_cholesky().size());
  parallel_for(execution, blocks, execution.workers(blocks, operations),
               [&](Index j, int) { coarse[size_t(j)] = float_is_too_coarse(mixture, j) ? 1 : 0; });
  if (shared) std::fill(coarse.begin(), coarse.end(), coarse.front());
  return coarse;
}

}  // namespace gaussmix
