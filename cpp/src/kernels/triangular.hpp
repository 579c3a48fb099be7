// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <vector>

#include "simd.hpp"

namespace gaussmix {

/// The upper triangle of a factor U, packed for products U^T z with rows z as vector lanes: panel
/// after panel of kColumns columns, of each panel the rows down to the diagonal, kColumns numbers a
/// row, zeros below the diagonal and past the last column.
template <class T>
class TriangularPanels {
 public:
  /// The columns of U that are multiplied at once, with kStrip rows z.
  static constexpr Index kColumns = 4;
  static constexpr Index kStrip = simd::kUnroll<T> * simd::kLanes<T>;

  using Products = simd::Pack<T>[simd::kUnroll<T>][kColumns];

  /// `count` factors of d x d numbers, row-major.
  TriangularPanels(const double* factors, Index count, Index d) : d_(d) {
    for (Index first = 0; first < d; first += kColumns) size_ += kColumns * rows_of(first);
    packed_.reserve(size_t(count * size_));
    for (Index j = 0; j < count; ++j) pack(factors + j * d * d);
  }

  /// The panels of factor number j.
  const T* of(Index j) const { return packed_.data() + j * size_; }

  /// products = U^T z for a panel's columns, `first` and following. z: kStrip numbers a feature.
  /// Moves `panel` on to the next one.
  EIGEN_STRONG_INLINE void multiply(const T*& panel, Index first, const T* z,
                                    Products& products) const {
    constexpr int V = simd::kUnroll<T>;
    constexpr Index L = simd::kLanes<T>;
    for (int v = 0; v < V; ++v) {
      for (int t = 0; t < kColumns; ++t) products[v][t] = simd::broadcast(T(0));
    }
    const Index rows = rows_of(first);
    for (Index c = 0; c < rows; ++c, panel += kColumns) {
      simd::Pack<T> u[V];
      for (int v = 0; v < V; ++v) u[v] = simd::load(z + c * kStrip + v * L);
      for (int t = 0; t < kColumns; ++t) {
        const auto entry = simd::broadcast(panel[t]);
        for (int v = 0; v < V; ++v) {
          products[v][t] = simd::multiply_add<T>(u[v], entry, products[v][t]);
        }
      }
    }
  }

 private:
  Index rows_of(Index first) const { return std::min(first + kColumns, d_); }

  void pack(const double* u) {
    for (Index first = 0; first < d_; first += kColumns) {
      for (Index row = 0; row < rows_of(first); ++row) {
        for (Index column = first; column < first + kColumns; ++column) {
          const bool inside = column < d_ && row <= column;
          packed_.push_back(inside ? static_cast<T>(u[row * d_ + column]) : T(0));
        }
      }
    }
  }

  Index d_, size_ = 0;
  std::vector<T> packed_;
};

}  // namespace gaussmix
