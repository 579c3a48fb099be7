// SPDX-License-Identifier: BSD-3-Clause
#include "densities/whitened.hpp"

#include <algorithm>

namespace gaussmix {

template <class T>
WhitenedKernel<T>::WhitenedKernel(const Densities& densities, const Whitening& whitening)
    : features_(densities.features),
      centre_(whitening.centre.data(), features_),
      means_(whitening.means.data(), static_cast<Index>(whitening.means.size())),
      panels_(densities.factors, 1, features_, 1) {
  const auto& normalizers = densities.log_normalizers;
  log_normalizers_.assign(normalizers.begin(), normalizers.end());
}

// The whitened columns, and a strip of centred rows.
template <class T>
Index WhitenedKernel<T>::scratch_size(Index stride) const {
  return features_ * (stride + kStrip);
}

template <class T>
void WhitenedKernel<T>::prepare(const Block<T>& block, T* scratch) const {
  constexpr Index L = simd::kLanes<T>;
  T* const strip = scratch + features_ * block.stride;
  const auto factor = panels_.of(0);
  const auto centre = centre_.from(0);
  for (Index first = 0; first < block.length; first += kStrip) {
    const auto centred = [&](Index c, Index i) {
      return centre.centre(simd::load(block.column(c) + first + i), c);
    };
    for (Index panel = 0; panel < features_; panel += kPanel) {
      typename TriangularPanels<T>::Products product;
      panels_.multiply(factor, panel, centred, strip, product);
      for (int t = 0; t < kPanel && panel + t < features_; ++t) {
        T* const column = scratch + (panel + t) * block.stride + first;
        for (int v = 0; v < simd::kUnroll<T>; ++v) simd::store(column + v * L, product[v][t]);
      }
    }
  }
}

template <class T>
void WhitenedKernel<T>::log_density(const Block<T>& block, RowRange rows, Index j, T /*floor*/,
                                    T* out, T* scratch) const {
  constexpr int V = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  const auto mean = means_.from(j * features_);
  const Pack log_normalizer = simd::broadcast(log_normalizers_[size_t(j)]);
  for (Index first = rows.first; first < rows.first + rows.count; first += V * L) {
    Pack distance[V];
    for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
    for (Index c = 0; c < features_; ++c) {
      const T* const y = scratch + c * block.stride + first;
      for (int v = 0; v < V; ++v) {
        const Pack z = mean.centre(simd::load(y + v * L), c);
        distance[v] = simd::multiply_add<T>(z, z, distance[v]);
      }
    }
    for (int v = 0; v < V; ++v) {
      simd::store(out + first + v * L, simd::log_density<T>(distance[v], log_normalizer));
    }
  }
}

template class WhitenedKernel<float>;
template class WhitenedKernel<double>;

}  // namespace gaussmix
