// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "densities/kernel.hpp"
#include "em/pruning/row_groups.hpp"
#include "em/responsibilities.hpp"
#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// The E-step: rows are shared out by their responsibilities under a mixture.
template <class T>
class Posterior final : public ResponsibilitySource<T> {
 public:
  /// Of a mixture that outlives it. With groups, components are passed over for tiles of rows that
  /// have no share in them. RowGroups::follow must have been called with the same mixture.
  explicit Posterior(const Mixture& mixture, RowGroups* groups = nullptr, int n_threads = 1);

  const std::int32_t* order() const override;
  bool complete() const override { return true; }
  const double* places() const override { return means_.data(); }
  bool in_double(Index j) const override { return kernel_->in_double(j); }
  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& keep_going) const override;

 private:
  struct Tile;

  void fill_all(const Block<T>& block, Shares<T>& shares, const KeepGoing& keep_going) const;
  void fill_tiles(Index first, const Block<T>& block, Shares<T>& shares,
                  const KeepGoing& keep_going) const;
  void share_tile(const Block<T>& block, Tile& tile, Shares<T>& shares) const;
  void measure(const Block<T>& block, Index j, Tile& tile, Shares<T>& shares) const;
  void watch(Index number, const Block<T>& block, RowRange rows,
             const std::vector<Index>& components, const Shares<T>& shares) const;

  std::unique_ptr<const Kernel<T>> kernel_;
  const std::vector<double>& means_;
  std::vector<double> log_normalizers_;
  Index k_;
  std::vector<Index> all_;
  RowGroups* groups_;
};

}  // namespace gaussmix
