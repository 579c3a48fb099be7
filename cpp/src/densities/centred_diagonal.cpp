// SPDX-License-Identifier: BSD-3-Clause
#include "densities/centred_diagonal.hpp"

namespace gaussmix {

template <class T>
CentredDiagonalKernel<T>::CentredDiagonalKernel(const Densities& densities)
    : features_(densities.features),
      means_(densities.means, densities.components * densities.features) {
  const bool spherical = densities.layout.kind == CovarianceLayout::Kind::scalar;
  for (Index i = 0; i < densities.components * features_; ++i) {
    scales_.push_back(static_cast<T>(densities.factors[spherical ? i / features_ : i]));
  }
  const auto& normalizers = densities.log_normalizers;
  log_normalizers_.assign(normalizers.begin(), normalizers.end());
}

template <class T>
void CentredDiagonalKernel<T>::log_density(const Block<T>& block, RowRange rows, Index j,
                                           T /*floor*/, T* out, T* /*scratch*/) const {
  constexpr int V = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  const auto mean = means_.from(j * features_);
  const T* const scales = scales_.data() + j * features_;
  for (Index first = rows.first; first < rows.first + rows.count; first += V * L) {
    Pack distance[V];
    for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
    for (Index c = 0; c < features_; ++c) {
      const Pack scale = simd::broadcast(scales[c]);
      const T* const x = block.column(c) + first;
      for (int v = 0; v < V; ++v) {
        const Pack z = simd::multiply<T>(mean.centre(simd::load(x + v * L), c), scale);
        distance[v] = simd::multiply_add<T>(z, z, distance[v]);
      }
    }
    for (int v = 0; v < V; ++v) {
      simd::store(out + first + v * L,
                  simd::log_density<T>(distance[v], simd::broadcast(log_normalizers_[size_t(j)])));
    }
  }
}

template class CentredDiagonalKernel<float>;
template class CentredDiagonalKernel<double>;

}  // namespace gaussmix
