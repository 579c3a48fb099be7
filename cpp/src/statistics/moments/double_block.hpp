// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "rows/blocks.hpp"

namespace gaussmix {

/// Rows in double, whatever they are, both ways round.
class DoubleBlock {
 public:
  /// The rows at places first, first + 1, ... of a sequence.
  template <class T>
  void set(const RowSequence<T>& sequence, Index first, Index rows) {
    fill(sequence, rows, [=](Index i) { return first + i; });
  }
  /// The rows at such places.
  template <class T>
  void set(const RowSequence<T>& sequence, const std::vector<Index>& places) {
    fill(sequence, static_cast<Index>(places.size()), [&](Index i) { return places[size_t(i)]; });
  }

  const Block<double>& block() const { return block_; }
  /// The same rows, from place 0 on.
  RowSequence<double> sequence() const { return sequence(block_.features); }

 private:
  template <class T, class Place>
  void fill(const RowSequence<T>& sequence, Index rows, const Place& place) {
    const Index d = sequence.table.columns;
    values_.clear();
    for (Index i = 0; i < rows; ++i) {
      const T* const row = sequence.row(place(i));
      values_.insert(values_.end(), row, row + d);
    }
    block_ = make_block<double>(this->sequence(d), 0, rows, columns_);
  }

  RowSequence<double> sequence(Index d) const {
    return {{values_.data(), static_cast<Index>(values_.size()) / d, d}, nullptr};
  }

  std::vector<double> values_;
  AlignedArray<double> columns_;
  Block<double> block_;
};

}  // namespace gaussmix
