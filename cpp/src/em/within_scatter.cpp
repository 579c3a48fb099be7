// SPDX-License-Identifier: BSD-3-Clause
#include "em/within_scatter.hpp"

#include <algorithm>
#include <limits>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "covariance/linalg/symmetric.hpp"
#include "statistics/moments/all_rows.hpp"

namespace gaussmix {

template <class T>
WithinScatter::WithinScatter(Execution& execution, const Dataset<T>& data)
    : total_(statistics_of_all(execution, data, ScatterForm::full)),
      epsilon_(static_cast<double>(std::numeric_limits<T>::epsilon())),
      largest_error_(sizeof(T) == sizeof(float) ? 1e-3 : 1e-11) {}

template WithinScatter::WithinScatter(Execution&, const Dataset<float>&);
template WithinScatter::WithinScatter(Execution&, const Dataset<double>&);

// The scatter within is foretold twice: as the mixture's covariance, and as what its means leave of
// T, since a user's covariance need not have to do with the rows.
bool WithinScatter::keeps_digits(const Mixture& mixture) const {
  if (!keeps_digits(mixture.covariances().data(), mixture.precisions_cholesky().data())) {
    return false;
  }
  const Index d = total_.n_features();
  const auto mean = total_.mean(0);
  std::vector<double> within(total_.scatter(0), total_.scatter(0) + d * d), factor(within);
  for (double& entry : within) entry /= total_.weight(0);
  for (Index j = 0; j < mixture.n_components(); ++j) {
    const double* const own = mixture.means().data() + j * d;
    for (Index r = 0; r < d; ++r) {
      const double times = mixture.weights()[size_t(j)] * (own[r] - mean[size_t(r)]);
      for (Index c = 0; c <= r; ++c) {
        within[size_t(r * d + c)] -= times * (own[c] - mean[size_t(c)]);
      }
    }
  }
  mirror(d, within.data());
  return factor_covariance(CovarianceLayout::Kind::matrix, d, within.data(), factor.data()) &&
         keeps_digits(within.data(), factor.data());
}

// With S the within scatter and r the largest ratio of T's and S's diagonals, an entry of S, each
// feature divided by its deviation, is off by some r eps: from the subtraction, and because the
// weights n_j are sums of responsibilities that were rounded to the type of the rows. An eigenvalue
// may then be off by the same, relative to itself, times the trace of the inverse of S so scaled.
bool WithinScatter::keeps_digits(const double* within, const double* factor) const {
  const Index d = total_.n_features();
  double ratio = 1.0;
  for (Index r = 0; r < d; ++r) {
    const double variance = total_.scatter(0)[r * d + r] / total_.weight(0);
    ratio = std::max(ratio, variance / within[r * d + r]);
  }
  return ratio * epsilon_ * inverse_correlation_trace(d, within, factor) < largest_error_;
}

std::vector<double> WithinScatter::pooled_scatter(const Statistics& means) const {
  const Index d = means.n_features();
  std::vector<double> scatter(total_.scatter(0), total_.scatter(0) + d * d);
  std::vector<double> delta(static_cast<std::size_t>(d));
  for (Index j = 0; j < means.n_components(); ++j) {
    const double weight = means.weight(j);
    if (!(weight > 0.0)) continue;
    for (Index c = 0; c < d; ++c) {
      delta[size_t(c)] = (means.reference(j)[c] - total_.reference(0)[c]) +
                         (means.mean_difference(j)[c] - total_.mean_difference(0)[c]);
    }
    for (Index r = 0; r < d; ++r) {
      const double times = weight * delta[size_t(r)];
      for (Index c = 0; c <= r; ++c) scatter[size_t(r * d + c)] -= times * delta[size_t(c)];
    }
  }
  return scatter;
}

}  // namespace gaussmix
