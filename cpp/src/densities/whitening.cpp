// SPDX-License-Identifier: BSD-3-Clause
#include "densities/whitening.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "densities/distances.hpp"
#include "densities/kernel.hpp"
#include "densities/triangles.hpp"

namespace gaussmix {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// c = sum_j w_j mu_j, rounded to T. The log-normalizers of components that share a covariance
// differ by the logarithms of their weights alone.
template <class T>
Eigen::RowVectorXd centre_of(const Eigen::Map<const Matrix>& means,
                             const std::vector<double>& log_normalizers) {
  Eigen::RowVectorXd weights =
      Eigen::Map<const Eigen::RowVectorXd>(log_normalizers.data(), means.rows());
  weights = (weights.array() - weights.maxCoeff()).exp();
  return (weights * means / weights.sum()).eval().template cast<T>().template cast<double>();
}

// The rows of a block are whitened once, and have plain distances to the whitened means.
template <class T>
class WhitenedKernel final : public Kernel<T> {
 public:
  WhitenedKernel(const Densities& densities, const Whitening& whitening)
      : components_(whitening.whitened(densities)),
        centre_(whitening.centre.data(), densities.features),
        factors_(densities.factors, 1, densities.features) {}

  // For the columns of y, and x - c of some rows.
  Index scratch_size(Index stride) const override {
    return components_.features * (stride + Factors::kRows);
  }

  void prepare(const Block<T>& block, T* scratch) const override {
    const Index d = components_.features;
    const auto factor = factors_.factor(0);
    const auto centre = centre_.from(0);
    for (Index row = 0; row < block.length; row += Factors::kRows) {
      const auto centred = [&](Index c, Index i) {
        return centre.centre(simd::load(block.column(c) + row + i), c);
      };
      for_each_panel<Factors::kColumns>(
          d, [&](auto width, Index first) __attribute__((always_inline)) {
            Pack products[width()][V];
            Factors::multiply(factor, first, centred, scratch + d * block.stride, products);
            for (int t = 0; t < width(); ++t) {
              T* const y = scratch + (first + t) * block.stride + row;
              for (int v = 0; v < V; ++v) simd::store(y + v * simd::kLanes<T>, products[t][v]);
            }
            return true;
          });
    }
  }

  void log_density(const Block<T>& block, RowRange rows, Index j, T /*floor*/, T* out,
                   T* scratch) const override {
    constexpr int W = kSumsOfSquares;
    const Index d = components_.features;
    const auto mean = components_.mean(j);
    components_.template write_log_densities<W>(rows, j, out, [&](Index row, Pack(&distances)[W]) {
      for (Index c = 0; c < d; ++c) {
        const T* const y = scratch + c * block.stride + row;
        for (int v = 0; v < W; ++v) {
          const Pack z = mean.centre(simd::load(y + v * simd::kLanes<T>), c);
          distances[v] = simd::multiply_add<T>(z, z, distances[v]);
        }
      }
    });
  }

 private:
  using Pack = simd::Pack<T>;
  using Factors = PackedTriangles<T>;
  static constexpr int V = Factors::V;

  KernelComponents<T> components_;
  SplitMeans<T> centre_;
  Factors factors_;
};

}  // namespace

// The error of a sum of d products is about sqrt(d) u times the sum of their absolute values, with
// the unit roundoff u (Higham and Mary 2019: a probabilistic bound); that of its factors, x - c and
// U, is another 2 u. With standard deviations s, |x_r - c_r| <= |mu_jr - c_r| + m s_r for a row at
// distance m from component j. So y - v_j is off by a vector of at most the length
// (sqrt(d) + 2) u (b + m g), where b and g are the lengths of |U|^T |mu_j - c| and |U|^T s, and
// m^2 / 2 is off by m times that. Relative to max(1, m^2 / 2) this is largest near m = sqrt(2). The
// limit is below what a log-density may be off by, since that may be near zero where m is not.
template <class T>
std::optional<Whitening> Whitening::of(const Densities& densities) {
  constexpr double kRoundoff = 0.5 * std::numeric_limits<T>::epsilon();
  constexpr double kLargestError = sizeof(T) == sizeof(float) ? 3e-4 : 1e-9;
  if (!densities.layout.shared) return std::nullopt;
  const Index k = densities.components, d = densities.features;
  const Eigen::Map<const Matrix> factor(densities.factors, d, d);
  const Eigen::Map<const Matrix> means(densities.means, k, d);
  const Eigen::Map<const Matrix> covariance(densities.covariances, d, d);
  const auto centre = centre_of<T>(means, densities.log_normalizers);
  const Matrix centred = means.rowwise() - centre;
  const Matrix absolute = factor.cwiseAbs();
  const double b = (centred.cwiseAbs() * absolute).rowwise().norm().maxCoeff();
  const double g = (covariance.diagonal().cwiseSqrt().transpose() * absolute).norm();
  const double error = kRoundoff * (std::sqrt(static_cast<double>(d)) + 2.0) * (1.5 * b + 2.0 * g);
  if (!(error < kLargestError)) return std::nullopt;
  const Matrix whitened = centred * factor;
  return Whitening{{centre.data(), centre.data() + d}, {whitened.data(), whitened.data() + k * d}};
}

Densities Whitening::whitened(const Densities& densities) const {
  static constexpr double kOne = 1.0;
  Densities unit = densities;
  unit.layout = {CovarianceLayout::Kind::scalar, true, 1, 1};
  unit.means = means.data();
  unit.factors = unit.covariances = &kOne;
  return unit;
}

template <class T>
KernelPointer<T> make_whitened_kernel(const Densities& densities) {
  const auto whitening = Whitening::of<T>(densities);
  return whitening ? std::make_unique<WhitenedKernel<T>>(densities, *whitening) : nullptr;
}

template std::optional<Whitening> Whitening::of<float>(const Densities&);
template std::optional<Whitening> Whitening::of<double>(const Densities&);
template KernelPointer<float> make_whitened_kernel(const Densities&);
template KernelPointer<double> make_whitened_kernel(const Densities&);

}  // namespace gaussmix
