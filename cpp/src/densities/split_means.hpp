// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "simd/simd.hpp"

namespace gaussmix {

/// Means to be subtracted from rows of T. While a float32 fit runs, its means are float64: each is
/// the sum of two T, since far from the origin one float32 would be as coarse as the data's grid.
template <class T>
class SplitMeans {
 public:
  SplitMeans(const double* means, Index count) {
    high_.reserve(size_t(count));
    low_.reserve(size_t(count));
    for (Index i = 0; i < count; ++i) {
      high_.push_back(static_cast<T>(means[i]));
      low_.push_back(static_cast<T>(means[i] - static_cast<double>(high_.back())));
    }
  }

  /// Some of the means, as a value that a compiler need not read again after each store.
  class Part {
   public:
    Part(const T* high, const T* low) : high_(high), low_(low) {}

    /// x minus mean number i.
    EIGEN_STRONG_INLINE simd::Pack<T> centre(const simd::Pack<T>& x, Index i) const {
      const auto difference = simd::subtract<T>(x, simd::broadcast(high_[i]));
      if constexpr (sizeof(T) == sizeof(double)) return difference;
      return simd::subtract<T>(difference, simd::broadcast(low_[i]));
    }

   private:
    const T *high_, *low_;
  };

  /// The means from number `first` on.
  Part from(Index first) const { return {high_.data() + first, low_.data() + first}; }

 private:
  std::vector<T> high_, low_;
};

}  // namespace gaussmix
