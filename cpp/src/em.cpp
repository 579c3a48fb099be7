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

// Which components have so few rows that their scatter may be near singular, so that sums of float
// would have to be made a second time in double, with a whole E-step. Their weights, not sample
// weights, say how many; the first responsibilities of a start have no mixture that could.
std::vector<char> of_few_rows(const Mixture& mixture, Index rows) {
  constexpr Index kRowsPerFeature = 2;
  const auto few = static_cast<double>(kRowsPerFeature * mixture.n_features());
  std::vector<char> components;
  for (const double weight : mixture.weights()) {
    components.push_back(weight * static_cast<double>(rows) < few ? 1 : 0);
  }
  return components;
}

// The same responsibilities, with the products of some components in double.
template <class T>
class InDouble final : public ResponsibilitySource<T> {
 public:
  /// \param found k numbers, not 0 for those that were found to need it, or none. They may change
  /// from call to call.
  /// \param expected the same of those that are likely to.
  InDouble(const ResponsibilitySource<T>& source, const std::vector<char>& found,
           std::vector<char> expected = {})
      : source_(source), found_(found), expected_(std::move(expected)) {}

  const std::int32_t* order() const override { return source_.order(); }
  bool complete() const override {
    return source_.complete() && std::count(found_.begin(), found_.end(), 1) == 0;
  }
  const double* places() const override { return source_.places(); }
  bool in_double(Index j) const override {
    return has(found_, j) || has(expected_, j) || source_.in_double(j);
  }
  void repeat() const override { source_.repeat(); }
  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& keep_going) const override {
    source_.fill(first, block, shares, keep_going);
  }

 private:
  static bool has(const std::vector<char>& components, Index j) {
    return !components.empty() && components[static_cast<std::size_t>(j)] != 0;
  }

  const ResponsibilitySource<T>& source_;
  const std::vector<char>& found_;
  std::vector<char> expected_;
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
  std::vector<char> in_double;
  const InDouble<T> source(responsibilities, in_double);
  Statistics& statistics = accumulator_.accumulate(source);
  const Mixture mixture = m_step({number, 0}, source, statistics, in_double, nullptr, std::nullopt);
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
  while (report.n_iter < n_iter && !report.converged && !course_.stopped()) {
    ++report.n_iter;
    groups.follow(execution_, before ? &*before : nullptr, state.mixture, scalar_type_of<T>());
    if (is_large(state.mixture)) before.reset();
    const Posterior<T> posterior(state.mixture, &groups, options_.n_threads);
    const InDouble<T> source(posterior, state.in_double, likely_in_double(state.mixture));
    Statistics& statistics = accumulator_.accumulate(source);
    const double bound = statistics.log_likelihood() / total_weight_;
    Mixture next = m_step({state.number, report.n_iter}, source, statistics, state.in_double,
                          &state.mixture, std::exchange(before, std::nullopt));
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
std::vector<char> Em<T>::likely_in_double(const Mixture& mixture) const {
  const bool own = shape_.type == CovarianceType::full && sizeof(T) == sizeof(float);
  return own ? of_few_rows(mixture, data_.rows.rows) : std::vector<char>();
}

template <class T>
Mixture Em<T>::m_step(Place place, const ResponsibilitySource<T>& source, Statistics& statistics,
                      std::vector<char>& in_double, const Mixture* previous,
                      std::optional<Mixture> spent) {
  const Recount recount = [&](const std::vector<Index>& covariances) -> Statistics* {
    if (sizeof(T) == sizeof(double)) return nullptr;
    bool changed = false;
    in_double.resize(static_cast<std::size_t>(shape_.components), 0);
    const auto mark = [&](Index j) {
      changed = changed || !source.in_double(j);
      in_double[static_cast<std::size_t>(j)] = 1;
    };
    if (shape_.type == CovarianceType::tied) {
      for (Index j = 0; j < shape_.components; ++j) mark(j);
    } else {
      std::for_each(covariances.begin(), covariances.end(), mark);
    }
    if (!changed) return nullptr;
    source.repeat();
    return &accumulator_.accumulate(source);
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
