// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "densities/kernel.hpp"
#include "em/expectation.hpp"
#include "em/pruning/budget.hpp"
#include "em/pruning/row_groups.hpp"
#include "gaussmix/mixture.hpp"
#include "support/interface.hpp"

namespace gaussmix {

/// A change of rows' log-densities in an E-step, before they are normalised: known labels, say.
template <class T>
class Adjustment : public Interface {
 public:
  /// Whether it only makes log-densities minus infinity, the same ones in every E-step. Pruning is
  /// then on: its upper bounds stay true, and no component is skipped before each row of a tile has
  /// a finite log-density. Otherwise pruning is off.
  virtual bool only_forbids() const = 0;

  /// Changes column[i], the log-density under component j of the row at position first + i of an
  /// order, for i in [0, count). What a row gets depends on it alone. The noise, if there is any,
  /// is the component after the last.
  /// \param order n row numbers; nullptr: that of the table
  virtual void adjust(const std::int32_t* order, Index first, Index count, Index j,
                      T* column) const = 0;
};

/// The E-step: rows belong to components by their responsibilities under a mixture.
template <class T>
class Posterior final : public ByResponsibilities<T> {
 public:
  /// Of a mixture that outlives it. With groups, components are skipped for tiles of rows in which
  /// their responsibilities vanish; RowGroups::begin_e_step must have been called with the same
  /// mixture, and the adjustment must only forbid.
  /// \param truncation in [0, 0.1]: where it is above 0, a row belongs only to components with more
  /// than this times the mixture's density there, by responsibilities that sum to 1; its
  /// log-density is of these components, and at most -log(1 - truncation) too low
  explicit Posterior(const Mixture& mixture, RowGroups* groups = nullptr,
                     const Adjustment<T>* adjustment = nullptr, int n_threads = 1,
                     double truncation = 0.0);

  const std::int32_t* order() const override;
  std::vector<double> reference() const override { return mixture_.means(); }
  std::optional<ComponentPlaces> places() const override { return ComponentPlaces::of(mixture_); }
  bool divides_rows() const override { return !log_noise_; }

 protected:
  void fill(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
            const KeepGoing& keep_going) const override;

 private:
  struct Tile;

  void log_density(Index first, const Block<T>& block, RowRange rows, Index j, T floor,
                   BlockResponsibilities<T>& out) const;
  void begin_largest(Index first, const Block<T>& block, RowRange rows,
                     BlockResponsibilities<T>& out) const;
  void adjust(Index first, const Block<T>& block, RowRange rows, Index j,
              BlockResponsibilities<T>& out) const;
  void normalize(const Block<T>& block, RowRange rows, std::vector<Index>& components,
                 BlockResponsibilities<T>& out) const;
  void fill_all(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                const KeepGoing& keep_going) const;
  void fill_all(Index first, const Block<T>& block, RowRange rows, BlockResponsibilities<T>& out,
                const KeepGoing& keep_going) const;
  void fill_tiles(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                  const KeepGoing& keep_going) const;
  void fill_tile(Tile& tile) const;
  void compute(Index j, Tile& tile) const;
  void record_labels(Index number, const Block<T>& block, RowRange rows,
                     const std::vector<Index>& components, Index otherwise,
                     const BlockResponsibilities<T>& out) const;

  const Mixture& mixture_;
  std::unique_ptr<const Kernel<T>> kernel_;
  std::vector<double> log_normalizers_;
  std::optional<T> log_noise_;  // log-density of every row under the noise component
  std::vector<Index> all_;      // components
  RowGroups* groups_;
  const Adjustment<T>* adjustment_;
  Budget budget_;
  std::vector<T> truncated_;  // of each column the responsibility that is too small; or empty
};

}  // namespace gaussmix
