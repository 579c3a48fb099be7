// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "densities/kernel.hpp"
#include "em/adjustment.hpp"
#include "em/expectation.hpp"
#include "em/pruning/row_groups.hpp"
#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// The E-step: rows belong to components by their responsibilities under a mixture.
template <class T>
class Posterior final : public ByResponsibilities<T> {
 public:
  /// Of a mixture that outlives it. With groups, components are passed over for tiles of rows that
  /// have no part in them; RowGroups::follow must have been called with the same mixture, and the
  /// adjustment must do nothing but forbid.
  explicit Posterior(const Mixture& mixture, RowGroups* groups = nullptr,
                     const Adjustment<T>* adjustment = nullptr, int n_threads = 1);

  const std::int32_t* order() const override;
  std::vector<double> reference() const override { return means_; }

 protected:
  void fill(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
            const KeepGoing& keep_going) const override;

 private:
  struct Tile;

  void log_density(Index first, const Block<T>& block, RowRange rows, Index j, T floor,
                   BlockResponsibilities<T>& out) const;
  void fill_all(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                const KeepGoing& keep_going) const;
  void fill_tiles(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                  const KeepGoing& keep_going) const;
  void fill_tile(Index first, const Block<T>& block, Tile& tile,
                 BlockResponsibilities<T>& out) const;
  void measure(Index first, const Block<T>& block, Index j, Tile& tile,
               BlockResponsibilities<T>& out) const;
  void watch(Index number, const Block<T>& block, RowRange rows,
             const std::vector<Index>& components, const BlockResponsibilities<T>& out) const;

  std::unique_ptr<const Kernel<T>> kernel_;
  const std::vector<double>& means_;
  std::vector<double> log_normalizers_;
  Index k_;
  std::vector<Index> all_;
  RowGroups* groups_;
  const Adjustment<T>* adjustment_;
};

}  // namespace gaussmix
