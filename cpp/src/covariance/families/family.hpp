// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "gaussmix/types.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// A covariance model: what its M-step needs, what it computes, and how many parameters it has.
/// Families are stateless; family_of returns the one object of each.
class Family {
 public:
  Family() = default;
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  virtual ~Family() = default;

  virtual const char* name() const = 0;
  /// How its covariances are stored.
  virtual CovarianceType type() const = 0;
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

const Family& full_family();
const Family& tied_family();
const Family& diag_family();
const Family& spherical_family();

/// The family of a type.
const Family& family_of(CovarianceType type);
/// That of a mixture.
const Family& family_of(const Mixture::Shape& shape);

}  // namespace gaussmix
