// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "blocks.hpp"

namespace gaussmix {

/// Rows in double, whatever they are, both ways round.
class DoubleBlock {
 public:
  /// The rows at such places of a sequence.
  template <class T>
  void set(const RowSequence<T>& sequence, const std::vector<Index>& places) {
    const Index d = sequence.table.columns;
    values_.clear();
    for (const Index place : places) {
      const T* const row = sequence.row(place);
      values_.insert(values_.end(), row, row + d);
    }
    block_ = make_block<double>(this->sequence(d), 0, static_cast<Index>(places.size()), columns_);
  }

  const Block<double>& block() const { return block_; }
  /// The same rows, from place 0 on.
  RowSequence<double> sequence() const { return sequence(block_.features); }

 private:
  RowSequence<double> sequence(Index d) const {
    return {{values_.data(), static_cast<Index>(values_.size()) / d, d}, nullptr};
  }

  std::vector<double> values_;
  AlignedArray<double> columns_;
  Block<double> block_;
};

}  // namespace gaussmix
