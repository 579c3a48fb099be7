// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "simd.hpp"

namespace gaussmix {

/// Means to be subtracted from rows of T. While a float32 fit runs, its means are float64: each is
/// the sum of two T, since far from the origin one float32 would be as coarse as the data's grid.
template <class T>
class SplitMeans {
 public:
  explicit SplitMeans(const std::vector<double>& means) {
    high_.reserve(means.size());
    low_.reserve(means.size());
    for (const double mean : means) {
      high_.push_back(static_cast<T>(mean));
      low_.push_back(static_cast<T>(mean - static_cast<double>(high_.back())));
    }
  }

  /// x minus mean number i.
  EIGEN_STRONG_INLINE simd::Pack<T> centre(const simd::Pack<T>& x, Index i) const {
    const auto at = static_cast<std::size_t>(i);
    const auto difference = simd::subtract<T>(x, simd::broadcast(high_[at]));
    if constexpr (sizeof(T) == sizeof(double)) return difference;
    return simd::subtract<T>(difference, simd::broadcast(low_[at]));
  }

 private:
  std::vector<T> high_, low_;
};

}  // namespace gaussmix
