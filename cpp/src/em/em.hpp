// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "em/maximize.hpp"
#include "gaussmix/fit.hpp"
#include "support/interface.hpp"

namespace gaussmix {

class Squarem;

/// Where the statistics of an E-step come from: rows in memory, batches, other machines.
class Engine : public Interface {
 public:
  /// Forgets what it remembers of E-steps: another start of EM begins or goes on.
  virtual void begin() {}

  /// The statistics of all rows under a mixture, valid until the next call.
  /// \throws Interrupted
  virtual const Statistics& expect(const Mixture& mixture) = 0;
};

/// What happens in a fit: told to its observer, who may end it, and kept for its result.
class Monitor {
 public:
  /// \param observer may be empty
  explicit Monitor(std::function<bool(const Progress&)> observer)
      : observer_(std::move(observer)) {}

  /// \throws what the observer throws
  void tell(const Progress& progress) { stopped_ |= observer_ && observer_(progress); }
  /// Whether the observer has ended the fit.
  bool stopped() const { return stopped_; }

  /// Keeps repairs of an iteration; 0 is the first M-step. Of a component that stays empty, or goes
  /// on collapsing, only the first repair of a start is kept.
  void record(int start, int iteration, std::vector<RepairedComponent> repairs);
  /// Those of a start that ran before.
  void record(const FitResult& run);
  std::vector<Repair>& repairs() { return repairs_; }

 private:
  void add(Repair repair);

  std::function<bool(const Progress&)> observer_;
  bool stopped_ = false;
  std::vector<Repair> repairs_;
};

/// One start of EM, as far as it has come.
struct EmState {
  int number;  ///< of the start
  Mixture mixture;
  double lower_bound;  ///< before the first iteration: what the change is measured from
  StartReport report = {};
  // gcc warns of an aggregate without it. NOLINTNEXTLINE(readability-redundant-member-init)
  std::vector<double> lower_bounds = {};  ///< of each iteration
};

/// EM (Dempster, Laird, Rubin 1977): an engine's E-steps and a model's M-steps in turn.
class Em {
 public:
  Em(Execution& execution, Engine& engine, const Model& model, double tol, Monitor& monitor);

  struct Step {
    Mixture mixture;     ///< after the M-step
    double lower_bound;  ///< before it: the rows' mean log-likelihood, and the mixture's log-prior
    std::vector<RepairedComponent> repairs;
  };
  /// Of a mixture; an E-step without an M-step.
  /// \throws Interrupted
  double lower_bound(const Mixture& mixture);

  /// One iteration from a mixture.
  /// \param recycled as for `maximize`
  /// \throws DegenerateError, Interrupted
  Step step(const Mixture& mixture, std::optional<Mixture> recycled = std::nullopt);

  /// Iterates until the start has made n_iter iterations or has converged, or the observer ends the
  /// fit. A pass over the rows that tries a proposal of `squarem` is an iteration, too; one that
  /// was refused repeats the lower bound. EM alone decides that a start has converged.
  /// \param squarem of this start, or nullptr: plain EM
  /// \throws DegenerateError, Interrupted, and what the observer throws
  void advance(EmState& state, int n_iter, Squarem* squarem = nullptr);

  /// One iteration more of a start, that says it had this lower bound. Returns what it had.
  /// \throws DegenerateError, Interrupted, and what the observer throws
  double step_with_bound(EmState& state, double lower_bound);

 private:
  double lower_bound(const Statistics& statistics, const Mixture& mixture) const;
  void jump(EmState& state, Squarem& squarem);
  Mixture take(EmState& state, Step next);
  void tell(const EmState& state, double change);

  Execution& execution_;
  Engine& engine_;
  const Model& model_;
  double tol_;
  Monitor& monitor_;
};

}  // namespace gaussmix
