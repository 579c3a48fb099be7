// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "covariance/layout.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "mixture/mixture_parts.hpp"
#include "support/parallel.hpp"

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

/// The M-step: w_j = n_j / n, mu_j and Sigma_j of maximum likelihood, reg_covar on the diagonals.
///
/// Degenerate::repair: a component whose total responsibility is below 10 eps n keeps the mean and
/// covariance that it has in `previous`; without one (the first M-step) it becomes the Gaussian of
/// all rows, with a hundredth of an equal share as weight. A covariance that cannot be factorised
/// is lifted (lift_covariance).
///
/// Degenerate::raise does what scikit-learn does: a covariance that cannot be factorised is an
/// error, and a weight of 10 eps at the origin joins every component, in the statistics too: one
/// without rows ends there.
class Maximization {
 public:
  /// Covariances and their factors, from statistics that have to outlive it.
  /// \param previous the mixture before; nullptr in the first M-step
  /// \param spent a mixture of the same sizes that nobody needs any more: its memory is used again.
  /// \throws Interrupted
  Maximization(Execution& execution, Statistics& statistics, const MaximizationOptions& options,
               const Mixture* previous, std::optional<Mixture> spent = std::nullopt);

  /// The covariances whose smallest variances may have been lost to rounding, had their statistics
  /// been summed in float.
  /// \throws Interrupted
  std::vector<Index> lost_in_float() const;

  struct Result {
    Mixture mixture;
    std::vector<RepairedComponent> repairs;
  };
  /// Repairs what has to be, or refuses to. To be called once.
  /// \throws DegenerateError, Interrupted
  Result finish();

 private:
  using Blocks = std::vector<Index>;

  void repair_empty_components(const Mixture* previous);
  void copy_component(Index j, const std::vector<double>& means,
                      const std::vector<double>& covariances, Index from);
  Blocks all_blocks() const;
  Blocks factorize(const Blocks& blocks);
  void lift();

  Execution& execution_;
  const Statistics& statistics_;
  MaximizationOptions options_;
  Mixture::Shape shape_;
  CovarianceLayout layout_;
  MixtureParts parts_;
  std::vector<RepairedComponent> repairs_;
  Blocks without_factor_;
};

}  // namespace gaussmix
