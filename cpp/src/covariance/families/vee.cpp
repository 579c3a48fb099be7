// SPDX-License-Identifier: BSD-3-Clause
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "covariance/families/family.hpp"
#include "covariance/families/scatter_matrix.hpp"

namespace gaussmix {
namespace {

// Sigma_j = lambda_j C, |C| = 1: alternately lambda_j = tr(W_j C^-1) / (d n_j), and C proportional
// to sum_j W_j / lambda_j (Celeux, Govaert 1995). There is one minimum.
class VeeFamily final : public Family {
 public:
  VeeFamily() : Family("VEE", CovarianceType::full, ScatterForm::full) {}

  Index n_parameters(Index k, Index d) const override { return k - 1 + d * (d + 1) / 2; }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    with_square_matrix(problem.statistics.n_features(), [&](const auto& square) {
      find<std::decay_t<decltype(square)>>(problem, out);
    });
  }

 private:
  template <class Square>
  static void find(const CovarianceProblem& problem, std::vector<double>& out) {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    std::vector<Square> scatters;
    scatters.reserve(static_cast<std::size_t>(k));
    for (Index j = 0; j < k; ++j) scatters.push_back(scatter_matrix<Square>(problem, j));
    std::vector<double> volumes(size_t(k), 1.0);
    Square common = Square::Identity(d, d);
    alternate(problem, scatters, volumes, common);
    out.clear();
    out.reserve(size_t(k * d * d));
    for (Index j = 0; j < k; ++j) {
      const double volume = problem.counts[size_t(j)] > 0.0 ? volumes[size_t(j)] : 0.0;
      for (Index i = 0; i < d * d; ++i) out.push_back(volume * common.data()[i]);
    }
  }

  template <class Square>
  static void alternate(const CovarianceProblem& problem, const std::vector<Square>& scatters,
                        std::vector<double>& volumes, Square& common) {
    constexpr int kMostIterations = 10'000;
    constexpr double kTolerance = 1e-13;
    const Index d = common.rows();
    double change = 1.0;
    for (int i = 0; i < kMostIterations && change > kTolerance; ++i) {
      if (problem.execution.stopping(0)) return problem.execution.throw_if_stopped();
      const Eigen::LLT<Square> factor(common);
      // Without a factor, what was found so far is repaired by the caller.
      if (factor.info() != Eigen::Success) return;
      const Square inverse = factor.solve(Square::Identity(d, d));
      Square sum = Square::Zero(d, d);
      change = 0.0;
      for (std::size_t j = 0; j < scatters.size(); ++j) {
        if (problem.counts[j] == 0.0) continue;
        const double volume =
            scatters[j].cwiseProduct(inverse).sum() / (static_cast<double>(d) * problem.counts[j]);
        change = std::max(change, std::abs(volume / volumes[j] - 1.0));
        volumes[j] = volume;
        sum += scatters[j] / volume;
      }
      const Eigen::LLT<Square> factor_of_sum(sum);
      common = sum * std::exp(-2.0 * factor_of_sum.matrixLLT().diagonal().array().log().mean());
    }
  }
};

}  // namespace

const Family& vee_family() {
  static const VeeFamily family;
  return family;
}

}  // namespace gaussmix
