// SPDX-License-Identifier: BSD-3-Clause
#include "em/em.hpp"

#include <algorithm>
#include <cmath>

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

Em::Step Em::step(const Mixture& mixture, std::optional<Mixture> recycled) {
  const Statistics& statistics = engine_.expect(mixture);
  const double prior = std::ldexp(model_.log_prior(mixture), -statistics.unit_exponent());
  const double bound = (statistics.log_likelihood() + prior) / statistics.row_weight();
  auto next = maximize(execution_, statistics, model_, &mixture, std::move(recycled));
  return {std::move(next.mixture), bound, std::move(next.repairs)};
}

void Em::advance(EmState& state, int n_iter) {
  const Stopwatch stopwatch;
  StartReport& report = state.report;
  std::optional<Mixture> recycled;
  engine_.begin();
  while (report.n_iter < n_iter && !report.converged && !monitor_.stopped()) {
    ++report.n_iter;
    Step next = step(state.mixture, std::exchange(recycled, std::nullopt));
    recycled = std::exchange(state.mixture, std::move(next.mixture));
    monitor_.record(state.number, report.n_iter, std::move(next.repairs));

    const double bound = next.lower_bound;
    const double change = bound - std::exchange(state.lower_bound, bound);
    state.lower_bounds.push_back(bound);
    report.lower_bound = bound;
    report.converged = std::abs(change) < tol_;
    monitor_.tell({state.number, report.n_iter, bound, change, report.converged});
  }
  report.seconds += stopwatch.seconds();
}

}  // namespace gaussmix
