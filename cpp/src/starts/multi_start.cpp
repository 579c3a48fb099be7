// SPDX-License-Identifier: BSD-3-Clause
#include "starts/multi_start.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "support/stopwatch.hpp"

namespace gaussmix {
namespace {

constexpr int kShortRun = 20;

// Measured in 196 cases on seven data sets, with n_init = 20: without these rounds three times as
// many optima are missed; twice as many rounds of half the size find no more.
constexpr int kVariedHeats = 4;

// A bound that is not a number is never better, and any other is better than it.
bool better(double bound, double than) {
  return bound > than || (std::isnan(than) && !std::isnan(bound));
}

// \throws DegenerateError
Mixture in_float32(const Mixture& mixture) {
  Mixture rounded = mixture.rounded_to_float32();
  const auto finite = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  };
  if (!finite(rounded.means()) || !finite(rounded.covariances()) ||
      !finite(rounded.precisions_cholesky())) {
    throw DegenerateError(
        "Fitting the mixture model failed because the variances of X are too large or too small to "
        "be represented in float32: scale the input data, or convert it to float64.");
  }
  return rounded;
}

EmState begun_anew(EmState state) {
  EmState anew{state.number, std::move(state.mixture), -std::numeric_limits<double>::infinity()};
  anew.report.origin = std::move(state.report.origin);
  anew.report.seconds = state.report.seconds;
  return anew;
}

}  // namespace

template <class T>
MultiStart<T>::MultiStart(Execution& execution, const Dataset<T>& data, const FitOptions& options)
    : execution_(execution),
      data_(data),
      options_(options),
      model_{&family_of(options.covariance_type), options.reg_covar, options.degenerate, {}, {}},
      monitor_(options.observer),
      engine_(execution, data, options.n_components, model_.family->scatter_form()),
      em_(execution, engine_, model_, options.tol, monitor_),
      seeds_(execution, data, options) {}

template <class T>
FitResult MultiStart<T>::run() {
  best_ = first_state();
  em_.advance(*best_, options_.max_iter);
  reports_.push_back(best_->report);
  if (options_.n_init > 1 && !start_is_given()) {
    run({options_.n_init - 1, 3, [&](int number) { return seeded(number); }});
    vary_best();
  }
  replace_redundant();

  const int best = best_->number;
  constexpr bool kSingle = scalar_type_of<T>() == ScalarType::float32;
  return {kSingle ? in_float32(best_->mixture) : std::move(best_->mixture),
          best_->report.converged,
          best_->report.n_iter,
          best_->report.lower_bound,
          std::move(best_->lower_bounds),
          std::move(reports_),
          best,
          std::move(monitor_.repairs())};
}

template <class T>
EmState MultiStart<T>::first_state() {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  const Stopwatch stopwatch;
  monitor_.announce(0);
  if (options_.warm_start) {
    const WarmStart& previous = *options_.warm_start;
    return {0, previous.mixture, previous.lower_bound, {"the fit before"}};
  }
  if (start_is_given()) {
    const UserStart& user = options_.user_start;
    const Mixture::Shape shape{options_.covariance_type, options_.n_components, data_.rows.columns};
    return {0,
            Mixture::from_precisions(shape, ScalarType::float64, user.weights, user.means,
                                     user.precisions, options_.interrupted, options_.n_threads),
            kNone,
            {"the user's parameters"}};
  }
  EmState state = begin(0, seeds_.seed(0));
  state.report.seconds = stopwatch.seconds();
  return state;
}

template <class T>
std::optional<EmState> MultiStart<T>::seeded(int number) {
  return begin(number, seeds_.seed(number));
}

// The start whose first mixture has the parameters that the user set, and for the rest those of an
// M-step on first responsibilities.
template <class T>
EmState MultiStart<T>::begin(int number, const Seed<T>& seed) {
  auto estimate = maximize(execution_, engine_.expect(*seed.expectation), model_, nullptr);
  monitor_.record({number, 0}, std::move(estimate.repairs));
  const Mixture& mixture = estimate.mixture;
  const UserStart& user = options_.user_start;
  const auto& weights = user.weights.empty() ? mixture.weights() : user.weights;
  const auto& means = user.means.empty() ? mixture.means() : user.means;
  return {
      number,
      user.precisions.empty()
          ? Mixture::from_precisions_cholesky(mixture.shape(), ScalarType::float64, weights, means,
                                              mixture.precisions_cholesky(), mixture.covariances())
          : Mixture::from_precisions(mixture.shape(), ScalarType::float64, weights, means,
                                     user.precisions, options_.interrupted, options_.n_threads),
      -std::numeric_limits<double>::infinity(),
      {seed.origin}};
}

template <class T>
void MultiStart<T>::run(const Round& round) {
  for (EmState& state : leaders_of(round)) {
    if (sample_ && monitor_.stopped()) return;  // its bounds are of a sample
    try {
      if (sample_) state = begun_anew(std::move(state));
      em_.advance(state, options_.max_iter);
    } catch (const DegenerateError&) {  // this start is out; the fit has start 0
      continue;
    }
    reports_[size_t(state.number)] = state.report;
    if (better(state.report.lower_bound, best_->report.lower_bound)) best_ = std::move(state);
  }
}

