// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "em/pruning/drift.hpp"
#include "gaussmix/mixture.hpp"
#include "rows/blocks.hpp"

namespace gaussmix {

/// What one start of EM remembers of its rows, so that an E-step need not compute what cannot
/// matter: in most data nearly all responsibilities vanish.
///
/// The rows are brought together by component, and of each tile of them a lower bound of the
/// distance to every component is kept; when the mixture changes, the bounds drift with it. An
/// E-step passes over a component for a tile where the bound shows that none of the tile's rows
/// can have a responsibility of 1e-24, and measures the others anew.
///
/// Where responsibilities do not vanish, the rows stay as they are, or return to their own order,
/// and nothing is bounded; full covariances of many features have groups tried once.
class RowGroups {
 public:
  static constexpr Index kTile = kRowMultiple;

  RowGroups(Index rows, Index components);

  /// Before an E-step with this mixture, of rows of type `scalar`; `before` is that of the E-step
  /// before, nullptr in the first.
  /// \throws Interrupted
  void follow(Execution& execution, const Mixture* before, const Mixture& mixture,
              ScalarType scalar);
  /// After an E-step: forms the groups, or forms them anew, where that pays.
  /// \throws Interrupted
  void renew(Execution& execution);

  bool formed() const noexcept { return !order_.empty(); }
  /// The rows' numbers in the order of the groups; nullptr before they are formed.
  const std::int32_t* order() const noexcept { return formed() ? order_.data() : nullptr; }

  // While an E-step runs, for tile number `tile`: the rows at positions tile * kTile and following.
  // Different tiles may be worked on at once.

  /// upper[j] = an upper bound of the log-densities of the tile's rows under component j.
  void bound(Index tile, float* upper) const;
  /// The component of the tile's first row in the E-step before.
  Index home(Index tile) const { return labels_[size_t(tile * kTile)]; }
  /// No row of the tile has a higher log-density than this under component j.
  void set_largest(Index tile, Index j, double log_density);

  /// Whether this E-step is to write labels and call set_pairs.
  bool watching() const noexcept { return watching_; }
  /// The tile's labels, written by the caller: the component of each row.
  std::int32_t* labels(Index tile) { return labels_.data() + tile * kTile; }
  /// How many pairs of a row and a component the tile has whose responsibility does not vanish;
  /// `renew` adds them up.
  void set_pairs(Index tile, Index pairs) {
    pairs_[size_t(tile)] = static_cast<std::int32_t>(pairs);
  }

 private:
  bool possible(Index features) const;
  void drift(Execution& execution, const Drift& drift);
  void form(Execution& execution);
  std::vector<std::int32_t> sorted_places(Execution& execution) const;
  Index misplaced() const;

  Index rows_, components_, tiles_;
  std::int64_t e_steps_ = 0;
  bool watching_ = false, wide_ = false;
  std::vector<std::int32_t> order_, labels_, pairs_;
  std::vector<float> distances_;  // tiles x k: lower bounds
  std::vector<double> errors_;    // of distances, as the next drift wants them
  std::vector<double> log_normalizers_;
  std::vector<float> highest_;  // the same, rounded up
};

}  // namespace gaussmix
