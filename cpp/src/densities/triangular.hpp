// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "rows/blocks.hpp"
#include "simd/simd.hpp"
#include "simd/static_size.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The upper triangle of a factor U, packed for products U^T z with rows z as vector lanes: panel
/// after panel of kColumns columns, of each panel the rows down to the diagonal, kColumns numbers a
/// row, zeros below the diagonal and past the last column. The rows that are zero at the top of a
/// panel, above its diagonal, are passed over: of a diagonal U all, of features in uncorrelated
/// sets all but a set's own.
template <class T>
class TriangularPanels {
 public:
  /// The columns of U that are multiplied at once, with kStrip rows z.
  static constexpr Index kColumns = 4;
  static constexpr Index kStrip = simd::kUnroll<T> * simd::kLanes<T>;

  using Products = simd::Pack<T>[simd::kUnroll<T>][kColumns];

  struct Factor {
    const T* numbers;
    const std::int32_t* tops;  ///< of each panel, the first row that is not zero, or its diagonal's
  };

  /// `count` factors of d x d numbers, row-major.
  TriangularPanels(const double* factors, Index count, Index d, int n_threads)
      : d_(d), panels_((d + kColumns - 1) / kColumns) {
    const Index last = (panels_ - 1) * kColumns;
    size_ = offset_of(last) + kColumns * rows_of(last);
    numbers_.resize(count * size_);
    tops_.resize(size_t(count * panels_));
    Execution execution(n_threads);
    const auto numbers = static_cast<double>(count * size_);
    parallel_for(execution, count, execution.workers(count, kWorkPerNumber * numbers),
                 [&](Index j, int /*worker*/) {
                   pack(factors + j * d * d, numbers_.data() + j * size_,
                        tops_.data() + j * panels_);
                 });
  }

  /// Factor number j.
  Factor of(Index j) const { return {numbers_.data() + j * size_, tops_.data() + j * panels_}; }

  /// products = U^T z for a panel's columns, `first` and following, panel after panel. z: kStrip
  /// numbers a feature, which are those of the panels before; new_numbers(c, i) makes numbers i, i
  /// + 1, ... of feature c, which are kept there.
  template <class New>
  EIGEN_STRONG_INLINE void multiply(const Factor& factor, Index first, const New& new_numbers, T* z,
                                    Products& products) const {
    constexpr int V = simd::kUnroll<T>;
    constexpr Index L = simd::kLanes<T>;
    for (int v = 0; v < V; ++v) {
      for (int t = 0; t < kColumns; ++t) products[v][t] = simd::broadcast(T(0));
    }
    const Index top = factor.tops[first / kColumns], rest = d_ - first;
    const T* row = factor.numbers + offset_of(first) + kColumns * top;
    for (Index c = top; c < first; ++c, row += kColumns) {
      simd::Pack<T> u[V];
      for (int v = 0; v < V; ++v) u[v] = simd::load(z + c * kStrip + v * L);
      add_row<0>(row, u, products);
    }
    unrolled<kColumns>([&](auto c) {
      if (c >= rest) return;
      simd::Pack<T> u[V];
      for (int v = 0; v < V; ++v) {
        u[v] = new_numbers(first + c, v * L);
        simd::store(z + (first + c) * kStrip + v * L, u[v]);
      }
      add_row<c()>(row + c * kColumns, u, products);
    });
  }

 private:
  // To copy one takes as long as so many operations of a matrix product.
  static constexpr double kWorkPerNumber = 64.0;

  // products += row times u, from column number `from` of the panel on.
  template <int from>
  static EIGEN_ALWAYS_INLINE void add_row(const T* row, const simd::Pack<T> (&u)[simd::kUnroll<T>],
                                          Products& products) {
    for (int t = from; t < kColumns; ++t) {
      const auto entry = simd::broadcast(row[t]);
      for (int v = 0; v < simd::kUnroll<T>; ++v) {
        products[v][t] = simd::multiply_add<T>(u[v], entry, products[v][t]);
      }
    }
  }

  Index rows_of(Index first) const { return std::min(first + kColumns, d_); }

  // Where the panel begins: each before it has kColumns rows more than the last.
  static Index offset_of(Index first) { return first * (first + kColumns) / 2; }

  void pack(const double* u, T* numbers, std::int32_t* tops) const {
    for (Index first = 0; first < d_; first += kColumns, ++tops) {
      const Index end = rows_of(first);
      Index top = first;
      for (Index row = 0; row < end; ++row, numbers += kColumns) {
        for (Index column = first; column < first + kColumns; ++column) {
          const bool inside = column >= row && column < d_;
          const T entry = inside ? static_cast<T>(u[row * d_ + column]) : T(0);
          numbers[column - first] = entry;
          if (entry != T(0)) top = std::min(top, row);
        }
      }
      *tops = static_cast<std::int32_t>(top);
    }
  }

  Index d_, panels_, size_;
  AlignedArray<T> numbers_;  // not zeroed first: its pages come to the threads that fill them
  std::vector<std::int32_t> tops_;
};

}  // namespace gaussmix
