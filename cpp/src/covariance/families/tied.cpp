// SPDX-License-Identifier: BSD-3-Clause
#include <numeric>

#include "covariance/families/family.hpp"
#include "covariance/linalg/symmetric.hpp"

namespace gaussmix {
namespace {

// One matrix for all components: Sigma = sum_j S_j / sum_j n_j.
class TiedFamily final : public Family {
 public:
  TiedFamily() : Family("tied", CovarianceType::tied, ScatterForm::pooled) {}

  Index n_parameters(Index /*k*/, Index d) const override { return d * (d + 1) / 2; }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const Index d = problem.statistics.n_features();
    out.resize(size_t(d * d));
    const double count = std::accumulate(problem.counts.begin(), problem.counts.end(), 0.0);
    divide_symmetric(problem.statistics.scatter(0), count, d, problem.reg_covar, out.data());
  }
};

}  // namespace

const Family& tied_family() {
  static const auto& family =
      *new TiedFamily;  // never destroyed: fits may run until the process ends
  return family;
}

}  // namespace gaussmix
