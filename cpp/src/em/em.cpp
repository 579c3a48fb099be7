// SPDX-License-Identifier: BSD-3-Clause
#include "em/em.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "covariance/families/family.hpp"
#include "em/posterior.hpp"
#include "em/pruning/row_groups.hpp"
#include "support/stopwatch.hpp"

namespace gaussmix {
namespace {

// The memory of a larger one is had anew, not kept while there are statistics: its page faults are
// little beside the work that goes into it.
bool is_large(const Mixture& mixture) {
  constexpr std::size_t kLarge = std::size_t{4} << 20;  // bytes
  return mixture.covariances().size() * sizeof(double) > kLarge;
}

// Whether a component has so few rows that its scatter may be near singular, so that sums of float
// would have to be made a second time in double, with a whole E-step. Its weight, not sample
// weights, says how many; the first responsibilities of a start have no mixture that could.
bool has_few_rows(const Mixture& mixture, Index j, Index rows) {
  constexpr double kRowsPerFeature = 2.0;
  return mixture.weights()[size_t(j)] * static_cast<double>(rows) <
         kRowsPerFeature * static_cast<double>(mixture.n_features());
}

// The same responsibilities, with the products of some components in double.
template <class T>
class InDouble final : public ResponsibilitySource<T> {
 public:
  /// \param components k numbers, not 0 for those
  InDouble(const ResponsibilitySource<T>& source, std::vector<char> components)
      : source_(source), components_(std::move(components)) {}

  const std::int32_t* order() const override { return source_.order(); }
  bool complete() const override {
    return source_.complete() && std::count(components_.begin(), components_.end(), 1) == 0;
  }
  const double* places() const override { return source_.places(); }
  bool in_double(Index j) const override {
    return components_[size_t(j)] != 0 || source_.in_double(j);
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
  std::vector<char> in_double(size_t(shape_.components), 0);
  const Mixture mixture =
      step({number, 0}, responsibilities, in_double, nullptr, std::nullopt).mixture;
  const UserStart& user = options_.user_start;
  const auto& weights = user.weights.empty() ? mixture.weights() : user.weights;
  const auto& means = user.means.empty() ? mixture.means() : user.means;
  EmState state{
      number,
      user.precisions.empty()
          ? Mixture::from_precisions_cholesky(shape_, ScalarType::float64, weights, means,
                                              mixture.precisions_cholesky(), mixture.covariances())
          : Mixture::from_precisions(shape_, ScalarType::float64, weights, means, user.precisions,
                                     options_.interrupted, options_.n_threads),
      -std::numeric_limits<double>::infinity()};
  state.in_double = std::move(in_double);
  return state;
}

template <class T>
void Em<T>::advance(EmState& state, int n_iter) {
  const Stopwatch stopwatch;
  StartReport& report = state.report;
  RowGroups groups(data_.rows.rows, options_.n_components);
  std::optional<Mixture> before;
  state.in_double.resize(size_t(shape_.components), 0);
  while (report.n_iter < n_iter && !report.converged && !course_.stopped()) {
    ++report.n_iter;
    groups.follow(execution_, before ? &*before : nullptr, state.mixture, scalar_type_of<T>());
    if (is_large(state.mixture)) before.reset();
    Step next = step({state.number, report.n_iter},
                     Posterior<T>(state.mixture, &groups, options_.n_threads), state.in_double,
                     &state.mixture, std::exchange(before, std::nullopt));
    groups.renew(execution_);
    before = std::exchange(state.mixture, std::move(next.mixture));

    const double bound = next.log_likelihood / total_weight_;
    const double change = bound - std::exchange(state.lower_bound, bound);
    state.lower_bounds.push_back(bound);
    report.lower_bound = bound;
    report.converged = std::abs(change) < options_.tol;
    course_.tell({state.number, report.n_iter, bound, change, report.converged});
  }
  report.seconds += stopwatch.seconds();
}

// Float sums that were too coarse for a covariance are made a second time, in double.
template <class T>
typename Em<T>::Step Em<T>::step(Place place, const ResponsibilitySource<T>& responsibilities,
                                 std::vector<char>& in_double, const Mixture* previous,
                                 std::optional<Mixture> spent) {
  const InDouble<T> source(responsibilities, likely_in_double(in_double, previous));
  std::optional<Maximization> maximization;
  Statistics& statistics = accumulator_.accumulate(source);
  const double log_likelihood = statistics.log_likelihood();
  maximization.emplace(execution_, statistics, m_step_options_, previous, std::move(spent));
  if (sizeof(T) == sizeof(float) && mark(maximization->lost_in_float(), source, in_double)) {
    maximization.reset();
    Statistics& precise = accumulator_.accumulate(
        InDouble<T>(responsibilities, likely_in_double(in_double, previous)));
    maximization.emplace(execution_, precise, m_step_options_, previous);
  }
  auto result = maximization->finish();
  for (auto& repair : result.repairs) {
    course_.record({place.start, place.iteration, repair.component, std::move(repair.reason),
                    std::move(repair.action)});
  }
  return {std::move(result.mixture), log_likelihood};
}

template <class T>
std::vector<char> Em<T>::likely_in_double(std::vector<char> in_double,
                                          const Mixture* mixture) const {
  const bool own = shape_.type == CovarianceType::full && sizeof(T) == sizeof(float);
  for (Index j = 0; own && mixture != nullptr && j < shape_.components; ++j) {
    if (has_few_rows(*mixture, j, data_.rows.rows)) in_double[size_t(j)] = 1;
  }
  return in_double;
}

template <class T>
bool Em<T>::mark(const std::vector<Index>& covariances, const ResponsibilitySource<T>& source,
                 std::vector<char>& in_double) const {
  bool any = false;
  const auto mark_one = [&](Index j) {
    any = any || !source.in_double(j);
    in_double[size_t(j)] = 1;
  };
  if (shape_.type == CovarianceType::tied) {
    for (Index j = 0; j < shape_.components; ++j) mark_one(j);
  } else {
    std::for_each(covariances.begin(), covariances.end(), mark_one);
  }
  return any;
}

template class Em<float>;
template class Em<double>;

}  // namespace gaussmix
