// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include "covariance/families/family.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "gaussmix/types.hpp"
#include "mixture/mixture_parts.hpp"

namespace gaussmix {

/// What is known of a mixture before the data: a conjugate prior, which counts as rows.
class Prior {
 public:
  Prior() = default;
  Prior(const Prior&) = delete;
  Prior& operator=(const Prior&) = delete;
  virtual ~Prior() = default;

  /// Adds the rows that the prior counts as.
  virtual void add_to(Statistics& statistics) const = 0;
  /// The logarithm of its density at a mixture, but for a constant; in the statistics' own weights.
  virtual double log_density(const Mixture& mixture) const = 0;
};

/// What an M-step estimates: which covariances there may be, what is known before, what has to hold
/// of the parameters, and what becomes of a component that cannot be estimated.
struct Model {
  const Family* family = &full_family();
  double reg_covar = 0.0;  ///< added to each variance; at least 0
  Degenerate degenerate = Degenerate::repair;
  std::shared_ptr<const Prior> prior;  ///< none: maximum likelihood
  /// Changes estimates so that they are as they have to be: weights (of any sum), means, and
  /// covariances before they are factorised. None: nothing has to hold.
  std::function<void(const Statistics& statistics, MixtureParts& parts)> constrain;

  double log_prior(const Mixture& mixture) const {
    return prior ? prior->log_density(mixture) : 0.0;
  }
};

}  // namespace gaussmix
