// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <exception>
#include <string>
#include <utility>

#include "accumulate.hpp"
#include "covariance/family.hpp"
#include "floating_point.hpp"
#include "gaussmix/fit.hpp"
#include "maximization.hpp"
#include "parallel.hpp"
#include "posterior.hpp"
#include "require.hpp"
#include "row_groups.hpp"
#include "seeding/starts.hpp"

namespace gaussmix {
namespace {

// One fit: EM from several starts.
template <class T>
class Fit {
 public:
  Fit(const Dataset<T>& data, const FitOptions& options)
      : data_(data),
        options_(options),
        execution_(options.n_threads, options.interrupted),
        total_weight_(data.total_weight()),
        shape_{options.covariance_type, options.n_components, data.rows.columns},
        m_step_{options.covariance_type, options.reg_covar, options.degenerate},
        seeding_(execution_, data, options.n_components, options.init_params, options.seed) {}

  FitResult run() {
    std::optional<Start> best;
    int best_start = 0;
    for (start_ = 0; start_ < n_starts() && !stopped_; ++start_) {
      Start current = expectation_maximization(first_mixture());
      starts_.push_back(current.report);
      if (!best || better(current.report.lower_bound, best->report.lower_bound)) {
        best = std::move(current);
        best_start = start_;
      }
    }
    const StartReport report = best->report;
    constexpr bool kSingle = scalar_type_of<T>() == ScalarType::float32;
    return {kSingle ? best->mixture.rounded_to_float32() : std::move(best->mixture),
            report.converged,
            report.n_iter,
            report.lower_bound,
            std::move(best->lower_bounds),
            std::move(starts_),
            best_start,
            std::move(repairs_)};
  }

 private:
  struct Start {
    Mixture mixture;
    StartReport report;
    std::vector<double> lower_bounds;
  };

  int n_starts() const { return options_.warm_start ? 1 : options_.n_init; }

  // EM proper: Dempster, Laird, Rubin (1977).
  Start expectation_maximization(Mixture mixture) {
    Start start{std::move(mixture), {}, {}};
    double bound = options_.warm_start ? options_.warm_start->lower_bound
                                       : -std::numeric_limits<double>::infinity();
    auto& report = start.report;
    RowGroups groups(data_.rows.rows, options_.n_components);
    while (report.n_iter < options_.max_iter && !report.converged && !stopped_) {
      iteration_ = ++report.n_iter;
      groups.follow(execution_, start.mixture, scalar_type_of<T>());
      const Statistics statistics = expect(Posterior<T>(start.mixture, &groups));
      groups.renew();
      start.mixture = maximize_and_record(statistics, &start.mixture);

      const double previous = std::exchange(bound, statistics.log_likelihood() / total_weight_);
      start.lower_bounds.push_back(bound);
      report.lower_bound = bound;
      report.converged = std::abs(bound - previous) < options_.tol;
      tell({start_, iteration_, bound, bound - previous, report.converged});
    }
    return start;
  }

  Statistics expect(const ResponsibilitySource<T>& source) {
    return accumulate(execution_, data_, options_.n_components,
                      family_of(options_.covariance_type).scatter_form(), source);
  }

  Mixture maximize_and_record(const Statistics& statistics, const Mixture* previous) {
    auto result = maximize(execution_, statistics, m_step_, previous);
    for (auto& repair : result.repairs) record(std::move(repair));
    return std::move(result.mixture);
  }

  // A component that stays empty, or goes on collapsing, is reported once a start.
  void record(RepairedComponent repair) {
    for (const Repair& known : repairs_) {
      if (known.start == start_ && known.component == repair.component &&
          known.reason == repair.reason) {
        return;
      }
    }
    repairs_.push_back(
        {start_, iteration_, repair.component, std::move(repair.reason), std::move(repair.action)});
  }

  void tell(const Progress& progress) {
    if (options_.observer && options_.observer(progress)) stopped_ = true;
  }

  // The mixture that this start's first E-step uses.
  Mixture first_mixture() {
    iteration_ = 0;
    tell({start_, 0, std::nan(""), std::nan(""), false});
    if (options_.warm_start) return options_.warm_start->mixture;
    const UserStart& user = options_.user_start;
    if (!user.weights.empty() && !user.means.empty() && !user.precisions.empty()) {
      return Mixture::from_precisions(shape_, ScalarType::float64, user.weights, user.means,
                                      user.precisions);
    }
    Maximization chosen = best_candidate();
    for (auto& repair : chosen.repairs) record(std::move(repair));
    return std::move(chosen.mixture);
  }

