// SPDX-License-Identifier: BSD-3-Clause
#include "em.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "covariance/family.hpp"
#include "posterior.hpp"
#include "row_groups.hpp"
#include "stopwatch.hpp"

namespace gaussmix {
namespace {

// The memory of a larger one is had anew, not kept while there are statistics: its page faults are
// little beside the work that goes into it.
bool is_large(const Mixture& mixture) {
  constexpr std::size_t kLarge = std::size_t{4} << 20;  // bytes
  return mixture.covariances().size() * sizeof(double) > kLarge;
}

}  // namespace

template <class T>
Em<T>::Em(Execution& execution, const Dataset<T>& data, const FitOptions& options, Course& course)
    : execution_(execution),
      data_(data),
      options_(options),
      course_(course),
      total_weight_(data.total_weight()),
      shape_{options.covariance_type, options.n_components, data.rows.columns},
      m_step_{options.covariance_type, options.reg_covar, options.degenerate, scalar_type_of<T>()},
      accumulator_(execution, data, options.n_components,
                   family_of(options.covariance_type).scatter_form()) {}

template <class T>
EmState Em<T>::begin(int number, const ResponsibilitySource<T>& responsibilities) {
  auto estimated =
      maximize(execution_, accumulator_.accumulate(responsibilities), m_step_, nullptr);
  for (auto& repair : estimated.repairs) {
    course_.record(
        {number, 0, repair.component, std::move(repair.reason), std::move(repair.action)});
  }
  const Mixture& mixture = estimated.mixture;
  const UserStart& user = options_.user_start;
  const auto& weights = user.weights.empty() ? mixture.weights() : user.weights;
  const auto& means = user.means.empty() ? mixture.means() : user.means;
  return {
      number,
      user.precisions.empty()
          ? Mixture::from_precisions_cholesky(shape_, ScalarType::float64, weights, means,
                                              mixture.precisions_cholesky(), mixture.covariances())
          : Mixture::from_precisions(shape_, ScalarType::float64, weights, means, user.precisions,
                                     options_.interrupted, options_.n_threads),
      -std::numeric_limits<double>::infinity()};
}

template <class T>
void Em<T>::advance(EmState& state, int n_iter) {
  const Stopwatch stopwatch;
  StartReport& report = state.report;
  RowGroups groups(data_.rows.rows, options_.n_components);
  std::optional<Mixture> before;
  while (report.n_iter < n_iter && !report.converged && !course_.stopped()) {
    ++report.n_iter;
    groups.follow(execution_, before ? &*before : nullptr, state.mixture, scalar_type_of<T>());
    if (is_large(state.mixture)) before.reset();
    Statistics& statistics =
        accumulator_.accumulate(Posterior<T>(state.mixture, &groups, options_.n_threads));
    groups.renew(execution_);
    const double bound = statistics.log_likelihood() / total_weight_;
    before =
        std::exchange(state.mixture, maximize_and_record(state, statistics, std::move(before)));

    const double change = bound - std::exchange(state.lower_bound, bound);
    state.lower_bounds.push_back(bound);
    report.lower_bound = bound;
    report.converged = std::abs(change) < options_.tol;
    course_.tell({state.number, report.n_iter, bound, change, report.converged});
  }
  report.seconds += stopwatch.seconds();
}

template <class T>
Mixture Em<T>::maximize_and_record(const EmState& state, Statistics& statistics,
                                   std::optional<Mixture> spent) {
  auto result = maximize(execution_, statistics, m_step_, &state.mixture, std::move(spent));
  for (auto& repair : result.repairs) {
    course_.record({state.number, state.report.n_iter, repair.component, std::move(repair.reason),
                    std::move(repair.action)});
  }
  return std::move(result.mixture);
}

template class Em<float>;
template class Em<double>;

}  // namespace gaussmix
