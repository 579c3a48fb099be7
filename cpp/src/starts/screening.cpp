// SPDX-License-Identifier: BSD-3-Clause
#include "starts/screening.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

#include "starts/clusterings.hpp"
#include "starts/seeds.hpp"
#include "starts/ties.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

constexpr std::size_t kMostFirsts = 5;  // that run

// All that are left run until they have made so many iterations, and so many of them go on.
struct Round {
  int n_iter;
  std::size_t n_go_on;
};
constexpr Round kRounds[] = {{4, 2}, {8, 1}};

// Of two bounds so near to each other, the clusters are likely to be the same.
constexpr double kSame = 1e-3;

constexpr double kNoBound = -std::numeric_limits<double>::infinity();

// The mean expected log-likelihood of rows and components, but for d / 2.
double expected_log_likelihood(const Statistics& statistics, const Mixture& mixture) {
  const std::vector<double> normalizers = mixture.log_normalizers();
  double sum = 0.0;
  for (Index j = 0; j < statistics.n_components(); ++j) {
    if (statistics.weight(j) > 0.0) sum += statistics.weight(j) * normalizers[size_t(j)];
  }
  return sum / statistics.row_weight();
}

void announce(Monitor& monitor, int start) {
  monitor.tell({start, 0, std::nan(""), std::nan(""), false});
}

double bound_of(const EmState& state) { return state.report.lower_bound; }

}  // namespace

template <class T>
typename Screening<T>::Screened Screening<T>::run(Em& em, const Model& model, Monitor& monitor,
                                                  int max_iter) {
  require_same_problem(model);
  announce(monitor, 0);
  make_clusterings();
  std::vector<StartReport> reports;
  std::vector<EmState> states = first_states(best_firsts(model), monitor, reports);
  std::exception_ptr error;
  for (const Round& round : kRounds) {
    std::vector<EmState> sorted;
    if (states.size() == 1) break;
    for (EmState& state : states) {
      if (monitor.stopped() && !sorted.empty()) break;
      try {
        em.advance(state, std::min(round.n_iter, max_iter));
        reports[size_t(state.number)] = state.report;
        insert_by_bound<T>(sorted, state, round.n_go_on, bound_of);
      } catch (const DegenerateError&) {  // this one is out
        error = std::current_exception();
      }
    }
    if (sorted.empty()) std::rethrow_exception(error);
    states = std::move(sorted);
  }
  for (StartReport& report : reports) report.dropped = true;
  return {std::move(states.front()), std::move(reports)};
}

template <class T>
std::vector<EmState> Screening<T>::first_states(std::vector<First> firsts, Monitor& monitor,
                                                std::vector<StartReport>& reports) {
  std::vector<EmState> states;
  for (First& first : firsts) {
    const auto number = static_cast<int>(states.size());
    if (number > 0 && monitor.stopped()) break;
    if (number > 0) announce(monitor, number);
    monitor.record(number, 0, std::move(first.estimate.repairs));
    reports.push_back({first.candidate->origin});
    states.push_back({number, std::move(first.estimate.mixture), kNoBound, reports.back()});
  }
  return states;
}

template <class T>
void Screening<T>::offer(std::string origin, const Mixture& mixture) {
  InMemory<T> engine(execution_, data_, k_, form());
  Statistics statistics = engine.expect(mixture);
  const double log_likelihood = statistics.log_likelihood() / statistics.row_weight();
  const double d = static_cast<double>(statistics.n_features());
  const double entropy = log_likelihood - expected_log_likelihood(statistics, mixture) + d / 2.0;
  candidates_.all.push_back({std::move(origin), std::move(statistics), entropy});
}

template <class T>
void Screening<T>::require_same_problem(const Model& model) {
  const Index n = data_.rows.rows, d = data_.rows.columns;
  Candidates& known = candidates_;
  if (known.k == 0) {
    known.n_rows = n;
    known.n_features = d;
    known.k = k_;
  }
  require(known.n_rows == n && known.n_features == d && known.k == k_,
          "shared_starts must be of fits of the same rows and number of components");
  require(!known.only_diagonal || model.family->scatter_form() == ScatterForm::diagonal,
          "shared_starts that are only diagonal are for diagonal and spherical families");
}

template <class T>
void Screening<T>::make_clusterings() {
  if (candidates_.clustered) return;
  const OfLabels of_labels = [&](Index k, const std::vector<std::int32_t>& labels) {
    return statistics_of(k, labels);
  };
  std::vector<Candidate> made;
  for (Clusters& clusters : clusterings(execution_, data_, k_, seed_, of_labels)) {
    made.push_back({std::move(clusters.origin), std::move(clusters.statistics), 0.0});
  }
  // At last: whoever shares them after an interrupt makes them anew.
  candidates_.all = std::move(made);
  candidates_.clustered = true;
}

template <class T>
std::vector<typename Screening<T>::First> Screening<T>::best_firsts(const Model& model) const {
  std::vector<First> best;
  std::exception_ptr error;
  for (const Candidate& candidate : candidates_.all) {
    const ScatterForm its_form = model.family->scatter_form();
    std::optional<Statistics> less;
    if (its_form != candidate.statistics.form()) less = candidate.statistics.in_form(its_form);
    const Statistics& statistics = less ? *less : candidate.statistics;
    try {
      First first{&candidate, maximize(execution_, statistics, model, nullptr), candidate.entropy};
      first.bound += expected_log_likelihood(statistics, first.estimate.mixture);
      const auto is_same = [&](const First& other) {
        return std::abs(other.bound - first.bound) < kSame;
      };
      if (std::any_of(best.begin(), best.end(), is_same)) continue;
      insert_by_bound<T>(best, std::move(first), kMostFirsts,
                         [](const First& it) { return it.bound; });
    } catch (const DegenerateError&) {  // as above
      error = std::current_exception();
    }
  }
  if (best.empty()) std::rethrow_exception(error);
  return best;
}

template <class T>
Statistics Screening<T>::statistics_of(Index k, const std::vector<std::int32_t>& labels) const {
  InMemory<T> engine(execution_, data_, k, form());
  FirstResponsibilities first;
  first.labels = labels;
  return engine.expect(*responsibilities_of<T>(data_, k, std::move(first)));
}

SharedStarts::SharedStarts(bool only_diagonal) : candidates_(std::make_unique<Candidates>()) {
  candidates_->only_diagonal = only_diagonal;
}
SharedStarts::~SharedStarts() = default;

template class Screening<float>;
template class Screening<double>;

}  // namespace gaussmix
