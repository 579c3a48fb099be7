// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accumulator.hpp"
#include "course.hpp"
#include "gaussmix/fit.hpp"
#include "maximization.hpp"

namespace gaussmix {

/// One start of EM, as far as it has come over the rows of one Em.
struct EmState {
  int number;  ///< of the start
  Mixture mixture;
  double lower_bound;  ///< before the first iteration: what the change is measured from
  StartReport report = {};
  // gcc warns of an aggregate without it. NOLINTNEXTLINE(readability-redundant-member-init)
  std::vector<double> lower_bounds = {};  ///< of each iteration
  /// Of each component, not 0 if its scatter is made in double, since that of the rows' type once
  /// had no factor; empty if there are none.
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

  // k numbers, not 0 for components for whose products T is likely to be too coarse; or none.
  std::vector<char> likely_in_double(const Mixture& mixture) const;
  // The M-step for statistics of the source, which heeds in_double. That is added to where it has
  // to be; what is repaired is recorded.
  Mixture m_step(Place place, const ResponsibilitySource<T>& source, Statistics& statistics,
                 std::vector<char>& in_double, const Mixture* previous,
                 std::optional<Mixture> spent);

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
