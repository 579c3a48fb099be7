// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"
#include "covariance/families/variances.hpp"

namespace gaussmix {
namespace {

// Diagonal covariances whose volumes or shapes are equal (Celeux, Govaert 1995, section 2.2).
class AxisAlignedFamily final : public Family {
 public:
  AxisAlignedFamily(const char* name, VarianceRule rule)
      : Family(name, CovarianceType::diag, ScatterForm::diagonal), rule_(rule) {}

  Index n_parameters(Index k, Index d) const override { return rule_.n_parameters(k, d); }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    std::vector<double> scatters;
    scatters.reserve(size_t(k * d));
    for (Index j = 0; j < k; ++j) {
      const double ridge = problem.counts[size_t(j)] * problem.reg_covar;
      for (Index c = 0; c < d; ++c) scatters.push_back(problem.statistics.scatter(j)[c] + ridge);
    }
    out = rule_.variances({problem.counts, scatters});
  }

 private:
  VarianceRule rule_;
};

// One variance for all components and features: sigma^2 = sum_jc S_jc / (n d).
class OneVarianceFamily final : public Family {
 public:
  OneVarianceFamily() : Family("EII", CovarianceType::spherical, ScatterForm::diagonal) {}

  Index n_parameters(Index /*k*/, Index /*d*/) const override { return 1; }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    double sum = 0.0, count = 0.0;
    for (Index j = 0; j < k; ++j) {
      for (Index c = 0; c < d; ++c) sum += problem.statistics.scatter(j)[c];
      count += problem.counts[size_t(j)];
    }
    out.assign(size_t(k), sum / (count * static_cast<double>(d)) + problem.reg_covar);
  }
};

}  // namespace

const Family& eii_family() {
  static const OneVarianceFamily family;
  return family;
}
const Family& eei_family() {
  static const AxisAlignedFamily family("EEI", kEqualVolumesAndShapes);
  return family;
}
const Family& vei_family() {
  static const AxisAlignedFamily family("VEI", kVariableVolumes);
  return family;
}
const Family& evi_family() {
  static const AxisAlignedFamily family("EVI", kVariableShapes);
  return family;
}

}  // namespace gaussmix
