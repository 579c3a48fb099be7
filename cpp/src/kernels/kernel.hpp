// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "blocks.hpp"
#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// The E-step's inner part: the log-densities of a block of rows under each component. A kernel is
/// a mixture prepared for one way of computing them; it is immutable and shared by threads.
template <class T>
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// How many T the caller provides as aligned scratch.
  virtual Index scratch_size() const = 0;

  /// out[j * block.stride + i] = log(w_j N(x_i | mu_j, Sigma_j)) for every component j and
  /// every i below block.length; minus infinity where the distance overflows.
  /// The value for a row depends on that row and the mixture alone.
  virtual void log_densities(const Block<T>& block, T* out, T* scratch) const = 0;
};

/// The kernel for a mixture: the one place where kernels are chosen.
template <class T>
std::unique_ptr<const Kernel<T>> make_kernel(const Mixture& mixture);

}  // namespace gaussmix
