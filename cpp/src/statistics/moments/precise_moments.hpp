// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "statistics/moments/block_moments.hpp"
#include "statistics/moments/double_block.hpp"
#include "statistics/moments/sharers.hpp"

namespace gaussmix {

/// Moments in double of rows of T. The rows that share are turned to double by themselves, until
/// the components of a block have had as many as it has; then all of them, once for all other
/// components.
template <class T>
class PreciseMoments {
 public:
  /// For d features; `negligible` as for make_block_moments.
  PreciseMoments(Index d, double negligible)
      : moments_(make_block_moments<double>(d, true, negligible)), sharers_(negligible) {}

  /// The rows from here on: those of a block, which stand at places first, first + 1, ... of a
  /// sequence, and stay there.
  void begin(const RowSequence<T>& sequence, Index first, const Block<T>& block) {
    sequence_ = sequence;
    first_ = first;
    block_ = block;
    turned_ = 0;
    whole_is_set_ = false;
  }

  /// As BlockMoments::take, of the block's rows.
  double take(const T* shares) {
    sharers_.find(block_, shares);
    if (sharers_.rows() == 0) return 0.0;
    turned_ += sharers_.rows();
    return turned_ < block_.rows ? take_sharing(shares) : take_whole(shares);
  }

  /// Of the rows taken last.
  BlockMoments<double>& moments() { return *moments_; }

 private:
  double take_sharing(const T* shares) {
    std::vector<Index> places;
    shares_.assign(padded(sharers_.rows()), 0.0);
    sharers_.for_each_row([&](Index row) {
      shares_[static_cast<Index>(places.size())] = static_cast<double>(shares[row]);
      places.push_back(first_ + row);
    });
    sharing_.set(sequence_, places);
    return take_from(sharing_);
  }

  double take_whole(const T* shares) {
    if (!whole_is_set_) whole_.set(sequence_, first_, block_.rows);
    whole_is_set_ = true;
    shares_.resize(block_.length);
    std::copy_n(shares, block_.length, shares_.data());
    return take_from(whole_);
  }

  double take_from(const DoubleBlock& rows) {
    return moments_->take(rows.sequence(), 0, rows.block(), shares_.data());
  }

  std::unique_ptr<BlockMoments<double>> moments_;
  RowSequence<T> sequence_;
  Index first_ = 0, turned_ = 0;
  Block<T> block_;
  Sharers<T> sharers_;
  AlignedArray<double> shares_;
  DoubleBlock sharing_, whole_;
  bool whole_is_set_ = false;
};

}  // namespace gaussmix
