// SPDX-License-Identifier: BSD-3-Clause
#include "em/em.hpp"

#include <algorithm>
#include <cmath>

#include "em/squarem.hpp"
#include "support/stopwatch.hpp"

namespace gaussmix {

void Monitor::record(int start, int iteration, std::vector<RepairedComponent> repairs) {
  for (RepairedComponent& repair : repairs) {
    add({start, iteration, repair.component, std::move(repair.reason), std::move(repair.action)});
  }
}

void Monitor::record(const FitResult& run) {
  for (const Repair& repair : run.repairs) add(repair);
}

void Monitor::add(Repair repair) {
  const auto same = [&](const Repair& known) {
    return known.start == repair.start && known.component == repair.component &&
           known.reason == repair.reason;
  };
  if (std::none_of(repairs_.begin(), repairs_.end(), same)) repairs_.push_back(std::move(repair));
}

Em::Em(Execution& execution, Engine& engine, const Model& model, double tol, Monitor& monitor)
    : execution_(execution), engine_(engine), model_(model), tol_(tol), monitor_(monitor) {}

double Em::lower_bound(const Statistics& statistics, const Mixture& mixture) const {
  const double prior = std::ldexp(model_.log_prior(mixture), -statistics.unit_exponent());
  return (statistics.log_likelihood() + prior) / statistics.row_weight();
}

double Em::lower_bound(const Mixture& mixture) {
  return lower_bound(engine_.expect(mixture), mixture);
}

Em::Step Em::step(const Mixture& mixture, std::optional<Mixture> recycled) {
  const Statistics& statistics = engine_.expect(mixture);
  const double bound = lower_bound(statistics, mixture);
  auto next = maximize(execution_, statistics, model_, &mixture, std::move(recycled));
  return {std::move(next.mixture), bound, std::move(next.repairs)};
}

void Em::advance(EmState& state, int n_iter, Squarem* squarem) {
  const Stopwatch stopwatch;
  StartReport& report = state.report;
  std::optional<Mixture> recycled;
  engine_.begin();
  while (report.n_iter < n_iter && !report.converged && !monitor_.stopped()) {
    ++report.n_iter;
    if (squarem != nullptr && squarem->proposal() != nullptr) {
      jump(state, *squarem);
      continue;
    }
    Step next = step(state.mixture, std::exchange(recycled, std::nullopt));
    const double change = next.lower_bound - state.lower_bound;
    if (squarem != nullptr) {
      if (!next.repairs.empty()) squarem->give_up();
      squarem->add(state.mixture, next.mixture, change);
    }
    recycled = take(state, std::move(next));
    report.converged = std::abs(change) < tol_;
    tell(state, change);
  }
  report.seconds += stopwatch.seconds();
}

double Em::step_with_bound(EmState& state, double lower_bound) {
  Step next = step(state.mixture);
  const double other = std::exchange(next.lower_bound, lower_bound);
  const double change = lower_bound - state.lower_bound;
  ++state.report.n_iter;
  take(state, std::move(next));
  tell(state, change);
  return other;
}

// A pass over the rows that tries a proposal. Its change says nothing of how far EM still moves.
void Em::jump(EmState& state, Squarem& squarem) {
  const double before = state.lower_bound;
  std::optional<Step> next;
  try {
    next = step(*squarem.proposal());
  } catch (const DegenerateError&) {  // a step of EM need not come there
    next.reset();
  }
  if (next && next->repairs.empty() && next->lower_bound >= before) {
    squarem.accept();
    take(state, std::move(*next));
  } else {
    squarem.refuse();
    state.lower_bounds.push_back(before);
  }
  tell(state, state.lower_bound - before);
}

// Returns the mixture before.
Mixture Em::take(EmState& state, Step next) {
  StartReport& report = state.report;
  monitor_.record(state.number, report.n_iter, std::move(next.repairs));
  report.lower_bound = state.lower_bound = next.lower_bound;
  state.lower_bounds.push_back(next.lower_bound);
  return std::exchange(state.mixture, std::move(next.mixture));
}

void Em::tell(const EmState& state, double change) {
  const StartReport& report = state.report;
  monitor_.tell({state.number, report.n_iter, report.lower_bound, change, report.converged});
}

}  // namespace gaussmix
