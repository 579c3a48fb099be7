// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "em/conjugate_prior.hpp"
#include "em/em.hpp"
#include "em/fit_options.hpp"
#include "em/in_float32.hpp"
#include "em/in_memory.hpp"
#include "em/known_labels.hpp"
#include "em/squarem.hpp"
#include "starts/noise_box.hpp"
#include "starts/sampled_em.hpp"
#include "starts/screening.hpp"
#include "starts/seeds.hpp"
#include "starts/spread_within.hpp"
#include "starts/swap.hpp"
#include "starts/ties.hpp"
#include "support/floating_point.hpp"
#include "support/stopwatch.hpp"

namespace gaussmix {
namespace {

constexpr int kShortRun = 20;
constexpr double kNoBound = -std::numeric_limits<double>::infinity();

template <class T>
bool improves_on(const EmState& state, const EmState& other) {
  return gains<T>(state.report.lower_bound, other.report.lower_bound);
}

void announce(Monitor& monitor, int start) {
  monitor.tell({start, 0, std::nan(""), std::nan(""), false});
}

// That of a start; nullptr where it has none.
const FitResult* find_run(const std::vector<FitResult>& runs, int start) {
  const auto is_it = [start](const FitResult& run) { return run.best_start == start; };
  const auto run = std::find_if(runs.begin(), runs.end(), is_it);
  return run == runs.end() ? nullptr : &*run;
}

FitResult run_of(const EmState& state, const std::vector<Repair>& repairs) {
  const StartReport& report = state.report;
  FitResult run{state.mixture,      report.converged, report.n_iter, report.lower_bound,
                state.lower_bounds, {report},         state.number,  {}};
  std::copy_if(repairs.begin(), repairs.end(), std::back_inserter(run.repairs),
               [&](const Repair& repair) { return repair.start == state.number; });
  return run;
}

EmState state_of(const FitResult& run) {
  return {run.best_start, run.mixture, run.lower_bound, run.starts.front(), run.lower_bounds};
}

template <class T>
Model model_of(Execution& execution, const Dataset<T>& data, const FitOptions& options) {
  Model model;
  model.family = &family_of(options);
  model.reg_covar = options.reg_covar;
  model.degenerate = options.degenerate;
  if (options.noise) {
    model.noise = noise_box(execution, data);
    model.noise->weight = *options.noise;
  }
  if (options.prior) {
    model.prior =
        make_conjugate_prior(*model.family, options.n_components, data.rows.columns, *options.prior,
                             [&] { return statistics_of_all(execution, data, ScatterForm::full); });
  }
  return model;
}

// The starts of a fit, in the rounds that `fit` documents. Of very many rows, the short runs see a
// sample; those that go on then begin anew with all rows, from the mixture that they found.
template <class T>
class MultiStart {
 public:
  MultiStart(Execution& execution, const Dataset<T>& data, const FitOptions& options)
      : execution_(execution),
        data_(data),
        options_(options),
        n_given_(count_given(options)),
        truncates_(options.truncation > 0.0 && options.max_iter > 1),
        most_iterations_(options.max_iter - (truncates_ ? 1 : 0)),
        known_(known_labels<T>(options.known_labels, options.component_classes)),
        model_(model_of(execution, data, options)),
        monitor_(options.observer),
        engine_(execution, data, options.n_components, model_.family->scatter_form(), known_.get()),
        em_(execution, engine_, model_, options.tol, monitor_),
        seeds_(execution, data, options, known_.get()),
        movable_(seeds_.unlabelled()) {
    if (truncates_) engine_.truncate(options.truncation);
  }

  /// \throws DegenerateError, Interrupted, and what the observer throws
  FitResult run() {
    best_ = first_state();
    run_to_end(*best_);
    reports_[size_t(best_->number)] = best_->report;
    if (screening_runs_ && !options_.shared_starts) run_plain_start();
    if (options_.n_init > 1 && n_given_ < 3) {
      run_round(options_.n_init - 1, 3, [&](int number) { return seeded(number); });
      // Measured in 196 cases on seven data sets, with n_init = 20: without these rounds three
      // times as many optima are missed; twice as many rounds of half the size find no more.
      constexpr int kRounds = 4;
      const bool varied = options_.n_components > 1 && n_given_ == 0 && !movable_.empty();
      for (int i = 0; varied && i < kRounds; ++i) vary_best(options_.n_init, 2, movable_);
    }
    replace_redundant();
    const double truncation_error = truncates_ ? end_exactly(*best_) : 0.0;
    if (screening_ && options_.shared_starts) {
      screening_->offer(std::string("the fit of ") + model_.family->name(), best_->mixture);
    }

    const int best = best_->number;
    constexpr bool kSingle = scalar_type_of<T>() == ScalarType::float32;
    return {kSingle ? in_float32(best_->mixture) : std::move(best_->mixture),
            best_->report.converged,
            best_->report.n_iter,
            best_->report.lower_bound,
            std::move(best_->lower_bounds),
            std::move(reports_),
            best,
            std::move(monitor_.repairs()),
            truncation_error};
  }

