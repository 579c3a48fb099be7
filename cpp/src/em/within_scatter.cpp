// SPDX-License-Identifier: BSD-3-Clause
#include "em/within_scatter.hpp"

#include <algorithm>
#include <limits>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "covariance/linalg/symmetric.hpp"
#include "statistics/moments/moment_adder.hpp"

namespace gaussmix {

template <class T>
WithinScatter::WithinScatter(Execution& execution, const Dataset<T>& data)
    : total_(statistics_of_all(execution, data, ScatterForm::full)),
      epsilon_(static_cast<double>(std::numeric_limits<T>::epsilon())),
      largest_error_(sizeof(T) == sizeof(float) ? 1e-3 : 1e-11) {}

template WithinScatter::WithinScatter(Execution&, const Dataset<float>&);
template WithinScatter::WithinScatter(Execution&, const Dataset<double>&);

// With S the within scatter and r the largest ratio of T's and S's diagonals, entries of S, scaled
// to a diagonal of ones, have an error of some r eps: from the subtraction, and because the weights
// n_j are sums of responsibilities rounded to the type of the rows. An eigenvalue then has a
// relative error of the same times the trace of the inverse of S so scaled.
double WithinScatter::error_of(const double* scatter) const {
  const Index d = total_.n_features();
  std::vector<double> within(scatter, scatter + d * d), factor(within);
  mirror(d, within.data());
  if (!factor_covariance(CovarianceLayout::Kind::matrix, d, within.data(), factor.data())) {
    return std::numeric_limits<double>::infinity();
  }
  double ratio = 1.0;
  for (Index r = 0; r < d; ++r) {
    ratio = std::max(ratio, total_.scatter(0)[r * d + r] / within[size_t(r * d + r)]);
  }
  return ratio * epsilon_ * inverse_correlation_trace(d, within.data(), factor.data()) /
         largest_error_;
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
