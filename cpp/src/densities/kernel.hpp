// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <memory>

#include "densities/densities.hpp"
#include "rows/blocks.hpp"

namespace gaussmix {

/// The E-step's inner part: the log-densities of rows under a component. A kernel is a mixture
/// prepared for one way of computing them; it is immutable and shared by threads.
template <class T>
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Whether the numbers of component j are computed in double, since T is too imprecise for them.
  virtual bool in_double(Index /*j*/) const { return false; }

  /// How many T the caller provides as aligned scratch for a block of this stride.
  virtual Index scratch_size(Index stride) const = 0;

  /// To be called before log_density for each block, whose scratch is then the kernel's: what all
  /// components need of the rows.
  virtual void prepare(const Block<T>& /*block*/, T* /*scratch*/) const {}

  /// out[i] = log(w_j N(x_i | mu_j, Sigma_j)) for the rows i of the range; minus infinity where the
  /// distance overflows. The value for a row depends on that row and the mixture alone, but for
  /// this: in place of values below `floor` there may be upper bounds of them, below it too.
  virtual void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                           T* scratch) const = 0;

  /// All values for all components and rows of a block: column j at out + j * block.stride.
  void log_densities(const Block<T>& block, Index k, T* out, T* scratch) const {
    constexpr T kExact = -std::numeric_limits<T>::infinity();
    prepare(block, scratch);
    for (Index j = 0; j < k; ++j) {
      log_density(block, {0, block.length}, j, kExact, out + j * block.stride, scratch);
    }
  }
};

/// The kernel for a mixture: the one place where those for blocks are chosen. It is prepared by so
/// many threads.
template <class T>
std::unique_ptr<const Kernel<T>> make_kernel(const Densities& densities, int n_threads = 1);

template <>
std::unique_ptr<const Kernel<float>> make_kernel<float>(const Densities& densities, int n_threads);
template <>
std::unique_ptr<const Kernel<double>> make_kernel<double>(const Densities& densities,
                                                          int n_threads);

}  // namespace gaussmix
