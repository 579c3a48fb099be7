// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "covariance/layout.hpp"
#include "em/conjugate_prior.hpp"
#include "em/em.hpp"
#include "em/in_memory.hpp"
#include "em/known_labels.hpp"
#include "starts/noise_box.hpp"
#include "starts/sampled_em.hpp"
#include "starts/screening.hpp"
#include "starts/seeds.hpp"
#include "starts/spread_within.hpp"
#include "starts/swap.hpp"
#include "starts/ties.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"
#include "support/stopwatch.hpp"

namespace gaussmix {
namespace {

template <class Number>
void require_size(const std::vector<Number>& values, Index count, const char* message) {
  require(values.empty() || static_cast<Index>(values.size()) == count, message);
}

const Family& family_of(const FitOptions& options) {
  return options.family.empty() ? family_of(options.covariance_type) : family_named(options.family);
}

// How many of the first mixture's three kinds of parameters are given.
int count_given(const FitOptions& options) {
  if (options.warm_start) return 3;
  const UserStart& user = options.user_start;
  return (user.weights.empty() ? 0 : 1) + (user.means.empty() ? 0 : 1) +
         (user.precisions.empty() ? 0 : 1);
}

void validate_labels(const FitOptions& options, Index n) {
  const auto& labels = options.known_labels;
  const auto& classes = options.component_classes;
  require_size(labels, n, "known_labels must be a number a row, or none");
  require_size(classes, options.n_components, "component_classes must be k numbers, or none");
  require(std::all_of(classes.begin(), classes.end(), [](std::int32_t c) { return c >= 0; }),
          "component_classes must be at least 0");
  const std::set<std::int32_t> distinct(classes.begin(), classes.end());
  const auto is_label = [&](std::int32_t label) {
    const Index last = options.noise ? options.n_components : options.n_components - 1;
    if (classes.empty()) return label >= -1 && label <= last;
    return label == -1 || distinct.count(label) != 0;
  };
  require(
      std::all_of(labels.begin(), labels.end(), is_label),
      "known_labels must be numbers of components, from 0 to n_components - 1, or -1, with noise "
      "also n_components; or classes of components, or -1");
  require(classes.empty() || !options.noise, "component_classes go without noise");
  require(distinct.size() == classes.size() || options.first_responsibilities ||
              count_given(options) == 3,
          "component_classes with several components of a class need first_responsibilities, a "
          "whole user_start, or warm_start");
}

template <class T>
void validate(TableView<T> rows, const FitOptions& options, const double* sample_weight) {
  require_rows(rows, options.n_threads, options.rows_are_finite);
  require(options.n_components >= 1, "n_components must be at least 1");
  require(options.n_components <= rows.rows, "n_components must be at most the rows' number");
  require(options.tol >= 0.0, "tol must be at least 0");
  require(options.reg_covar >= 0.0 && std::isfinite(options.reg_covar),
          "reg_covar must be at least 0 and finite");
  require(options.max_iter >= 0, "max_iter must be at least 0");
  require(options.n_init >= 1, "n_init must be at least 1");
  const Index k = options.n_components, d = rows.columns;
  const CovarianceType type = family_of(options).type();
  require_features(options.family, d);
  const auto layout = CovarianceLayout::of({type, k, d});
  require_size(options.user_start.weights, k, "user_start.weights must be k numbers, or none");
  require_size(options.user_start.means, k * d, "user_start.means must be k x d numbers, or none");
  require_size(options.user_start.precisions, layout.total(),
               "user_start.precisions must be as many numbers as covariances have, or none");
  require(family_of(options).n_parameters(k, d) > 0 || options.warm_start ||
              !options.user_start.precisions.empty(),
          "a family without parameters needs user_start.precisions: they are not estimated");
  if (options.warm_start) {
    const Mixture& mixture = options.warm_start->mixture;
    require(mixture.n_components() == options.n_components &&
                mixture.n_features() == rows.columns && mixture.covariance_type() == type,
            "warm_start must have the sizes and the covariance type of this fit");
    require(mixture.noise().has_value() == options.noise.has_value(),
            "warm_start must have a noise component if this fit has one, or else none");
  }
  require(!options.noise || (*options.noise > 0.0 && *options.noise < 1.0),
          "noise must be greater than 0 and less than 1, or none");
  validate_labels(options, rows.rows);
  require_weights(sample_weight, rows.rows);
}

constexpr int kShortRun = 20;
constexpr double kNoBound = -std::numeric_limits<double>::infinity();

template <class T>
bool improves_on(const EmState& state, const EmState& other) {
  return gains<T>(state.report.lower_bound, other.report.lower_bound);
}

template <class T>
using Labels = std::unique_ptr<const KnownLabels<T>>;

// None where no row is labelled: the fit is then the same as without labels.
template <class T>
Labels<T> known_labels(const FitOptions& options) {
  const auto& labels = options.known_labels;
  const auto is_known = [](std::int32_t label) { return label >= 0; };
  if (std::none_of(labels.begin(), labels.end(), is_known)) return nullptr;
  return std::make_unique<const KnownLabels<T>>(labels, options.component_classes);
}

void announce(Monitor& monitor, int start) {
  monitor.tell({start, 0, std::nan(""), std::nan(""), false});
}

// \throws DegenerateError
Mixture in_float32(const Mixture& mixture) {
  Mixture rounded = mixture.rounded_to_float32();
  const auto finite = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  };
  const auto has_volume = [&](const Noise& noise) {
    return finite(noise.corner) && std::isfinite(noise.log_volume());
  };
  if (!finite(rounded.means()) || !finite(rounded.covariances()) ||
      !finite(rounded.precisions_cholesky()) ||
      (rounded.noise() && !has_volume(*rounded.noise()))) {
    throw DegenerateError(
        "Fitting the mixture model failed because the variances of X are too large or too small to "
        "be represented in float32: scale the input data, or convert it to float64.");
  }
  return rounded;
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
        make_conjugate_prior(execution, data, *model.family, options.n_components, *options.prior);
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
        known_(known_labels<T>(options)),
        model_(model_of(execution, data, options)),
        monitor_(options.observer),
        engine_(execution, data, options.n_components, model_.family->scatter_form(), known_.get()),
        em_(execution, engine_, model_, options.tol, monitor_),
        seeds_(execution, data, options, known_.get()),
        movable_(seeds_.unlabelled()) {}

