// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "densities/one_row.hpp"

namespace gaussmix {

/// Scores rows one at a time, for one thread: a kernel, which others share, and a workspace. No
/// call allocates, locks or throws. What a row gets has the bits that a block of rows gives it.
template <class T>
class RowScorer {
 public:
  /// The kernel has to live as long.
  explicit RowScorer(const OneRowKernel<T>& kernel);

  T log_density(const T* x) noexcept;
  void log_responsibilities(const T* x, T* out) noexcept;
  void responsibilities(const T* x, T* out) noexcept;
  Index predict(const T* x) noexcept;

 private:
  const OneRowKernel<T>& kernel_;
  AlignedArray<T> log_densities_, exponentials_, scratch_;
};

}  // namespace gaussmix