// Those that are ahead are all that is kept of a round at any time.
template <class T>
std::vector<EmState> MultiStart<T>::leaders_of(const Round& round) {
  std::vector<EmState> leaders;
  for (int i = 0; i < round.n_starts && !monitor_.stopped(); ++i) {
    std::optional<EmState> state = run_shortly(round.make);
    if (!state) continue;
    const auto place = std::upper_bound(leaders.begin(), leaders.end(), *state,
                                        [](const EmState& a, const EmState& b) {
                                          return better(a.report.lower_bound, b.report.lower_bound);
                                        });
    leaders.insert(place, std::move(*state));
    if (static_cast<int>(leaders.size()) > round.n_survivors) leaders.pop_back();
  }
  return leaders;
}

// Until it goes on, a start counts as dropped.
template <class T>
std::optional<EmState> MultiStart<T>::run_shortly(const Make& make) {
  const Stopwatch stopwatch;
  const auto number = static_cast<int>(reports_.size());
  monitor_.announce(number);
  reports_.emplace_back().dropped = true;
  try {
    std::optional<EmState> state = make(number);
    if (!state) return std::nullopt;
    short_runs().advance(*state, std::min(kShortRun, options_.max_iter));
    state->report.seconds = stopwatch.seconds();
    reports_.back() = state->report;
    reports_.back().dropped = true;
    return state;
  } catch (const DegenerateError&) {  // as above
    return std::nullopt;
  }
}

// A sample has to be much smaller than the data, and to leave every component many rows.
template <class T>
Em& MultiStart<T>::short_runs() {
  constexpr Index kRowsPerFeature = 16;  // and component, of which a covariance has d^2 numbers
  constexpr Index kMostNumbers = Index{4} << 20;
  const Index n = data_.rows.rows, d = data_.rows.columns, k = options_.n_components;
  const Index size = std::max(rows_for_clusters(k), kRowsPerFeature * k * d);
  if (4 * size > n || size * d > kMostNumbers) return em_;
  if (!sample_em_) {
    const RandomStream random(options_.seed, 0, Purpose::sample);
    sample_ = std::make_unique<const Sample<T>>(data_, size, random);
    sample_engine_ = std::make_unique<InMemory<T>>(execution_, sample_->data(), k,
                                                   model_.family->scatter_form());
    sample_em_.emplace(execution_, *sample_engine_, model_, options_.tol, monitor_);
  }
  return *sample_em_;
}

template <class T>
void MultiStart<T>::vary_best() {
  if (options_.n_components == 1 || user_set_parameters()) return;
  for (int round = 0; round < kVariedHeats; ++round) {
    if (monitor_.stopped() || !best_->report.converged) return;
    const EmState origin = *best_;
    const Swaps<T> swaps(execution_, data_, origin.mixture);
    run({options_.n_init, 2,
         [&](int number) { return vary(swaps, origin.number, number, std::nullopt); }});
  }
}

template <class T>
void MultiStart<T>::replace_redundant() {
  constexpr int kTrials = 3;
  if (options_.n_components == 1 || options_.degenerate == Degenerate::raise ||
      !options_.move_redundant) {
    return;
  }
  for (Index round = 0; round < options_.n_components; ++round) {
    if (monitor_.stopped() || !best_->report.converged) return;
    const auto idle = redundant();
    if (!idle) return;
    const EmState origin = *best_;
    const Swaps<T> swaps(execution_, data_, origin.mixture);
    run({kTrials, 1,
         [&](int number) { return vary(swaps, origin.number, number, idle->component); }});
    if (best_->number == origin.number) return;
    monitor_.record({best_->number, 0}, {{idle->component, idle->reason,
                                          "moved it to where the rows were explained badly"}});
  }
}

template <class T>
std::optional<RedundantComponent> MultiStart<T>::redundant() const {
  auto found = find_empty(best_->mixture);
  if (!found && !user_set_parameters()) found = find_duplicate(best_->mixture);
  return found;
}

template <class T>
std::optional<EmState> MultiStart<T>::vary(const Swaps<T>& swaps, int origin, int number,
                                           std::optional<Index> component) {
  const RandomStream random(options_.seed, static_cast<std::uint32_t>(number), Purpose::swaps);
  auto swap = swaps.draw(random, component);
  if (!swap) return std::nullopt;
  EmState state{number, std::move(swap->mixture), -std::numeric_limits<double>::infinity()};
  state.report.origin = "start " + std::to_string(origin) + " with component " +
                        std::to_string(swap->component) + " moved";
  return state;
}

template <class T>
bool MultiStart<T>::start_is_given() const {
  const UserStart& user = options_.user_start;
  return options_.warm_start ||
         (!user.weights.empty() && !user.means.empty() && !user.precisions.empty());
}

template <class T>
bool MultiStart<T>::user_set_parameters() const {
  const UserStart& user = options_.user_start;
  return options_.warm_start || !user.weights.empty() || !user.means.empty() ||
         !user.precisions.empty();
}

template class MultiStart<float>;
template class MultiStart<double>;

}  // namespace gaussmix