  /// \throws DegenerateError, Interrupted, and what the observer throws
  FitResult run() {
    best_ = first_state();
    em_.advance(*best_, options_.max_iter);
    reports_[size_t(best_->number)] = best_->report;
    if (options_.n_init > 1 && n_given_ < 3) {
      run_round(options_.n_init - 1, 3, [&](int number) { return seeded(number); });
      // Measured in 196 cases on seven data sets, with n_init = 20: without these rounds three
      // times as many optima are missed; twice as many rounds of half the size find no more.
      constexpr int kRounds = 4;
      const bool varied = options_.n_components > 1 && n_given_ == 0 && !movable_.empty();
      for (int i = 0; varied && i < kRounds; ++i) vary_best(options_.n_init, 2, movable_);
    }
    replace_redundant();
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
            std::move(monitor_.repairs())};
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
                                    options_.max_iter);
    reports_ = std::move(screened.reports);
    if (screening_runs_ && !monitor_.stopped()) begin_with_all_rows(screened.best);
    return std::move(screened.best);
  }

  // The start whose first mixture has the parameters that the user set, and for the rest those of
  // an M-step on first responsibilities.
  EmState seeded(int number) {
    const Mixture::Shape shape{model_.family->type(), options_.n_components, data_.rows.columns,
                               model_.family};
    UserStart parameters = options_.user_start;
    std::string origin = "the user's parameters";
    if (n_given_ < 3) {
      Seed<T> seed = seeds_.seed(number);
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
        em_.advance(state, options_.max_iter);
      } catch (const DegenerateError&) {  // this start is out; the fit has start 0
        continue;
      }
      reports_[size_t(state.number)] = state.report;
      if (improves_on<T>(state, *best_)) best_ = std::move(state);
    }
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
                    options_.tol, monitor_);
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
  Labels<T> known_;
  Model model_;
  Monitor monitor_;
  InMemory<T> engine_;
  Em em_;
  std::optional<SampledEm<T>> short_runs_, screening_runs_;
  Candidates own_candidates_;
  std::optional<Screening<T>> screening_;
  Seeds<T> seeds_;
  const std::vector<Index>& movable_;  // components: those without labelled rows
  std::optional<EmState> best_;
  std::vector<StartReport> reports_;
};

}  // namespace

template <class T>
FitResult fit(TableView<T> rows, const FitOptions& options, const double* sample_weight) {
  const DefaultFloatingPoint environment;
  validate(rows, options, sample_weight);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(options.n_threads, options.interrupted);
  return MultiStart<T>(execution, data, options).run();
}

SharedStarts::SharedStarts(bool only_diagonal) : candidates_(std::make_unique<Candidates>()) {
  candidates_->only_diagonal = only_diagonal;
}
SharedStarts::~SharedStarts() = default;

template FitResult fit<float>(TableView<float>, const FitOptions&, const double*);
template FitResult fit<double>(TableView<double>, const FitOptions&, const double*);

}  // namespace gaussmix
