// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "em/engine.hpp"
#include "em/maximize.hpp"
#include "em/model.hpp"
#include "em/monitor.hpp"
#include "gaussmix/fit.hpp"

namespace gaussmix {

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
  /// One iteration from a mixture.
  /// \param spent as for `maximize`
  /// \throws DegenerateError, Interrupted
  Step step(const Mixture& mixture, std::optional<Mixture> spent = std::nullopt);

  /// Iterates until the start has made n_iter iterations or has converged, or the observer ends the
  /// fit.
  /// \throws DegenerateError, Interrupted, and what the observer throws
  void advance(EmState& state, int n_iter);

 private:
  Execution& execution_;
  Engine& engine_;
  const Model& model_;
  double tol_;
  Monitor& monitor_;
};

}  // namespace gaussmix
