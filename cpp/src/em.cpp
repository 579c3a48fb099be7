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

// The same responsibilities, with the products of some components in double.
template <class T>
class InDouble final : public ResponsibilitySource<T> {
 public:
  /// \param components k numbers, not 0 for those.
  InDouble(const ResponsibilitySource<T>& source, std::vector<char> components)
      : source_(source), components_(std::move(components)) {}

  const std::int32_t* order() const override { return source_.order(); }
  const double* places() const override { return source_.places(); }
  bool in_double(Index j) const override {
    return components_[static_cast<std::size_t>(j)] != 0 || source_.in_double(j);
  }
  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& keep_going) const override {
    source_.fill(first, block, shares, keep_going);
  }

 private:
  const ResponsibilitySource<T>& source_;
  std::vector<char> components_;
};

}  // namespace

template <class T>
Em<T>::Em(Execution& execution, const Dataset<T>& data, const FitOptions& options, Course& course)
    : execution_(execution),
      data_(data),
      options_(options),
      course_(course),
      total_weight_(data.total_weight()),
      shape_{options.covariance_type, options.n_components, data.rows.columns},
      m_step_options_{options.covariance_type, options.reg_covar, options.degenerate},
      accumulator_(execution, data, options.n_components,
                   family_of(options.covariance_type).scatter_form()) {}

template <class T>
EmState Em<T>::begin(int number, const ResponsibilitySource<T>& responsibilities) {
  Statistics& statistics = accumulator_.accumulate(responsibilities);
  const Mixture mixture = m_step({number, 0}, responsibilities, statistics, nullptr, std::nullopt);
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
    const Posterior<T> posterior(state.mixture, &groups, options_.n_threads);
    Statistics& statistics = accumulator_.accumulate(posterior);
    const double bound = statistics.log_likelihood() / total_weight_;
    Mixture next = m_step({state.number, report.n_iter}, posterior, statistics, &state.mixture,
                          std::exchange(before, std::nullopt));
    groups.renew(execution_);
    before = std::exchange(state.mixture, std::move(next));

    const double change = bound - std::exchange(state.lower_bound, bound);
    state.lower_bounds.push_back(bound);
    report.lower_bound = bound;
    report.converged = std::abs(change) < options_.tol;
    course_.tell({state.number, report.n_iter, bound, change, report.converged});
  }
  report.seconds += stopwatch.seconds();
}

template <class T>
Mixture Em<T>::m_step(Place place, const ResponsibilitySource<T>& source, Statistics& statistics,
                      const Mixture* previous, std::optional<Mixture> spent) {
  const Recount recount = [&](const std::vector<Index>& covariances) -> Statistics* {
    if (sizeof(T) == sizeof(double)) return nullptr;
    const bool shared = shape_.type == CovarianceType::tied;
    std::vector<char> components(static_cast<std::size_t>(shape_.components), shared ? 1 : 0);
    for (const Index b : covariances) components[static_cast<std::size_t>(b)] = 1;
    bool all_were = true;
    for (Index j = 0; j < shape_.components; ++j) {
      all_were = all_were && (components[static_cast<std::size_t>(j)] == 0 || source.in_double(j));
    }
    if (all_were) return nullptr;
    source.repeat();
    return &accumulator_.accumulate(InDouble<T>(source, std::move(components)));
  };
  auto result =
      maximize(execution_, statistics, m_step_options_, previous, std::move(spent), recount);
  for (auto& repair : result.repairs) {
    course_.record({place.start, place.iteration, repair.component, std::move(repair.reason),
                    std::move(repair.action)});
  }
  return std::move(result.mixture);
}

template class Em<float>;
template class Em<double>;

}  // namespace gaussmix
