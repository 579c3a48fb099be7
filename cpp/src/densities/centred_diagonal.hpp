// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/kernel.hpp"
#include "densities/split_means.hpp"

namespace gaussmix {

/// For variances without covariances, diag and spherical: sum_c ((x_c - mu_c) u_c)^2.
template <class T>
class CentredDiagonalKernel final : public Kernel<T> {
 public:
  explicit CentredDiagonalKernel(const Densities& densities);

  Index scratch_size(Index /*stride*/) const override { return 0; }
  void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                   T* scratch) const override;

 private:
  Index features_;
  SplitMeans<T> means_;
  std::vector<T> scales_;  // k x d: the square roots of the precisions
  std::vector<T> log_normalizers_;
};

}  // namespace gaussmix
