// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"
#include "covariance/linalg/symmetric.hpp"

namespace gaussmix {
namespace {

// A matrix of its own for each component: Sigma_j = S_j / n_j.
class FullFamily final : public Family {
 public:
  FullFamily() : Family("full", CovarianceType::full, ScatterForm::full) {}

  Index n_parameters(Index k, Index d) const override { return k * d * (d + 1) / 2; }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    const auto& statistics = problem.statistics;
    const Index k = statistics.n_components(), d = statistics.n_features();
    out.resize(size_t(k * d * d));
    constexpr Index kPerNumber = 16;  // divided, and stored twice, once across
    const int workers = problem.execution.workers(k, static_cast<double>(kPerNumber * k * d * d));
    parallel_for(problem.execution, k, workers, [&](Index j, int /*worker*/) {
      divide_symmetric(statistics.scatter(j), problem.counts[size_t(j)], d, problem.reg_covar,
                       out.data() + j * d * d);
    });
  }
};

}  // namespace

const Family& full_family() {
  static const auto& family =
      *new FullFamily;  // never destroyed: fits may run until the process ends
  return family;
}

}  // namespace gaussmix
