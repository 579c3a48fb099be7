// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "covariance/layout.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "support/interface.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// What covariances are estimated from: the components' scatters about their means.
struct CovarianceProblem {
  Execution& execution;
  const Statistics& statistics;
  /// k numbers n_j: what each scatter is divided by, zero for a component without rows.
  std::vector<double> counts;
  /// Added to each variance; as to a scatter, n_j times as much.
  double reg_covar;
  /// The covariances before, in the family's layout; nullptr in the first M-step.
  const std::vector<double>* previous;
};

/// A covariance model: what its M-step needs, what it computes, and how many parameters it has.
/// Families are stateless; `families` lists the one object of each.
class Family : public Interface {
 public:
  /// \param type how its covariances are stored
  /// \param scatter_form full, pooled or diagonal
  /// \param has_linear_coordinates whether affine combinations of `coordinates`
  ///   (mixture/coordinates.hpp) stay in the family
  Family(const char* name, CovarianceType type, ScatterForm scatter_form,
         bool has_linear_coordinates = true)
      : name_(name),
        type_(type),
        scatter_form_(scatter_form),
        has_linear_coordinates_(has_linear_coordinates) {}

  const char* name() const { return name_; }
  CovarianceType type() const { return type_; }
  ScatterForm scatter_form() const { return scatter_form_; }
  bool has_linear_coordinates() const { return has_linear_coordinates_; }

  /// The number of free parameters of the covariances of k components of d features.
  virtual Index n_parameters(Index k, Index d) const = 0;

  /// out = the maximum-likelihood covariances, in the layout of the type, with reg_covar added to
  /// each variance (or n_j reg_covar to each scatter, where the family would lose its shape). A
  /// component without rows may have zeros; what cannot be factorised is repaired by the caller.
  /// \throws Interrupted
  virtual void covariances(const CovarianceProblem& problem, std::vector<double>& out) const = 0;

 private:
  const char* name_;
  CovarianceType type_;
  ScatterForm scatter_form_;
  bool has_linear_coordinates_;
};

const Family& full_family();
const Family& tied_family();
const Family& diag_family();
const Family& spherical_family();

// Celeux and Govaert's, by mclust's names: the volume, the shape and the orientation of the
// covariances are Equal or Variable, or the Identity.
const Family& eii_family();
const Family& eei_family();
const Family& vei_family();
const Family& evi_family();
const Family& vee_family();
const Family& eve_family();
const Family& vve_family();
const Family& eev_family();
const Family& vev_family();
const Family& evv_family();

// Multiples of the identity that are given.
const Family& fixed_family();

/// All families. The first ones are those of the types, in the order of CovarianceType.
const std::vector<const Family*>& families();
/// The family in which any covariances may be that a type can store.
const Family& family_of(CovarianceType type);
/// That of a mixture.
const Family& family_of(const Mixture::Shape& shape);
/// That of a name of `covariance_families`. \throws std::invalid_argument where there is none
const Family& family_named(const std::string& name);
/// \throws std::invalid_argument where a family of one feature, E or V, is to have more
void require_features(const std::string& family, Index features);

}  // namespace gaussmix
