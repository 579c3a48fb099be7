// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <memory>

#include "densities/densities.hpp"
#include "rows/blocks.hpp"

namespace gaussmix {

/// A mixture prepared for one way of computing the log-densities of a block of rows. Immutable, and
/// shared by threads.
template <class T>
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// How many T of aligned scratch a block of this stride needs.
  virtual Index scratch_size(Index /*stride*/) const { return 0; }

  /// Writes to the scratch what all components need of a block: to be called before log_density,
  /// which reads it there.
  virtual void prepare(const Block<T>& /*block*/, T* /*scratch*/) const {}

  /// out[i] = log(w_j N(x_i | mu_j, Sigma_j)) for the rows i of the range; minus infinity where the
  /// distance overflows. A value depends on its row and the mixture alone; but below `floor` it may
  /// be an upper bound, itself below `floor`.
  virtual void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                           T* scratch) const = 0;

  /// The values of all components and rows of a block: column j at out + j * block.stride.
  void log_densities(const Block<T>& block, Index k, T* out, T* scratch) const {
    constexpr T kExact = -std::numeric_limits<T>::infinity();
    prepare(block, scratch);
    for (Index j = 0; j < k; ++j) {
      log_density(block, all_rows(block), j, kExact, out + j * block.stride, scratch);
    }
  }
};

template <class T>
using KernelPointer = std::unique_ptr<const Kernel<T>>;

/// The kernel that suits a mixture, prepared on up to `n_threads` threads.
template <class T>
KernelPointer<T> make_kernel(const Densities& densities, int n_threads = 1);

// The kernels that make_kernel chooses from.

/// For diag and spherical.
template <class T>
KernelPointer<T> make_diagonal_kernel(const Densities& densities);

/// For full and tied.
template <class T>
KernelPointer<T> make_triangular_kernel(const Densities& densities, int n_threads = 1);

/// The same, to the same bits, for so few features that a row stays in registers; nullptr for more.
template <class T>
KernelPointer<T> make_small_triangular_kernel(const Densities& densities);
inline constexpr int kMaxFeaturesInRegisters = 8;

/// For tied, where it loses little (Whitening::of); nullptr elsewhere.
template <class T>
KernelPointer<T> make_whitened_kernel(const Densities& densities);

}  // namespace gaussmix
