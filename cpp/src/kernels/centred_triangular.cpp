// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/centred_triangular.hpp"

#include <algorithm>
#include <limits>

namespace gaussmix {
namespace {

// The columns of U that are multiplied at once.
constexpr Index kPanel = 4;

Index packed_size(Index d) {
  Index size = 0;
  for (Index first = 0; first < d; first += kPanel) size += kPanel * std::min(first + kPanel, d);
  return size;
}

// The upper triangle of U (d x d, row-major), panel after panel of kPanel columns: of each panel
// the rows down to the diagonal, kPanel numbers a row, zeros below the diagonal and past column d.
// Returns the end of it.
template <class T>
T* pack_upper(const double* u, Index d, T* packed) {
  for (Index first = 0; first < d; first += kPanel) {
    for (Index row = 0; row < std::min(first + kPanel, d); ++row) {
      for (Index column = first; column < first + kPanel; ++column) {
        const bool inside = column < d && row <= column;
        *packed++ = inside ? static_cast<T>(u[row * d + column]) : T(0);
      }
    }
  }
  return packed;
}

}  // namespace

template <class T>
CentredTriangularKernel<T>::CentredTriangularKernel(const Mixture& mixture)
    : features_(mixture.n_features()), means_(mixture.means()) {
  const Index d = features_;
  const bool shared = mixture.covariance_type() == CovarianceType::tied;
  const Index factors = shared ? 1 : mixture.n_components();
  const Index size = packed_size(d);
  factor_step_ = shared ? 0 : size;
  factors_.resize(size_t(factors * size));
  T* packed = factors_.data();
  for (Index j = 0; j < factors; ++j) {
    packed = pack_upper(mixture.precisions_cholesky().data() + j * d * d, d, packed);
  }
  for (const double value : mixture.log_normalizers()) {
    log_normalizers_.push_back(static_cast<T>(value));
  }
}

template <class T>
Index CentredTriangularKernel<T>::scratch_size() const {
  return features_ * kStrip;
}

template <class T>
void CentredTriangularKernel<T>::log_density(const Block<T>& block, RowRange rows, Index j, T floor,
                                             T* out, T* scratch) const {
  for (Index first = rows.first; first < rows.first + rows.count; first += kStrip) {
    strip_log_density(block, first, j, floor, out + first, scratch);
  }
}

// strip = x - mu_j, feature after feature, for kStrip rows and the features of a panel.
template <class T>
void CentredTriangularKernel<T>::centre(const Block<T>& block, Index first, Index j, Index panel,
                                        T* strip) const {
  for (Index c = panel; c < std::min(panel + kPanel, features_); ++c) {
    const T* const x = block.column(c) + first;
    for (Index i = 0; i < kStrip; i += simd::kLanes<T>) {
      simd::store(strip + c * kStrip + i, means_.centre(simd::load(x + i), j * features_ + c));
    }
  }
}

// out = log_normalizer - |U^T (x - mu_j)|^2 / 2 for kStrip rows. Each panel's products stay in
// registers: they are squared and summed as soon as they are complete. The sums only grow: after
// 1, 2, 4, ... panels they may tell that all rows end below the floor.
template <class T>
void CentredTriangularKernel<T>::strip_log_density(const Block<T>& block, Index first, Index j,
                                                   T floor, T* out, T* strip) const {
  constexpr int V = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  const T log_normalizer = log_normalizers_[size_t(j)];
  const T enough = T(2) * (log_normalizer - floor);
  const T* factor = factors_.data() + j * factor_step_;
  Pack distance[V];
  for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
  Index next_look = kPanel;
  for (Index panel = 0; panel < features_; panel += kPanel) {
    centre(block, first, j, panel, strip);
    Pack product[V][kPanel];
    for (int v = 0; v < V; ++v) {
      for (int t = 0; t < kPanel; ++t) product[v][t] = simd::broadcast(T(0));
    }
    for (Index c = 0; c < std::min(panel + kPanel, features_); ++c, factor += kPanel) {
      Pack u[V];
      for (int v = 0; v < V; ++v) u[v] = simd::load(strip + c * kStrip + v * L);
      for (int t = 0; t < kPanel; ++t) {
        const Pack entry = simd::broadcast(factor[t]);
        for (int v = 0; v < V; ++v) {
          product[v][t] = simd::multiply_add<T>(u[v], entry, product[v][t]);
        }
      }
    }
    for (int v = 0; v < V; ++v) {
      for (int t = 0; t < kPanel; ++t) {
        distance[v] = simd::multiply_add<T>(product[v][t], product[v][t], distance[v]);
      }
    }
    if (panel + kPanel == next_look) {
      next_look *= 2;
      Pack smallest = distance[0];
      for (int v = 1; v < V; ++v) smallest = simd::minimum<T>(smallest, distance[v]);
      if (simd::smallest<T>(smallest) > enough) break;
    }
  }
  for (int v = 0; v < V; ++v) {
    simd::store(out + v * L, simd::log_density<T>(distance[v], simd::broadcast(log_normalizer)));
  }
}

template class CentredTriangularKernel<float>;
template class CentredTriangularKernel<double>;

}  // namespace gaussmix
