// SPDX-License-Identifier: BSD-3-Clause
#include <Eigen/Jacobi>
#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "covariance/families/family.hpp"
#include "covariance/families/scatter_matrix.hpp"
#include "covariance/families/variances.hpp"

namespace gaussmix {
namespace {

// Axes D that all components share. Alternately the variances along the axes are found by the rule,
// and each pair of axes is turned in its plane to where sum_j tr(W_j D V_j^-1 D^T) is least (Flury,
// Gautschi 1986). Each step lowers the objective, so that EM never lowers the likelihood. Browne
// and McNicholas 2014 minimise the same objective by another algorithm.
template <class Square>
class CommonAxes {
 public:
  CommonAxes(const CovarianceProblem& problem, VarianceRule rule)
      : rule_(rule), counts_(problem.counts), axes_(first_axes(problem)) {
    turned_.reserve(size_t(problem.statistics.n_components()));
    for (Index j = 0; j < problem.statistics.n_components(); ++j) {
      turned_.emplace_back(axes_.transpose() * scatter_matrix<Square>(problem, j) * axes_);
    }
    find_variances();
  }

  void run(Execution& execution) {
    constexpr int kMostSweeps = 500;
    constexpr double kSmallestSine = 1e-9;
    for (int sweep = 0; sweep < kMostSweeps && !execution.stopping(0); ++sweep) {
      const double largest = turn_all_pairs();
      find_variances();
      if (largest < kSmallestSine) break;
    }
    execution.throw_if_stopped();
  }

  void write(std::vector<double>& out) const {
    const Index d = axes_.rows();
    out.resize(turned_.size() * size_t(d * d));
    for (std::size_t j = 0; j < turned_.size(); ++j) {
      write_covariance(axes_, variances_.data() + j * size_t(d), out.data() + j * size_t(d * d));
    }
  }

 private:
  // The axes of the mixture before, which are those of any combination of its covariances; in the
  // first M-step those of all scatter.
  static Square first_axes(const CovarianceProblem& problem) {
    const Index k = problem.statistics.n_components(), d = problem.statistics.n_features();
    Square sum = Square::Zero(d, d);
    for (Index j = 0; j < k; ++j) {
      if (problem.previous == nullptr) {
        sum += scatter_matrix<Square>(problem, j);
        continue;
      }
      const Eigen::Map<const SquareMatrix> covariance(problem.previous->data() + j * d * d, d, d);
      sum += static_cast<double>(j + 1) / covariance.trace() * covariance;
    }
    return eigenpairs(sum).vectors;
  }

  void find_variances() {
    std::vector<double> scatters;
    scatters.reserve(turned_.size() * size_t(axes_.rows()));
    for (const auto& turned : turned_) {
      for (Index c = 0; c < turned.rows(); ++c) scatters.push_back(std::max(turned(c, c), 0.0));
    }
    variances_ = rule_.variances({counts_, scatters});
  }

  // A turn in the plane of two axes.
  struct Turn {
    double cosine, sine;
  };

  // Returns the largest sine of an angle by which a pair was turned.
  double turn_all_pairs() {
    double largest = 0.0;
    for (Index a = 0; a < axes_.rows(); ++a) {
      for (Index b = a + 1; b < axes_.rows(); ++b) {
        const Turn best = best_turn(a, b);
        if (best.sine != 0.0) turn(a, b, best);
        largest = std::max(largest, std::abs(best.sine));
      }
    }
    return largest;
  }

  // Turning axes a and b by an angle t changes the objective by K cos 2t + L sin 2t and a constant.
  Turn best_turn(Index a, Index b) const {
    const Index d = axes_.rows();
    double K = 0.0, L = 0.0, size = 0.0;
    for (std::size_t j = 0; j < turned_.size(); ++j) {
      const double* const v = variances_.data() + j * size_t(d);
      if (!(v[a] > 0.0 && v[b] > 0.0)) continue;  // without rows, or singular
      const Square& w = turned_[j];
      const double factor = 1.0 / v[a] - 1.0 / v[b];
      K += 0.5 * factor * (w(a, a) - w(b, b));
      L += factor * w(a, b);
      size += (1.0 / v[a] + 1.0 / v[b]) * (w(a, a) + w(b, b));
    }
    constexpr double kRounding = 1e-15;
    const double length = std::sqrt(K * K + L * L);
    if (!(length > kRounding * size)) return {1.0, 0.0};
    const double cosine = -K / length, sine = -L / length;  // of 2t, with t in [-pi/2, pi/2]
    if (cosine >= 0.0) {
      const double half = std::sqrt(0.5 * (1.0 + cosine));
      return {half, sine / (2.0 * half)};
    }
    const double half = std::sqrt(0.5 * (1.0 - cosine));
    return {std::abs(sine) / (2.0 * half), std::copysign(half, sine)};
  }

  void turn(Index a, Index b, const Turn& by) {
    const Eigen::JacobiRotation<double> rotation(by.cosine, -by.sine);
    axes_.applyOnTheRight(a, b, rotation);
    for (auto& turned : turned_) {
      turned.applyOnTheRight(a, b, rotation);
      turned.applyOnTheLeft(a, b, rotation.adjoint());
    }
  }

  VarianceRule rule_;
  const std::vector<double>& counts_;
  Square axes_;
  std::vector<Square> turned_;     // D^T W_j D
  std::vector<double> variances_;  // k x d
};

class CommonAxesFamily final : public Family {
 public:
  CommonAxesFamily(const char* name, VarianceRule rule)
      : Family(name, CovarianceType::full, ScatterForm::full, false), rule_(rule) {}

  Index n_parameters(Index k, Index d) const override {
    return rule_.n_parameters(k, d) + d * (d - 1) / 2;
  }

  void covariances(const CovarianceProblem& problem, std::vector<double>& out) const override {
    with_square_matrix(problem.statistics.n_features(), [&](const auto& square) {
      CommonAxes<std::decay_t<decltype(square)>> axes(problem, rule_);
      axes.run(problem.execution);
      axes.write(out);
    });
  }

 private:
  VarianceRule rule_;
};

}  // namespace

const Family& eve_family() {
  static const CommonAxesFamily family("EVE", kVariableShapes);
  return family;
}
const Family& vve_family() {
  static const CommonAxesFamily family("VVE", kVariableVolumesAndShapes);
  return family;
}

}  // namespace gaussmix
