// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "densities/kernel.hpp"
#include "densities/split_means.hpp"
#include "densities/triangular.hpp"
#include "densities/whitening.hpp"

namespace gaussmix {

/// For a covariance matrix that all components share: the rows of a block are whitened once, and
/// have plain distances to the components' whitened means.
template <class T>
class WhitenedKernel final : public Kernel<T> {
 public:
  WhitenedKernel(const Densities& densities, const Whitening& whitening);

  Index scratch_size(Index stride) const override;
  void prepare(const Block<T>& block, T* scratch) const override;
  void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                   T* scratch) const override;

 private:
  static constexpr Index kStrip = TriangularPanels<T>::kStrip;
  static constexpr Index kPanel = TriangularPanels<T>::kColumns;

  Index features_;
  SplitMeans<T> centre_, means_;
  TriangularPanels<T> panels_;
  std::vector<T> log_normalizers_;
};

}  // namespace gaussmix
