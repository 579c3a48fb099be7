// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "statistics/moments/block_moments.hpp"

namespace gaussmix {

/// A centre near the mean of the rows that block moments have taken, and their moments about it.
class Centring {
 public:
  explicit Centring(Index d) : centre_(size_t(d)), first_(centre_), second_(centre_) {}

  /// Where to begin, and where it came to: d numbers.
  double* centre() { return centre_.data(); }
  const double* first() const { return first_.data(); }
  const std::vector<double>& second() const { return second_; }

  /// Takes the moments about the centre, having moved it towards the mean where it is too far away.
  template <class T>
  void find(BlockMoments<T>& moments, double weight) {
    constexpr int kMostMoves = 3;  // each leaves of the way what rounding does
    moments.moments_about(centre_.data(), first_.data(), second_.data());
    for (int move = 0; move < kMostMoves && off_centre(weight); ++move) {
      for (std::size_t c = 0; c < centre_.size(); ++c) centre_[c] += first_[c] / weight;
      moments.moments_about(centre_.data(), first_.data(), second_.data());
    }
  }

 private:
  // Whether the scatter about the mean would lose more than three bits to cancellation.
  bool off_centre(double weight) const {
    for (std::size_t c = 0; c < centre_.size(); ++c) {
      const double about_mean = second_[c] - first_[c] * first_[c] / weight;
      if (!(about_mean >= 0.125 * second_[c])) return true;  // what overflowed is off, too
    }
    return false;
  }

  std::vector<double> centre_, first_, second_;
};

}  // namespace gaussmix