 private:
  using Make = std::function<std::optional<EmState>(int number)>;

  EmState first_state() {
    if (is_screened()) return screened_state();
    const Stopwatch stopwatch;
    reports_.resize(1);
    announce(monitor_, 0);
    if (options_.warm_start) {
      const WarmStart& previous = *options_.warm_start;
      return {0, with_box(previous.mixture), previous.lower_bound, {"the fit before"}};
    }
    EmState state = seeded(0);
    state.report.seconds = stopwatch.seconds();
    return state;
  }

  bool is_screened() const {
    if (options_.noise) return false;               // whose clusters hold all rows
    constexpr Index kMostNumbers = Index{1} << 22;  // of the statistics of a clustering
    const Index k = options_.n_components, d = data_.rows.columns;
    return k * d * d <= kMostNumbers && (options_.screening || options_.shared_starts != nullptr) &&
           n_given_ == 0 && known_ == nullptr && !options_.first_responsibilities &&
           options_.init_params == InitParams::kmeans;
  }

  // Of very many rows, it sees a sample.
  EmState screened_state() {
    constexpr Index kLeast = 5000, kRowsPerComponent = 64;
    const Index k = options_.n_components;
    const Index size = std::max({kLeast, kRowsPerComponent * k, rows_for_covariances()});
    if (2 * size <= data_.rows.rows) make_sampled(screening_runs_, size);
    const Dataset<T>& data = screening_runs_ ? screening_runs_->data() : data_;
    Candidates& candidates =
        options_.shared_starts ? options_.shared_starts->candidates() : own_candidates_;
    own_candidates_.only_diagonal = model_.family->scatter_form() == ScatterForm::diagonal;
    screening_.emplace(execution_, data, candidates, k, options_.seed);
    auto screened = screening_->run(screening_runs_ ? screening_runs_->em() : em_, model_, monitor_,
                                    most_iterations_);
    reports_ = std::move(screened.reports);
    if (screening_runs_ && !monitor_.stopped()) begin_with_all_rows(screened.best);
    return std::move(screened.best);
  }

  // The start whose first mixture has the parameters that the user set, and for the rest those of
  // an M-step on first responsibilities.
  EmState seeded(int number) { return seeded(number, number); }

  // With the draws of another start.
  EmState seeded(int number, int draws) {
    const Mixture::Shape shape{model_.family->type(), options_.n_components, data_.rows.columns,
                               model_.family};
    UserStart parameters = options_.user_start;
    std::string origin = "the user's parameters";
    if (n_given_ < 3) {
      Seed<T> seed = seeds_.seed(draws);
      origin = std::move(seed.origin);
      Model model = model_;
      model.noise.reset();
      if (seed.clusters) {
        model.prior =
            std::make_shared<SpreadWithin>(engine_.expect(*seed.clusters), data_.rows.rows);
      }
      auto estimate = maximize(execution_, engine_.expect(*seed.expectation), model, nullptr);
      monitor_.record(number, 0, std::move(estimate.repairs));
      const Mixture& mixture = estimate.mixture;
      if (parameters.weights.empty()) parameters.weights = mixture.weights();
      if (parameters.means.empty()) parameters.means = mixture.means();
      if (parameters.precisions.empty()) {
        return {number,
                Mixture::from_precisions_cholesky(
                    shape, ScalarType::float64, beside_noise(parameters.weights), parameters.means,
                    mixture.precisions_cholesky(), mixture.covariances(), model_.noise),
                kNoBound,
                {std::move(origin)}};
      }
    }
    return {number,
            Mixture::from_precisions(shape, ScalarType::float64, beside_noise(parameters.weights),
                                     parameters.means, parameters.precisions, options_.interrupted,
                                     options_.n_threads, model_.noise),
            kNoBound,
            {std::move(origin)}};
  }

