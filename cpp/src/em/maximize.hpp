// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "em/model.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// A component that had to be repaired; -1 for a covariance that all share.
struct RepairedComponent {
  Index component;
  std::string reason, action;
};

struct Maximized {
  Mixture mixture;
  std::vector<RepairedComponent> repairs;
};

/// The M-step: w_j = n_j / n, mu_j and Sigma_j of maximum likelihood, reg_covar on the diagonals.
///
/// Degenerate::repair: a component whose total responsibility is below 10 eps n keeps the mean and
/// covariance that it has in `previous`; without one (the first M-step) it becomes the Gaussian of
/// all rows, with a hundredth of an equal share as weight. A covariance that cannot be factorised
/// is raised (raise_covariance).
///
/// Degenerate::raise does what scikit-learn does: a covariance that cannot be factorised is an
/// error, and a weight of 10 eps at the origin joins every component: one without rows ends there.
///
/// \param previous the mixture before; nullptr in the first M-step
/// \param spent a mixture of the same sizes that nobody needs any more: its memory is used again.
/// \throws DegenerateError, Interrupted
Maximized maximize(Execution& execution, const Statistics& statistics, const Model& model,
                   const Mixture* previous, std::optional<Mixture> spent = std::nullopt);

}  // namespace gaussmix
