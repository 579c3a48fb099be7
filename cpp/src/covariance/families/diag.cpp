// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"

namespace gaussmix {
namespace {

// A variance for each component and feature: sigma_jc^2 = S_jc / n_j.
class DiagFamily final : public Family {
 public:
  DiagFamily() : Family("diag", CovarianceType::diag, ScatterForm::diagonal) {}

  Index n_parameters(Index k, Index d) const override { return k * d; }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    out.assign(size_t(k * d), problem.reg_covar);
    for (Index j = 0; j < k; ++j) {
      const double count = problem.counts[size_t(j)];
      for (Index c = 0; c < d && count > 0.0; ++c) {
        out[size_t(j * d + c)] += problem.statistics.scatter(j)[c] / count;
      }
    }
  }
};

}  // namespace

const Family& diag_family() {
  static const auto& family =
      *new DiagFamily;  // never destroyed: fits may run until the process ends
  return family;
}

}  // namespace gaussmix
