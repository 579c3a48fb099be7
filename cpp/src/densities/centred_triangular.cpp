// SPDX-License-Identifier: BSD-3-Clause
#include "densities/centred_triangular.hpp"

#include <algorithm>
#include <limits>

namespace gaussmix {

template <class T>
CentredTriangularKernel<T>::CentredTriangularKernel(const Densities& densities, int n_threads)
    : features_(densities.features),
      shared_(densities.layout.shared),
      means_(densities.means, densities.components * densities.features),
      panels_(densities.factors, densities.layout.blocks, features_, n_threads) {
  const auto& normalizers = densities.log_normalizers;
  log_normalizers_.assign(normalizers.begin(), normalizers.end());
}

template <class T>
Index CentredTriangularKernel<T>::scratch_size(Index /*stride*/) const {
  return features_ * kStrip;
}

template <class T>
void CentredTriangularKernel<T>::log_density(const Block<T>& block, RowRange rows, Index j, T floor,
                                             T* out, T* scratch) const {
  for (Index first = rows.first; first < rows.first + rows.count; first += kStrip) {
    strip_log_density(block, first, j, floor, out + first, scratch);
  }
}

// out = log_normalizer - |U^T (x - mu_j)|^2 / 2 for kStrip rows. Each panel's products stay in
// registers: they are squared and summed as soon as they are complete. The sums only grow: after
// 1, 2, 3, 4, 6, 9, ... panels they may tell that all rows end below the floor. x - mu_j is made as
// the panels need it, and kept in `strip`.
template <class T>
void CentredTriangularKernel<T>::strip_log_density(const Block<T>& block, Index first, Index j,
                                                   T floor, T* out, T* strip) const {
  constexpr int V = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  const T log_normalizer = log_normalizers_[size_t(j)];
  const T enough = T(2) * (log_normalizer - floor);
  const auto factor = panels_.of(shared_ ? 0 : j);
  const auto mean = means_.from(j * features_);
  const auto centred = [mean, x = block.data + first, stride = block.stride](Index c, Index i) {
    return mean.centre(simd::load(x + c * stride + i), c);
  };
  Pack distance[V];
  for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
  Index next_look = floor > -std::numeric_limits<T>::infinity() ? kPanel : features_;
  for (Index panel = 0; panel < features_; panel += kPanel) {
    typename TriangularPanels<T>::Products product;
    panels_.multiply(factor, panel, centred, strip, product);
    for (int v = 0; v < V; ++v) {
      for (int t = 0; t < kPanel; ++t) {
        distance[v] = simd::multiply_add<T>(product[v][t], product[v][t], distance[v]);
      }
    }
    if (panel + kPanel == next_look && next_look < features_) {
      next_look += std::max(kPanel, next_look / 2 / kPanel * kPanel);
      unsigned far = simd::kAllLanes<T>;
      for (int v = 0; v < V; ++v) {
        far &= simd::lanes_less<T>(simd::broadcast(enough), distance[v]);
      }
      if (far == simd::kAllLanes<T>) break;
    }
  }
  for (int v = 0; v < V; ++v) {
    simd::store(out + v * L, simd::log_density<T>(distance[v], simd::broadcast(log_normalizer)));
  }
}

template class CentredTriangularKernel<float>;
template class CentredTriangularKernel<double>;

}  // namespace gaussmix
