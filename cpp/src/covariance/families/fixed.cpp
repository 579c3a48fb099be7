// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"

namespace gaussmix {
namespace {

// Covariances sigma_j^2 I that stay as they were: a start is given them, and no M-step estimates
// any. With sigma_j all the same and going to zero, EM is k-means.
class FixedFamily final : public Family {
 public:
  FixedFamily() : Family("fixed", CovarianceType::spherical, ScatterForm::diagonal) {}

  Index n_parameters(Index /*k*/, Index /*d*/) const override { return 0; }

  // Those of the first M-step are exchanged for the start's.
  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const auto k = size_t(problem.statistics.n_components());
    out = problem.previous != nullptr ? *problem.previous : std::vector<double>(k, 1.0);
  }
};

}  // namespace

const Family& fixed_family() {
  static const FixedFamily family;
  return family;
}

}  // namespace gaussmix
