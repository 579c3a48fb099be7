// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "densities/densities.hpp"
#include "densities/distances.hpp"

namespace gaussmix {

/// The log-densities of a single row, with columns - the components, and after them the noise if
/// there is any - as vector lanes. Immutable, and shared by
/// threads. Each number goes through the operations that make_kernel's kernels apply to it, in the
/// same order, so the results agree to the bit.
template <class T>
class OneRowKernel {
 public:
  explicit OneRowKernel(const Densities& densities);

  Index components() const noexcept { return components_; }
  Index columns() const noexcept { return components_ + (log_noise_ ? 1 : 0); }
  Index features() const noexcept { return features_; }
  /// As in Densities.
  std::optional<double> log_noise() const noexcept { return log_noise_; }
  /// The columns, filled up to whole vectors.
  Index padded_columns() const noexcept { return round_up(columns(), kLanes); }
  /// How many T of aligned scratch log_densities needs.
  Index scratch_size() const noexcept;

  /// out[j] = log(w_j N(x | mu_j, Sigma_j)), or of the noise's density, for padded_columns()
  /// numbers j, aligned; minus infinity where the distance overflows, and past the last column.
  void log_densities(const T* x, T* out, T* scratch) const noexcept;

 private:
  static constexpr Index kLanes = simd::kLanes<T>;

  static constexpr Index round_up(Index count, Index multiple) {
    return (count + multiple - 1) / multiple * multiple;
  }

  void set_components(const Densities& densities);
  Index own_scratch_size() const noexcept;
  void whiten(const T* x, T* y) const noexcept;
  simd::Pack<T> squared_distances(const T* z, const T* factor) const noexcept;
  void own_log_densities(const T* x, T* out, T* scratch) const noexcept;
  void overwrite_from_double(const T* x, T* out, T* scratch) const noexcept;

  Index components_, features_;
  std::optional<double> log_noise_;
  CovarianceLayout layout_;  // after whitening
  // Components come in groups, as many as a vector has lanes, and each number of theirs as a
  // vector: groups of log-normalizers, groups x d of means, groups x factor_size_ of factors.
  AlignedArray<T> log_normalizers_;
  SplitMeans<T> means_;
  // A triangle that all share is single numbers instead, and factor_size_ is 0.
  AlignedArray<T> factors_;
  Index factor_size_;
  // Empty without whitening: c, and U with columns as vector lanes, d vectors a group of columns.
  AlignedArray<T> centre_, whitening_;
  // Where T is too imprecise for some components: which, and the kernel for them.
  std::vector<char> in_double_;
  std::unique_ptr<const OneRowKernel<double>> double_kernel_;
};

}  // namespace gaussmix