  // Weights that sum to 1, scaled to what the first share of the noise leaves them.
  std::vector<double> beside_noise(std::vector<double> weights) const {
    if (model_.noise) {
      for (double& weight : weights) weight *= 1.0 - model_.noise->weight;
    }
    return weights;
  }

  // The mixture of a fit before, with the box of these rows.
  Mixture with_box(const Mixture& before) const {
    if (!model_.noise) return before;
    Noise noise = *model_.noise;
    noise.weight = before.noise()->weight;
    return Mixture::from_precisions_cholesky(before.shape(), ScalarType::float64, before.weights(),
                                             before.means(), before.precisions_cholesky(),
                                             before.covariances(), std::move(noise));
  }

  void run_round(int n_starts, int n_survivors, const Make& make) {
    for (EmState& state : survivors(n_starts, n_survivors, make)) {
      if (short_runs_ && monitor_.stopped()) return;  // its bounds are of a sample
      try {
        if (short_runs_) begin_with_all_rows(state);
        run_to_end(state);
      } catch (const DegenerateError&) {  // this start is out; the fit has start 0
        continue;
      }
      reports_[size_t(state.number)] = state.report;
      if (improves_on<T>(state, *best_)) best_ = std::move(state);
    }
  }

  // All iterations of a start, those that a fit before has made being taken from its checkpoint.
  void run_to_end(EmState& state) {
    if (const FitResult* const before = find_run(options_.resume, state.number)) {
      monitor_.record(*before);
      state = state_of(*before);
      runs_.push_back(*before);
    }
    const int most = most_iterations_, every = options_.checkpoint_every;
    const StartReport& report = state.report;
    while (report.n_iter < most && !report.converged && !monitor_.stopped()) {
      Squarem squarem;  // of no checkpoint: whoever resumes has none, either
      const bool accelerated = options_.acceleration == Acceleration::squarem;
      const int until = every == 0 ? most : std::min(most, (report.n_iter / every + 1) * every);
      em_.advance(state, until, accelerated ? &squarem : nullptr);
      if (every > 0) save(state);
    }
  }

  // The best start's last iteration, with all responsibilities. Returns how much the truncation
  // lowers its bound; of a fit that has ended before, how much it may. Whoever resumes has no
  // bounds of the iterations before.
  double end_exactly(EmState& state) {
    if (monitor_.stopped()) return -std::log1p(-options_.truncation);
    const Stopwatch stopwatch;
    engine_.begin();
    const double truncated = em_.lower_bound(state.mixture);
    engine_.truncate(0.0);
    const double exact = em_.step_with_bound(state, truncated);
    state.report.seconds += stopwatch.seconds();
    reports_[size_t(state.number)] = state.report;
    return exact - truncated;
  }

  void save(const EmState& state) {
    if (!options_.checkpoint) return;
    if (find_run(runs_, state.number)) runs_.pop_back();
    runs_.push_back(run_of(state, monitor_.repairs()));
    options_.checkpoint(runs_);
  }

  // Runs starts shortly, and returns the best of them; no others are kept at any time. A later one
  // goes before an earlier one only where it gains.
  std::vector<EmState> survivors(int n_starts, int n_survivors, const Make& make) {
    std::vector<EmState> best;
    for (int i = 0; i < n_starts && !monitor_.stopped(); ++i) {
      std::optional<EmState> state = run_shortly(make);
      if (!state) continue;
      insert_by_bound<T>(best, std::move(*state), size_t(n_survivors),
                         [](const EmState& it) { return it.report.lower_bound; });
    }
    return best;
  }

  // Until it goes on, a start counts as dropped.
  std::optional<EmState> run_shortly(const Make& make) {
    const Stopwatch stopwatch;
    const auto number = static_cast<int>(reports_.size());
    announce(monitor_, number);
    reports_.emplace_back().dropped = true;
    try {
      std::optional<EmState> state = make(number);
      if (!state) return std::nullopt;
      short_runs().advance(*state, std::min(kShortRun, most_iterations_));
      state->report.seconds = stopwatch.seconds();
      reports_.back() = state->report;
      reports_.back().dropped = true;
      return state;
    } catch (const DegenerateError&) {  // as above
      return std::nullopt;
    }
  }

