// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// Which responsibilities an E-step may pass over: those r of a component with the weight w that
/// are at most b w, b being the budget. The weights sum to at most 1, so a row loses at most b of
/// its mass; and over rows that weigh n a component loses at most b n w, b of the weight that it
/// comes with. As w times the component's density is r times the mixture's, that is: a component is
/// passed over where its density is at most b times the mixture's.
///
/// Without truncation the budget is 1e-17, and what a component loses of its scatter is held to it
/// as well: m^2 r is at most b w, with the Mahalanobis distance m.
class Budget {
 public:
  /// \param truncation in [0, 0.1]
  Budget(const Mixture& mixture, double truncation);

  /// The log-density, with the weight, up to which component j may be passed over in rows of whose
  /// log-densities under the mixture none is below `log_density`.
  template <class T>
  T floor(Index j, T log_density) const {
    return static_cast<T>(slope_) * log_density - static_cast<T>(offset_[size_t(j)]);
  }

  /// Of each component, and of the noise: the responsibility up to which it counts as none.
  const std::vector<double>& responsibilities() const { return responsibilities_; }

 private:
  double slope_ = 1.0;
  std::vector<double> offset_, responsibilities_;
};

}  // namespace gaussmix
