// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "densities/densities.hpp"
#include "densities/whitening.hpp"
#include "rows/blocks.hpp"
#include "simd/simd.hpp"

namespace gaussmix {

/// The log-densities of a single row, with the components as vector lanes. Immutable and shared by
/// threads. Each number goes through the operations that the kernels for blocks of rows apply to
/// it, in the same order, so the results agree to the bit.
template <class T>
class OneRowKernel {
 public:
  explicit OneRowKernel(const Densities& densities);

  Index components() const noexcept { return components_; }
  Index features() const noexcept { return features_; }
  /// The components, filled up to whole vectors.
  Index padded_components() const noexcept { return log_normalizers_.size(); }
  /// How many T the caller provides as aligned scratch.
  Index scratch_size() const noexcept;

  /// out[j] = log(w_j N(x | mu_j, Sigma_j)) for padded_components() numbers j, aligned; minus
  /// infinity where the distance overflows, and past the last component.
  void log_densities(const T* x, T* out, T* scratch) const noexcept;

 private:
  /// How the distances are computed.
  enum class Form { triangles, shared_triangle, scales, scale };

  static Form form_of(const CovarianceLayout& layout);
  void set_means(const double* means);
  void set_whitening(const double* factor, const Whitening& whitening);
  AlignedArray<T> pack_factors(const double* factors) const;
  /// A row of the whitening's factor, filled up to whole vectors; none without whitening.
  Index whitened_size() const noexcept { return centre_.size(); }
  void whiten(const T* x, T* y) const noexcept;
  void centre(const T* x, Index first, T* z) const noexcept;
  /// A multiple of a double's size, and of a vector's.
  Index plain_scratch_size() const noexcept {
    constexpr Index kCacheLine = 64 / Index{sizeof(T)};
    const Index size = features_ * simd::kLanes<T> + whitened_size();
    return (size + kCacheLine - 1) / kCacheLine * kCacheLine;
  }
  void plain_log_densities(const T* x, T* out, T* scratch) const noexcept;
  void overwrite_with_double(const T* x, T* out, T* scratch) const noexcept;

  Form form_;
  Index components_, features_;
  // Components come in groups, as many as a vector has lanes, and each number of theirs as a
  // vector: groups x d of means (see SplitMeans), groups of log-normalizers. Factors are
  // groups x d (d + 1) / 2 (triangles), groups x d (scales), groups (scale), or, where all
  // components share one, d (d + 1) / 2 single numbers.
  AlignedArray<T> means_, low_means_, factors_, log_normalizers_;
  // With whitening, after which there is but a scale of one: its centre, and its factor, a row of
  // whitened_size() numbers for each feature.
  AlignedArray<T> centre_, whitening_;
  // Where T is too imprecise for some components: these, and the kernel that they have instead.
  std::vector<Index> in_double_;
  std::unique_ptr<const OneRowKernel<double>> precise_;
};

}  // namespace gaussmix
