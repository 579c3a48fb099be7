// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/centred_triangular.hpp"

#include <algorithm>
#include <limits>

namespace gaussmix {
namespace {

// The columns of U that are multiplied at once.
constexpr Index kPanel = 4;

// The upper triangle of U (d x d, row-major), panel after panel of kPanel columns: of each panel
// the rows down to the diagonal, kPanel numbers a row, zeros below the diagonal and past column d.
template <class T>
std::vector<T> pack_upper(const double* u, Index d) {
  std::vector<T> packed;
  for (Index first = 0; first < d; first += kPanel) {
    for (Index row = 0; row < std::min(first + kPanel, d); ++row) {
      for (Index column = first; column < first + kPanel; ++column) {
        const bool inside = column < d && row <= column;
        packed.push_back(inside ? static_cast<T>(u[row * d + column]) : T(0));
      }
    }
  }
  return packed;
}

}  // namespace

template <class T>
CentredTriangularKernel<T>::CentredTriangularKernel(const Mixture& mixture)
    : components_(mixture.n_components()),
      features_(mixture.n_features()),
      means_(mixture.means()) {
  const Index d = features_;
  const bool shared = mixture.covariance_type() == CovarianceType::tied;
  for (Index j = 0; j < (shared ? 1 : components_); ++j) {
    const auto packed = pack_upper<T>(mixture.precisions_cholesky().data() + j * d * d, d);
    factors_.insert(factors_.end(), packed.begin(), packed.end());
    factor_step_ = shared ? 0 : static_cast<Index>(packed.size());
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
void CentredTriangularKernel<T>::log_densities(const Block<T>& block, T* out, T* scratch) const {
  for (Index j = 0; j < components_; ++j) {
    for (Index first = 0; first < block.length; first += kStrip) {
      centre(block, first, j, scratch);
      squared_lengths(scratch, factors_.data() + j * factor_step_, log_normalizers_[size_t(j)],
                      out + j * block.stride + first);
    }
  }
}

// strip = x - mu_j, for kStrip rows: feature after feature.
template <class T>
void CentredTriangularKernel<T>::centre(const Block<T>& block, Index first, Index j,
                                        T* strip) const {
  for (Index c = 0; c < features_; ++c) {
    const T* const x = block.column(c) + first;
    for (Index i = 0; i < kStrip; i += simd::kLanes<T>) {
      simd::store(strip + c * kStrip + i, means_.centre(simd::load(x + i), j * features_ + c));
    }
  }
}

// out = log_normalizer - |U^T strip|^2 / 2. Each panel's products stay in registers: they are
// squared and summed as soon as they are complete.
template <class T>
void CentredTriangularKernel<T>::squared_lengths(const T* strip, const T* factor, T log_normalizer,
                                                 T* out) const {
  constexpr int V = simd::kUnroll<T>;
  constexpr Index L = simd::kLanes<T>;
  using Pack = simd::Pack<T>;
  Pack distance[V];
  for (int v = 0; v < V; ++v) distance[v] = simd::broadcast(T(0));
  for (Index panel = 0; panel < features_; panel += kPanel) {
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
  }
  for (int v = 0; v < V; ++v) {
    simd::store(out + v * L, simd::log_density<T>(distance[v], log_normalizer));
  }
}

template class CentredTriangularKernel<float>;
template class CentredTriangularKernel<double>;

}  // namespace gaussmix
