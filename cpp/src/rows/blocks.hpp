// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>

#include "gaussmix/types.hpp"
#include "rows/aligned_array.hpp"

namespace gaussmix {

/// Columns of a block are this long or a multiple of it, so that no kernel has a tail.
inline constexpr Index kRowMultiple = 64;

/// How n rows are cut: into leaves, whose results merge in a tree, and leaves into blocks, which
/// fit a cache together with what is computed from them. A function of the sizes alone.
struct Partition {
  /// The most rows of a block: columns of 4096 bytes, of the smallest numbers that there are.
  static constexpr Index kMaxBlock = 1024, kMaxColumnBytes = kMaxBlock * Index{sizeof(float)};

  Index rows = 0, block_rows = 0, leaf_rows = 0;

  /// For rows of d numbers of `scalar_size` bytes and k components.
  static Partition of(Index rows, Index d, Index k, Index scalar_size) {
    constexpr Index kCacheBytes = Index{384} * 1024, kMinLeaf = 256, kMaxLeaves = 256;
    // Large statistics should take much longer to compute than to merge.
    constexpr Index kLargeStatistics = Index{1} << 16, kMinLargeLeaf = 640;
    const Index min_leaf = k * d * d < kLargeStatistics ? kMinLeaf : std::max(kMinLargeLeaf, 4 * d);
    const Index fitting = kCacheBytes / ((2 * d + k + 4) * scalar_size);
    // Of many components, each has some work for a block, and statistics that are read and written;
    // rows that share it save more than responsibilities in a nearer cache would.
    constexpr Index kFarCacheBytes = Index{4} << 20, kManyRows = 512;
    const bool many = k > 2 * d;
    const Index shared = many ? std::min(kFarCacheBytes / (k * scalar_size), kManyRows) : 0;
    const Index multiples = std::clamp<Index>(std::max(fitting, shared) / kRowMultiple, 1,
                                              kMaxColumnBytes / scalar_size / kRowMultiple);
    const Index block = multiples * kRowMultiple;
    const Index wanted = std::max(min_leaf, (rows + kMaxLeaves - 1) / kMaxLeaves);
    return {rows, block, (wanted + block - 1) / block * block};
  }

  Index leaves() const { return (rows + leaf_rows - 1) / leaf_rows; }
  Index blocks() const { return (rows + block_rows - 1) / block_rows; }

  /// Calls body(first, count) for the blocks of a leaf until one returns false.
  template <class Body>
  void for_each_block(Index leaf, const Body& body) const {
    const Index end = std::min(rows, (leaf + 1) * leaf_rows);
    for (Index first = leaf * leaf_rows; first < end; first += block_rows) {
      if (!body(first, std::min(block_rows, end - first))) return;
    }
  }
};

/// A transposed block of rows: each feature is a contiguous, aligned column of `length` numbers, a
/// multiple of kRowMultiple; past `rows` the last row is repeated. Every array that goes with a
/// block has the same stride from column to column.
template <class T>
struct Block {
  const T* data = nullptr;
  Index rows = 0, length = 0, stride = 0, features = 0;

  const T* column(Index feature) const { return data + feature * stride; }
};

/// Rows `first` to `first + count` of a block, both multiples of kRowMultiple.
struct RowRange {
  Index first, count;
};

template <class T>
RowRange all_rows(const Block<T>& block) {
  return {0, block.length};
}

/// The length of the columns of a block of so many rows.
inline Index padded(Index rows) { return (rows + kRowMultiple - 1) / kRowMultiple * kRowMultiple; }

/// From column to column: one cache line more than the length. Most lengths are powers of two, and
/// columns a power of two apart would compete for the same few lines of a cache.
template <class T>
Index column_stride(Index length) {
  constexpr Index kCacheLine = 64;
  return length + kCacheLine / Index{sizeof(T)};
}

/// The rows of a table in an order: n row numbers, or nullptr for their own.
template <class T>
struct RowSequence {
  TableView<T> table;
  const std::int32_t* order = nullptr;

  Index number(Index position) const { return order == nullptr ? position : order[position]; }
  const T* row(Index position) const { return table.row(number(position)); }
};

/// Copies the rows at positions first, first + 1, ... of a sequence to columns of `length` numbers,
/// a multiple of kRowMultiple, which lie `stride` apart, and repeats the last of them past `rows`.
template <class T>
void transpose_rows(const RowSequence<T>& sequence, Index first, Index rows, Index length,
                    Index stride, T* out);

/// The rows at positions first, first + 1, ... of a sequence.
template <class T>
Block<T> make_block(const RowSequence<T>& sequence, Index first, Index rows,
                    AlignedArray<T>& storage) {
  const Index d = sequence.table.columns;
  const Index length = padded(rows), stride = column_stride<T>(length);
  if (storage.size() < d * stride) storage.resize(d * stride);
  transpose_rows(sequence, first, rows, length, stride, storage.data());
  return {storage.data(), rows, length, stride, d};
}

}  // namespace gaussmix
