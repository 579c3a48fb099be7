// SPDX-License-Identifier: BSD-3-Clause
#include <type_traits>

#include "covariance/families/family.hpp"
#include "covariance/families/scatter_matrix.hpp"
#include "covariance/families/variances.hpp"

namespace gaussmix {
namespace {

// Axes of each component's own, those of its scatter, from the shortest to the longest: with
// W_j = D_j Omega_j D_j^T, the variances are those of the scatters Omega_j (Celeux, Govaert 1995).
class OwnAxesFamily final : public Family {
 public:
  OwnAxesFamily(const char* name, VarianceRule rule, bool has_linear_coordinates)
      : Family(name, CovarianceType::full, ScatterForm::full, has_linear_coordinates),
        rule_(rule) {}

  Index n_parameters(Index k, Index d) const override {
    return rule_.n_parameters(k, d) + k * d * (d - 1) / 2;
  }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    with_square_matrix(problem.statistics.n_features(), [&](const auto& square) {
      find<std::decay_t<decltype(square)>>(problem, out);
    });
  }

 private:
  template <class Square>
  void find(const CovarianceProblem& problem, std::vector<double>& out) const {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    std::vector<double> scatters(size_t(k * d));
    std::vector<Square> axes(static_cast<std::size_t>(k));
    constexpr Index kPerNumber = 20;  // of d^3, in an eigenvalue decomposition
    const int workers =
        problem.execution.workers(k, static_cast<double>(kPerNumber * k * d * d * d));
    parallel_for(problem.execution, k, workers, [&](Index j, int /*worker*/) {
      const auto pairs = eigenpairs(scatter_matrix<Square>(problem, j));
      axes[size_t(j)] = pairs.vectors;
      Eigen::Map<Eigen::VectorXd>(scatters.data() + j * d, d) = pairs.values.cwiseMax(0.0);
    });
    const auto variances = rule_.variances({problem.counts, scatters});
    out.resize(size_t(k * d * d));
    parallel_for(problem.execution, k, workers, [&](Index j, int /*worker*/) {
      write_covariance(axes[size_t(j)], variances.data() + j * d, out.data() + j * d * d);
    });
  }

  VarianceRule rule_;
};

}  // namespace

const Family& eev_family() {
  static const OwnAxesFamily family("EEV", kEqualVolumesAndShapes, false);
  return family;
}
const Family& vev_family() {
  static const OwnAxesFamily family("VEV", kVariableVolumes, false);
  return family;
}
const Family& evv_family() {
  static const OwnAxesFamily family("EVV", kVariableShapes, true);
  return family;
}

}  // namespace gaussmix
