// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "densities/distances.hpp"
#include "densities/kernel.hpp"

namespace gaussmix {
namespace {

// sum_c ((x_c - mu_c) u_c)^2.
template <class T>
class DiagonalKernel final : public Kernel<T> {
 public:
  explicit DiagonalKernel(const Densities& densities) : components_(densities) {
    const Index d = densities.features;
    const bool spherical = densities.layout.kind == CovarianceLayout::Kind::scalar;
    for (Index i = 0; i < densities.components * d; ++i) {
      scales_.push_back(static_cast<T>(densities.factors[spherical ? i / d : i]));
    }
  }

  void log_density(const Block<T>& block, RowRange rows, Index j, T /*floor*/, T* out,
                   T* /*scratch*/) const override {
    const Index d = components_.features;
    const auto mean = components_.mean(j);
    const T* const scales = scales_.data() + j * d;
    components_.template write_log_densities<V>(rows, j, out, [&](Index row, Pack(&distances)[V]) {
      for (Index c = 0; c < d; ++c) {
        const Pack scale = simd::broadcast(scales[c]);
        const T* const x = block.column(c) + row;
        for (int v = 0; v < V; ++v) {
          const Pack difference = mean.centre(simd::load(x + v * simd::kLanes<T>), c);
          const Pack z = simd::multiply<T>(difference, scale);
          distances[v] = simd::multiply_add<T>(z, z, distances[v]);
        }
      }
    });
  }

 private:
  using Pack = simd::Pack<T>;
  static constexpr int V = kSumsOfSquares;

  KernelComponents<T> components_;
  std::vector<T> scales_;  // k x d: the square roots of the precisions
};

}  // namespace

template <class T>
KernelPointer<T> make_diagonal_kernel(const Densities& densities) {
  return std::make_unique<DiagonalKernel<T>>(densities);
}

template KernelPointer<float> make_diagonal_kernel(const Densities&);
template KernelPointer<double> make_diagonal_kernel(const Densities&);

}  // namespace gaussmix