  // A sample has to be much smaller than the data, and to leave every component many rows.
  Em& short_runs() {
    constexpr Index kMostNumbers = Index{4} << 20;
    const Index size = std::max(rows_for_clusters(options_.n_components), rows_for_covariances());
    if (4 * size > data_.rows.rows || size * data_.rows.columns > kMostNumbers) return em_;
    if (!short_runs_) make_sampled(short_runs_, size);
    return short_runs_ ? short_runs_->em() : em_;
  }

  Index rows_for_covariances() const {
    constexpr Index kRowsPerFeature = 16;  // and component, of which a covariance has d^2 numbers
    return kRowsPerFeature * options_.n_components * data_.rows.columns;
  }

  void make_sampled(std::optional<SampledEm<T>>& sampled, Index size) {
    const RandomStream random(options_.seed, 0, Purpose::sample);
    sampled.emplace(execution_, data_, size, random, options_.n_components, model_, known_.get(),
                    options_, monitor_);
    // Of weights that lie far apart, most of a sample may be a few rows.
    constexpr Index kRowsPerComponent = 4;
    if (sampled->data().rows.rows < kRowsPerComponent * options_.n_components) sampled.reset();
  }

  // What a sample says of a start does not count.
  static void begin_with_all_rows(EmState& state) {
    StartReport report{std::move(state.report.origin)};
    report.seconds = state.report.seconds;
    state = {state.number, std::move(state.mixture), kNoBound, std::move(report)};
  }

  // What was screened by a sample may be worse in all rows than a start without screening.
  void run_plain_start() {
    run_round(1, 1, [&](int number) { return seeded(number, 0); });
  }

  // A round of starts from the best model, each with one of these components moved.
  void vary_best(int n_starts, int n_survivors, const std::vector<Index>& components) {
    if (monitor_.stopped() || !best_->report.converged) return;
    const EmState origin = *best_;
    const Swaps<T> swaps(execution_, data_, origin.mixture);
    run_round(n_starts, n_survivors, [&](int number) -> std::optional<EmState> {
      const RandomStream random(options_.seed, static_cast<std::uint32_t>(number), Purpose::swaps);
      auto swap = swaps.draw(random, components);
      if (!swap) return std::nullopt;
      return EmState{number,
                     std::move(swap->mixture),
                     kNoBound,
                     {"start " + std::to_string(origin.number) + " with component " +
                      std::to_string(swap->component) + " moved"}};
    });
  }

  void replace_redundant() {
    if (options_.n_components == 1 || options_.degenerate == Degenerate::raise ||
        !options_.move_redundant) {
      return;
    }
    for (Index round = 0; round < options_.n_components; ++round) {
      auto redundant = find_empty(best_->mixture, movable_);
      if (!redundant && n_given_ == 0) redundant = find_duplicate(best_->mixture, movable_);
      if (!redundant) return;
      const int before = best_->number;
      vary_best(3, 1, {redundant->component});
      if (best_->number == before) return;
      monitor_.record(best_->number, 0,
                      {{redundant->component, redundant->reason,
                        "moved it to where the rows were explained badly"}});
    }
  }

  Execution& execution_;
  const Dataset<T>& data_;
  const FitOptions& options_;
  int n_given_;  // of the first mixture's weights, means and precisions
  bool truncates_;
  int most_iterations_;  // of a start; with truncation, one is left for the end
  std::unique_ptr<const KnownLabels<T>> known_;
  Model model_;
  Monitor monitor_;
  InMemory<T> engine_;
  Em em_;
  std::optional<SampledEm<T>> short_runs_, screening_runs_;
  Candidates own_candidates_;
  std::optional<Screening<T>> screening_;
  Seeds<T> seeds_;
  const std::vector<Index>& movable_;  // components: those without labelled rows
  std::vector<FitResult> runs_;        // of a checkpoint: the starts that ran to their end, or run
  std::optional<EmState> best_;
  std::vector<StartReport> reports_;
};

}  // namespace

template <class T>
FitResult fit(TableView<T> rows, const FitOptions& options, const double* sample_weight) {
  const DefaultFloatingPoint environment;
  validate_fit(rows, options, sample_weight);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(options.n_threads, options.interrupted);
  return MultiStart<T>(execution, data, options).run();
}

template FitResult fit<float>(TableView<float>, const FitOptions&, const double*);
template FitResult fit<double>(TableView<double>, const FitOptions&, const double*);

}  // namespace gaussmix
