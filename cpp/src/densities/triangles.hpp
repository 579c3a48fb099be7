// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "rows/aligned_array.hpp"
#include "simd/simd.hpp"
#include "simd/static_size.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

// Products U^T z with upper triangles U (d x d), for blocks of rows and for single rows. Columns
// are cut into panels of kColumns (the last has what is left), and entries lie in the order in
// which they are read: panel after panel, of each panel row after row, from the first to the
// diagonal.

/// Calls use(row, column) for all entries, in that order.
template <Index kColumns, class Use>
void for_each_entry(Index d, const Use& use) {
  for (Index first = 0; first < d; first += kColumns) {
    const Index end = std::min(first + kColumns, d);
    for (Index row = 0; row < end; ++row) {
      for (Index column = std::max(first, row); column < end; ++column) use(row, column);
    }
  }
}

/// How many entries stand before the panel that begins with column `first`.
constexpr Index entries_before(Index first) { return first * (first + 1) / 2; }

/// Calls use(width, first) for each panel until it returns false. `width`, the number of its
/// columns, is a constant of the compiled code.
template <int kColumns, class Use>
EIGEN_ALWAYS_INLINE void for_each_panel(Index d, const Use& use) {
  Index first = 0;
  for (; first + kColumns <= d; first += kColumns) {
    if (!use(std::integral_constant<int, kColumns>(), first)) return;
  }
  with_static_size<kColumns - 1>(d - first, [&](auto width) { return use(width, first); });
}

/// products[t] += U(r, first + t) z_r for the columns t >= `from` of a panel: one row r of it.
/// Entries are numbers, or vectors of a number for each lane (kPerLane).
template <bool kPerLane, int from, int width, int V, class T>
EIGEN_ALWAYS_INLINE void add_row(const T*& entries, const simd::Pack<T> (&z)[V],
                                 simd::Pack<T> (&products)[width][V]) {
#pragma GCC unroll 8
  for (int t = from; t < width; ++t) {
    const auto entry = kPerLane ? simd::load(entries) : simd::broadcast(*entries);
    entries += kPerLane ? simd::kLanes<T> : 1;
    for (int v = 0; v < V; ++v) {
      products[t][v] = simd::multiply_add<T>(z[v], entry, products[t][v]);
    }
  }
}

/// products = U^T z for the panel that begins with column `first`, of which the rows above
/// `first_row` are zero, and `entries` begin with that one. above(c, v) gives vector v of z_c for
/// the rows c above the panel's diagonal block, and then inside(c, v) for those inside of it.
template <bool kPerLane, int width, int V, class T, class Above, class Inside>
EIGEN_ALWAYS_INLINE void multiply_panel(const T* entries, Index first_row, Index first,
                                        const Above& above, const Inside& inside,
                                        simd::Pack<T> (&products)[width][V]) {
  for (auto& product : products) std::fill_n(product, V, simd::broadcast(T(0)));
  for (Index c = first_row; c < first; ++c) {
    simd::Pack<T> z[V];
    for (int v = 0; v < V; ++v) z[v] = above(c, v);
    add_row<kPerLane, 0, width, V, T>(entries, z, products);
  }
  unrolled<width>([&](auto c) {
    simd::Pack<T> z[V];
    for (int v = 0; v < V; ++v) z[v] = inside(first + c(), v);
    add_row<kPerLane, c(), width, V, T>(entries, z, products);
  });
}

/// distances[v] += the squares of products[t][v].
template <class T, int width, int V>
EIGEN_ALWAYS_INLINE void add_squares(const simd::Pack<T> (&products)[width][V],
                                     simd::Pack<T> (&distances)[V]) {
  for (const auto& product : products) {
    for (int v = 0; v < V; ++v) {
      distances[v] = simd::multiply_add<T>(product[v], product[v], distances[v]);
    }
  }
}

/// Factors for rows as vector lanes. Rows that are zero at the top of a panel are skipped: all
/// above the diagonal where U is diagonal, all but a set's own where features are in uncorrelated
/// sets.
template <class T>
class PackedTriangles {
 public:
  /// So many columns are multiplied by so many rows at once, which are V vectors.
  static constexpr int kColumns = 4, V = simd::kUnroll<T>;
  static constexpr Index kRows = V * simd::kLanes<T>;

  struct Factor {
    const T* entries;
    const std::int32_t* first_rows;  ///< of each panel: the first that is not zero
  };

  /// `count` factors of d x d numbers, row-major.
  PackedTriangles(const double* factors, Index count, Index d, int n_threads = 1)
      : size_(entries_before(d)), panels_((d + kColumns - 1) / kColumns) {
    constexpr double kWorkPerEntry = 64.0;  // in operations of a matrix product
    entries_.resize(count * size_);
    first_rows_.resize(size_t(count * panels_));
    Execution execution(n_threads);
    const auto work = kWorkPerEntry * static_cast<double>(count * size_);
    parallel_for(execution, count, execution.workers(count, work),
                 [&](Index j, int /*worker*/) { pack(factors + j * d * d, d, j); });
  }

  Factor factor(Index j) const {
    return {entries_.data() + j * size_, first_rows_.data() + j * panels_};
  }

  /// products = U^T z for the panel that begins with column `first`. To be called panel after
  /// panel: z, kRows numbers a feature, has those of the panels before, and gets those of this one;
  /// new_z(c, i) makes numbers i, i + 1, ... of feature c.
  template <int width, class NewZ>
  static EIGEN_ALWAYS_INLINE void multiply(const Factor& factor, Index first, const NewZ& new_z,
                                           T* z, simd::Pack<T> (&products)[width][V]) {
    constexpr Index L = simd::kLanes<T>;
    const Index first_row = factor.first_rows[first / kColumns];
    const auto stored = [&](Index c, int v) { return simd::load(z + c * kRows + v * L); };
    const auto made = [&](Index c, int v) {
      const auto numbers = new_z(c, v * L);
      simd::store(z + c * kRows + v * L, numbers);
      return numbers;
    };
    multiply_panel<false, width, V, T>(factor.entries + entries_before(first) + width * first_row,
                                       first_row, first, stored, made, products);
  }

 private:
  void pack(const double* u, Index d, Index j) {
    T* entry = entries_.data() + j * size_;
    std::int32_t* const first_rows = first_rows_.data() + j * panels_;
    for (Index p = 0; p < panels_; ++p) first_rows[p] = static_cast<std::int32_t>(p * kColumns);
    for_each_entry<kColumns>(d, [&](Index row, Index column) {
      *entry = static_cast<T>(u[row * d + column]);
      std::int32_t& first_row = first_rows[column / kColumns];
      if (*entry++ != T(0)) first_row = std::min(first_row, static_cast<std::int32_t>(row));
    });
  }

  Index size_, panels_;
  AlignedArray<T> entries_;  // not zeroed first: its pages come to the threads that fill them
  std::vector<std::int32_t> first_rows_;
};

}  // namespace gaussmix
