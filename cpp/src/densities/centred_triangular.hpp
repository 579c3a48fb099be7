// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/kernel.hpp"
#include "densities/split_means.hpp"
#include "densities/triangular.hpp"

namespace gaussmix {

/// For covariance matrices, full and tied: |U^T (x - mu)|^2, rows as vector lanes, the products
/// fused with their squares so that they never reach memory. Differences are taken first, so the
/// error does not grow with the data's distance from the origin.
template <class T>
class CentredTriangularKernel final : public Kernel<T> {
 public:
  explicit CentredTriangularKernel(const Densities& densities, int n_threads = 1);

  Index scratch_size(Index stride) const override;
  void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                   T* scratch) const override;

 private:
  static constexpr Index kStrip = TriangularPanels<T>::kStrip;
  static constexpr Index kPanel = TriangularPanels<T>::kColumns;

  void strip_log_density(const Block<T>& block, Index first, Index j, T floor, T* out,
                         T* strip) const;

  Index features_;
  bool shared_;  // one factor by all components
  SplitMeans<T> means_;
  TriangularPanels<T> panels_;
  std::vector<T> log_normalizers_;
};

}  // namespace gaussmix
