// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <vector>

#include "parallel.hpp"
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
  TriangularPanels(const double* factors, Index count, Index d, int n_threads) : d_(d) {
    for (Index first = 0; first < d; first += kColumns) size_ += kColumns * rows_of(first);
    packed_.resize(size_t(count * size_));
    Execution execution(n_threads);
    const auto numbers = static_cast<double>(count * size_);
    parallel_for(
        execution, count, execution.workers(count, kWorkPerNumber * numbers),
        [&](Index j, int /*worker*/) { pack(factors + j * d * d, packed_.data() + j * size_); });
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
  // To copy one takes as long as so many operations of a matrix product.
  static constexpr double kWorkPerNumber = 64.0;

  Index rows_of(Index first) const { return std::min(first + kColumns, d_); }

  void pack(const double* u, T* packed) const {
    for (Index first = 0; first < d_; first += kColumns) {
      const Index end = rows_of(first);
      for (Index row = 0; row < end; ++row, packed += kColumns) {
        for (Index column = std::max(first, row); column < end; ++column) {
          packed[column - first] = static_cast<T>(u[row * d_ + column]);
        }
      }
    }
  }

  Index d_, size_ = 0;
  std::vector<T> packed_;
};

}  // namespace gaussmix
