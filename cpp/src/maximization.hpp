// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "parallel.hpp"

namespace gaussmix {

struct MaximizationOptions {
  CovarianceType type = CovarianceType::full;
  double reg_covar = 0.0;
  Degenerate degenerate = Degenerate::repair;
};

/// A component that had to be repaired; -1 for a covariance that all share.
struct RepairedComponent {
  Index component;
  std::string reason, action;
};

struct Maximization {
  Mixture mixture;
  std::vector<RepairedComponent> repairs;
};

/// The statistics of the same rows, with the scatter of these covariances (all of them, where one
/// is shared) made in double; nullptr where it was already.
using Recount = std::function<Statistics*(const std::vector<Index>& covariances)>;

/// The M-step: w_j = n_j / n, mu_j and Sigma_j of maximum likelihood, reg_covar on the diagonals.
///
/// Degenerate::repair: a component whose total responsibility is below 10 eps n keeps the mean and
/// covariance that it has in `previous`; without one (the first M-step) it becomes the Gaussian of
/// all rows, with a hundredth of an equal share as weight. A covariance that cannot be factorised
/// is lifted (lift_covariance).
///
/// Degenerate::raise does what scikit-learn does: a weight of 10 eps at the origin joins every
/// component, in the statistics too, and a covariance that cannot be factorised is an error.
/// \param spent a mixture of the same sizes that nobody needs any more: its memory is used again.
/// \param recount is called at most once, for covariances that have no factor: their smallest
/// variances may have been lost to rounding. Not called where it is empty.
/// \throws DegenerateError, Interrupted
Maximization maximize(Execution& execution, Statistics& statistics,
                      const MaximizationOptions& options, const Mixture* previous,
                      std::optional<Mixture> spent = std::nullopt, const Recount& recount = {});

}  // namespace gaussmix
