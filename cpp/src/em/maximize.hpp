// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "covariance/families/family.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "mixture/mixture_parts.hpp"
#include "support/interface.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// What is known of a mixture before the data: a conjugate prior, which counts as rows.
class Prior : public Interface {
 public:
  /// Adds to each component's mean and scatter the rows that the prior counts as there.
  virtual void add_to(Statistics& statistics) const = 0;
  /// How many rows it counts as in a component's covariance: what the scatter is divided by grows
  /// by so much. They may be more than those that its mean is drawn by.
  virtual double count(Index n_components) const = 0;
  /// The logarithm of its density at a mixture, but for a constant; in the statistics' own weights.
  virtual double log_density(const Mixture& mixture) const = 0;
};

/// What an M-step estimates: a family of covariances, a prior, a constraint, and what becomes of a
/// component that cannot be estimated.
struct Model {
  const Family* family = &full_family();
  double reg_covar = 0.0;  ///< added to each variance; at least 0
  Degenerate degenerate = Degenerate::repair;
  std::shared_ptr<const Prior> prior;  ///< none: maximum likelihood
  /// Changes estimates to satisfy a constraint: weights (of any sum), means, and covariances before
  /// they are factorised. Empty: no constraint.
  std::function<void(const Statistics& statistics, MixtureParts& parts)> constrain;
  /// The box of a noise component, of which the weight is estimated; none: there is none. The rows'
  /// weight is then more than that of the components, which is what the noise has.
  // gcc warns of an aggregate without it. NOLINTNEXTLINE(readability-redundant-member-init)
  std::optional<Noise> noise = {};

  double log_prior(const Mixture& mixture) const {
    return prior ? prior->log_density(mixture) : 0.0;
  }
};

/// A component that had to be repaired; -1 for a covariance that all share.
struct RepairedComponent {
  Index component;
  std::string reason, action;
};

struct Estimate {
  Mixture mixture;
  std::vector<RepairedComponent> repairs;
};

/// The M-step: w_j = n_j / n, mu_j and Sigma_j of maximum likelihood, or of the highest posterior
/// density if there is a prior, reg_covar on the diagonals; the noise has what is left of the rows.
///
/// Degenerate::repair: a component whose total responsibility is below 10 eps n keeps its mean and
/// covariance in `previous` (so does a covariance that all components share, where all rows are
/// noise); without one (the first M-step) it becomes the Gaussian of all rows, with a hundredth of
/// an equal share as weight. The smallest eigenvalues of a covariance that cannot be factorised are
/// raised (raise_covariance).
///
/// Degenerate::raise does what scikit-learn does: a covariance that cannot be factorised is an
/// error, and a weight of 10 eps at the origin joins every component: one without rows ends there.
///
/// \param previous the mixture before; nullptr in the first M-step
/// \param recycled a mixture of the same sizes that is no longer needed: its memory is used again.
/// \throws DegenerateError, Interrupted
Estimate maximize(Execution& execution, const Statistics& statistics, const Model& model,
                  const Mixture* previous, std::optional<Mixture> recycled = std::nullopt);

}  // namespace gaussmix
