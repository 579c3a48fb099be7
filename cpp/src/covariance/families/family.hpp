// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/statistics.hpp"
#include "gaussmix/types.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// A covariance model: what its M-step needs, what it computes, and how many parameters it has.
/// Families are stateless; family_of returns the one object of each.
class CovarianceFamily {
 public:
  CovarianceFamily() = default;
  CovarianceFamily(const CovarianceFamily&) = delete;
  CovarianceFamily& operator=(const CovarianceFamily&) = delete;
  virtual ~CovarianceFamily() = default;

  virtual ScatterForm scatter_form() const = 0;

  /// The number of free parameters of the covariances of k components of d features.
  virtual Index n_parameters(Index k, Index d) const = 0;

  /// out = the maximum-likelihood covariances, in the layout of the type.
  /// \param counts k numbers: what each component's scatter is divided by; a component whose count
  ///   is zero gets zeros.
  /// \throws Interrupted
  virtual void covariances(Execution& execution, const Statistics& statistics,
                           const std::vector<double>& counts, std::vector<double>& out) const = 0;
};

const CovarianceFamily& full_family();
const CovarianceFamily& tied_family();
const CovarianceFamily& diag_family();
const CovarianceFamily& spherical_family();

const CovarianceFamily& family_of(CovarianceType type);

}  // namespace gaussmix
