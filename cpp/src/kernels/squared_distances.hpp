// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "blocks.hpp"
#include "kernels/split_means.hpp"

namespace gaussmix {

/// out[j * block.stride + i] = |x_i - centre_j|^2 for k centres. Differences are taken before they
/// are squared, so nothing cancels.
template <class T>
void squared_distances(const Block<T>& block, const SplitMeans<T>& centres, Index k, T* out) {
  constexpr int V = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  for (Index j = 0; j < k; ++j) {
    for (Index first = 0; first < block.length; first += V * L) {
      Pack distance[V];
      for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
      for (Index c = 0; c < block.features; ++c) {
        const T* const x = block.column(c) + first;
        for (int v = 0; v < V; ++v) {
          const Pack z = centres.centre(simd::load(x + v * L), j * block.features + c);
          distance[v] = simd::multiply_add<T>(z, z, distance[v]);
        }
      }
      for (int v = 0; v < V; ++v) {
        simd::store(out + j * block.stride + first + v * L, distance[v]);
      }
    }
  }
}

}  // namespace gaussmix
