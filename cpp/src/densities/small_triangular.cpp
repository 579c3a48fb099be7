// SPDX-License-Identifier: BSD-3-Clause
#include "densities/small_triangular.hpp"

#include <algorithm>

#include "simd/static_size.hpp"

namespace gaussmix {

template <class T, int D>
SmallTriangularKernel<T, D>::SmallTriangularKernel(const Densities& densities)
    : means_(densities.means, densities.components * densities.features) {
  factor_step_ = densities.layout.shared ? 0 : kEntries;
  for (Index j = 0; j < densities.layout.blocks; ++j) {
    const double* const u = densities.factors + j * D * D;
    for (int column = 0; column < D; ++column) {
      for (int row = 0; row <= column; ++row) {
        factors_.push_back(static_cast<T>(u[row * D + column]));
      }
    }
  }
  const auto& normalizers = densities.log_normalizers;
  log_normalizers_.assign(normalizers.begin(), normalizers.end());
}

template <class T, int D>
void SmallTriangularKernel<T, D>::log_density(const Block<T>& block, RowRange rows, Index j,
                                              T /*floor*/, T* out, T* /*scratch*/) const {
  constexpr int V = 2, kColumns = 4;  // what is multiplied at once
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  const T* const factor = factors_.data() + j * factor_step_;
  const auto mean = means_.from(j * D);
  for (Index first = rows.first; first < rows.first + rows.count; first += V * L) {
    Pack z[D][V], distance[V];
    for (int c = 0; c < D; ++c) {
      for (int v = 0; v < V; ++v) {
        z[c][v] = mean.centre(simd::load(block.column(c) + first + v * L), c);
      }
    }
    for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
    unrolled<(D + kColumns - 1) / kColumns>([&](auto panel) {
      constexpr int kFirst = kColumns * panel(), kCount = std::min(kColumns, D - kFirst);
      Pack product[kCount][V];
      for (auto& column : product) std::fill(column, column + V, simd::broadcast(T(0)));
      unrolled<kFirst + kCount>([&](auto row) {
        for (int t = std::max(row() - kFirst, 0); t < kCount; ++t) {
          const Pack u = simd::broadcast(factor[entry(row(), kFirst + t)]);
          for (int v = 0; v < V; ++v) {
            product[t][v] = simd::multiply_add<T>(z[row()][v], u, product[t][v]);
          }
        }
      });
      for (const auto& column : product) {
        for (int v = 0; v < V; ++v) {
          distance[v] = simd::multiply_add<T>(column[v], column[v], distance[v]);
        }
      }
    });
    for (int v = 0; v < V; ++v) {
      simd::store(out + first + v * L,
                  simd::log_density<T>(distance[v], simd::broadcast(log_normalizers_[size_t(j)])));
    }
  }
}

template <class T>
std::unique_ptr<const Kernel<T>> make_small_triangular_kernel(const Densities& densities) {
  return with_static_size<kFewFeatures>(
      densities.features, [&](auto size) -> std::unique_ptr<const Kernel<T>> {
        return std::make_unique<SmallTriangularKernel<T, size()>>(densities);
      });
}

template std::unique_ptr<const Kernel<float>> make_small_triangular_kernel<float>(const Densities&);
template std::unique_ptr<const Kernel<double>> make_small_triangular_kernel<double>(
    const Densities&);

}  // namespace gaussmix