  // Of the candidates for this start, the one that a few iterations of EM take farthest.
  Maximization best_candidate() {
    const auto start = static_cast<std::uint32_t>(start_);
    const std::uint32_t n = n_candidates(options_.init_params, start);
    if (n == 1) return candidate(start, 0);
    std::optional<Maximization> best;
    double best_bound = 0.0;
    std::exception_ptr failure;
    for (std::uint32_t c = 0; c < n; ++c) {
      try {
        Maximization other = candidate(start, c);
        const double bound = promise(other.mixture);
        if (best && !better(bound, best_bound)) continue;
        best = std::move(other);
        best_bound = bound;
      } catch (const DegenerateError&) {  // this one is out; it is an error if all are
        failure = std::current_exception();
      }
    }
    if (!best) std::rethrow_exception(failure);
    return std::move(*best);
  }

  // A bound that is not a number is never better, and any other is better than it.
  static bool better(double bound, double than) { return bound > than || std::isnan(than); }

  // What the user set, and the rest from an M-step on the first responsibilities.
  Maximization candidate(std::uint32_t start, std::uint32_t number) {
    auto estimated = maximize(execution_, expect(*seeding_.first_responsibilities(start, number)),
                              m_step_, nullptr);
    const Mixture& mixture = estimated.mixture;
    const UserStart& user = options_.user_start;
    const auto& weights = user.weights.empty() ? mixture.weights() : user.weights;
    const auto& means = user.means.empty() ? mixture.means() : user.means;
    estimated.mixture = user.precisions.empty()
                            ? Mixture::from_precisions_cholesky(
                                  shape_, ScalarType::float64, weights, means,
                                  mixture.precisions_cholesky(), mixture.covariances())
                            : Mixture::from_precisions(shape_, ScalarType::float64, weights, means,
                                                       user.precisions);
    return estimated;
  }

  // The log-likelihood that a few iterations reach.
  double promise(Mixture mixture) {
    constexpr int kBrief = 10;
    double bound = -std::numeric_limits<double>::infinity();
    for (int i = 0; i < kBrief; ++i) {
      const Statistics statistics = expect(Posterior<T>(mixture));
      const double previous = std::exchange(bound, statistics.log_likelihood() / total_weight_);
      if (std::abs(bound - previous) < options_.tol) break;
      mixture = maximize(execution_, statistics, m_step_, &mixture).mixture;
    }
    return bound;
  }

  const Dataset<T>& data_;
  const FitOptions& options_;
  Execution execution_;
  double total_weight_;
  Mixture::Shape shape_;
  MaximizationOptions m_step_;
  Starts<T> seeding_;
  int start_ = 0, iteration_ = 0;
  bool stopped_ = false;  // by the observer
  std::vector<StartReport> starts_;
  std::vector<Repair> repairs_;
};

template <class T>
void validate(TableView<T> rows, const double* sample_weight, const FitOptions& options) {
  require(rows.rows >= 1 && rows.columns >= 1, "fit needs at least one row and column");
  require(options.n_components >= 1, "n_components must be at least 1");
  require(options.n_components <= rows.rows, "n_components must be at most the rows' number");
  require(options.tol >= 0.0, "tol must be at least 0");
  require(options.reg_covar >= 0.0 && std::isfinite(options.reg_covar),
          "reg_covar must be at least 0 and finite");
  require(options.max_iter >= 0, "max_iter must be at least 0");
  require(options.n_init >= 1, "n_init must be at least 1");
  require(options.n_threads >= 1, "n_threads must be at least 1");
  if (options.warm_start) {
    const Mixture& mixture = options.warm_start->mixture;
    require(mixture.n_components() == options.n_components &&
                mixture.n_features() == rows.columns &&
                mixture.covariance_type() == options.covariance_type,
            "warm_start must have the sizes and the covariance type of this fit");
  }
  require_weights(sample_weight, rows.rows);
}

}  // namespace

template <class T>
FitResult fit(TableView<T> rows, const double* sample_weight, const FitOptions& options) {
  const DefaultFloatingPoint environment;
  validate(rows, sample_weight, options);
  const Dataset<T> data(rows, sample_weight);
  return Fit<T>(data, options).run();
}

template FitResult fit<float>(TableView<float>, const double*, const FitOptions&);
template FitResult fit<double>(TableView<double>, const double*, const FitOptions&);

}  // namespace gaussmix
