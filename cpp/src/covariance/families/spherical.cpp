// SPDX-License-Identifier: BSD-3-Clause
#include <numeric>

#include "covariance/families/family.hpp"

namespace gaussmix {
namespace {

// One variance for each component, the mean over its features: sigma_j^2 = sum_c S_jc / (d n_j).
class SphericalFamily final : public Family {
 public:
  SphericalFamily() : Family("spherical", CovarianceType::spherical, ScatterForm::diagonal) {}

  Index n_parameters(Index k, Index /*d*/) const override { return k; }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    out.assign(size_t(k), problem.reg_covar);
    for (Index j = 0; j < k; ++j) {
      const double count = problem.counts[size_t(j)];
      if (count == 0.0) continue;
      const double* const scatter = problem.statistics.scatter(j);
      out[size_t(j)] +=
          std::accumulate(scatter, scatter + d, 0.0) / (static_cast<double>(d) * count);
    }
  }
};

}  // namespace

const Family& spherical_family() {
  static const auto& family =
      *new SphericalFamily;  // never destroyed: fits may run until the process ends
  return family;
}

}  // namespace gaussmix
