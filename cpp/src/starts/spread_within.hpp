// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "em/maximize.hpp"
#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// For a first M-step from few rows a component, of which a covariance would be singular or far
/// too small: each component that has rows gets d + 1 more at its mean, of the data's mean weight
/// and with the mean covariance within clusters. There is no bound then, so that it has no density.
class SpreadWithin final : public Prior {
 public:
  /// \param clusters statistics of all rows, in the form of those that it is added to
  /// \param n_rows their number
  SpreadWithin(const Statistics& clusters, Index n_rows);

  void add_to(Statistics& statistics) const override;
  double count(Index n_components) const override;
  double log_density(const Mixture& /*mixture*/) const override { return 0.0; }

 private:
  double weight_;  // in units
  int unit_exponent_;
  std::vector<double> scatter_;  // of so much weight, in units
};

}  // namespace gaussmix
