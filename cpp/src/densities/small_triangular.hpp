// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "densities/kernel.hpp"
#include "densities/split_means.hpp"

namespace gaussmix {

/// The most features that count as few.
inline constexpr int kFewFeatures = 8;

/// CentredTriangularKernel for few features, D of them: rows are vector lanes, differences and
/// products stay in registers. The same operations in the same order, so the same bits.
template <class T, int D>
class SmallTriangularKernel final : public Kernel<T> {
 public:
  explicit SmallTriangularKernel(const Densities& densities);

  Index scratch_size(Index /*stride*/) const override { return 0; }
  void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                   T* scratch) const override;

 private:
  static constexpr int kEntries = D * (D + 1) / 2;

  // Where an entry of U is in a factor.
  static constexpr int entry(int row, int column) { return column * (column + 1) / 2 + row; }

  SplitMeans<T> means_;
  std::vector<T> factors_;  // of each component, or of all: U column after column, to the diagonal
  Index factor_step_;       // from one component's factor to the next; 0 where all share one
  std::vector<T> log_normalizers_;
};

/// The kernel for a mixture with covariance matrices of few features; nullptr for more.
template <class T>
std::unique_ptr<const Kernel<T>> make_small_triangular_kernel(const Densities& densities);

}  // namespace gaussmix
