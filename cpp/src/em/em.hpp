// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "em/accumulator.hpp"
#include "em/maximization.hpp"
#include "gaussmix/fit.hpp"
#include "starts/course.hpp"

namespace gaussmix {

/// One start of EM, as far as it has come over the rows of one Em.
struct EmState {
  int number;  ///< of the start
  Mixture mixture;
  double lower_bound;  ///< before the first iteration: what the change is measured from
  StartReport report = {};
  // gcc warns of an aggregate without it. NOLINTNEXTLINE(readability-redundant-member-init)
  std::vector<double> lower_bounds = {};  ///< of each iteration
  /// Of each component, not 0 if its scatter is made in double, since the rows' type was once too
  /// coarse; empty before the first iteration.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::vector<char> in_double = {};
};

/// EM for one fit (Dempster, Laird, Rubin 1977): begins its starts and takes them forward.
template <class T>
class Em {
 public:
  /// Over the rows of `data`.
  Em(Execution& execution, const Dataset<T>& data, const FitOptions& options, Course& course);

  /// The start whose first mixture has the parameters that the user set, and for the rest those of
  /// an M-step on first responsibilities.
  /// \throws DegenerateError, Interrupted
  EmState begin(int number, const ResponsibilitySource<T>& responsibilities);

  /// Iterates until the start has made n_iter iterations or has converged, or the observer ends the
  /// fit.
  /// \throws DegenerateError, Interrupted, and what the observer throws
  void advance(EmState& state, int n_iter);

 private:
  struct Place {
    int start, iteration;
  };

  struct Step {
    Mixture mixture;
    double log_likelihood;  // under the responsibilities' mixture
  };

  // Statistics and an M-step, whose repairs are recorded. in_double, k numbers, says for which
  // components sums are made in double, and is added to where it has to be.
  Step step(Place place, const ResponsibilitySource<T>& responsibilities,
            std::vector<char>& in_double, const Mixture* previous, std::optional<Mixture> spent);
  // in_double, and the components for which T is likely to be too coarse.
  std::vector<char> likely_in_double(std::vector<char> in_double, const Mixture* mixture) const;
  // Marks the components of covariances in in_double. Whether the source has not had all of them in
  // double.
  bool mark(const std::vector<Index>& covariances, const ResponsibilitySource<T>& source,
            std::vector<char>& in_double) const;

  Execution& execution_;
  const Dataset<T>& data_;
  const FitOptions& options_;
  Course& course_;
  double total_weight_;
  Mixture::Shape shape_;
  MaximizationOptions m_step_options_;
  Accumulator<T> accumulator_;
};

}  // namespace gaussmix
