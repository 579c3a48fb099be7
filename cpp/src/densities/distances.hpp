// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/densities.hpp"
#include "rows/aligned_array.hpp"
#include "rows/blocks.hpp"
#include "simd/simd.hpp"

namespace gaussmix {

/// Means to be subtracted from rows of T. In a fit of float32 rows, means are float64: each is kept
/// as the sum of two T, since far from the origin one float32 is no finer than the rows themselves.
template <class T>
class SplitMeans {
 public:
  SplitMeans() = default;
  SplitMeans(const double* means, Index count) : high_(count), low_(count) {
    for (Index i = 0; i < count; ++i) {
      high_[i] = static_cast<T>(means[i]);
      low_[i] = static_cast<T>(means[i] - static_cast<double>(high_[i]));
    }
  }

  /// The means from one of them on: a value, which a compiler need not read again after a store.
  class From {
   public:
    From(const T* high, const T* low) : high_(high), low_(low) {}

    /// x minus mean number i, or (kPerLane) minus means i, i + 1, ..., where a vector begins.
    template <bool kPerLane = false>
    EIGEN_STRONG_INLINE simd::Pack<T> centre(const simd::Pack<T>& x, Index i) const {
      const auto load = [i](const T* means) {
        return kPerLane ? simd::load(means + i) : simd::broadcast(means[i]);
      };
      const auto difference = simd::subtract<T>(x, load(high_));
      if constexpr (sizeof(T) == sizeof(double)) return difference;
      return simd::subtract<T>(difference, load(low_));
    }

   private:
    const T *high_, *low_;
  };

  From from(Index first) const { return {high_.data() + first, low_.data() + first}; }

 private:
  AlignedArray<T> high_, low_;
};

/// The vectors of rows whose distances are sums of squares: so many sums at once that none waits
/// for itself.
inline constexpr int kSumsOfSquares = 4;

/// What kernels for blocks keep of the components.
template <class T>
struct KernelComponents {
  explicit KernelComponents(const Densities& densities)
      : features(densities.features),
        means(densities.means, densities.components * features),
        log_normalizers(densities.log_normalizers.begin(), densities.log_normalizers.end()) {}

  auto mean(Index j) const { return means.from(j * features); }

  /// out = the log-densities of a range of rows under component j. add_distances(row, distances)
  /// adds the squared distances of V vectors of rows, which begin with `row`, to zeros.
  template <int V, class AddDistances>
  EIGEN_ALWAYS_INLINE void write_log_densities(RowRange rows, Index j, T* out,
                                               const AddDistances& add_distances) const {
    constexpr Index L = simd::kLanes<T>;
    const auto log_normalizer = simd::broadcast(log_normalizers[size_t(j)]);
    for (Index row = rows.first; row < rows.first + rows.count; row += V * L) {
      simd::Pack<T> distances[V];
      for (auto& distance : distances) distance = simd::broadcast(T(0));
      add_distances(row, distances);
      for (int v = 0; v < V; ++v) {
        simd::store(out + row + v * L, simd::log_density<T>(distances[v], log_normalizer));
      }
    }
  }

  Index features;
  SplitMeans<T> means;  // k x d
  std::vector<T> log_normalizers;
};

}  // namespace gaussmix
