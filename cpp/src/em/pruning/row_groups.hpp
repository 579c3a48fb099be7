// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "em/pruning/component_groups.hpp"
#include "em/pruning/drift.hpp"
#include "gaussmix/mixture.hpp"
#include "rows/blocks.hpp"

namespace gaussmix {

/// What one start of EM remembers of its rows, so that an E-step need not compute responsibilities
/// that vanish: in most data nearly all do.
///
/// The rows are sorted by component, and of each tile of them a lower bound of the distance to
/// every component is kept; when the mixture changes, the bounds drift with it. An E-step skips a
/// component for a tile where the bound shows that the budget lets all of the tile's rows do
/// without it, and renews the bounds of the others. Where the bounds of all components would take
/// too much memory, groups of components share one.
///
/// Where many responsibilities count, the rows keep, or return to, their own order, and nothing is
/// bounded; for full covariances of many features, groups are tried once in any case.
class RowGroups {
 public:
  static constexpr Index kTile = kRowMultiple;

  /// What the bounds of so many rows may take.
  static constexpr Index bytes_of_bounds(Index rows) { return (Index{32} << 20) + 8 * rows; }

  RowGroups(Index rows, Index components) : RowGroups(rows, components, bytes_of_bounds(rows)) {}
  RowGroups(Index rows, Index components, Index bytes_of_bounds);

  /// Before an E-step with this mixture, of rows of type `scalar`.
  /// \throws Interrupted
  void begin_e_step(Execution& execution, const Mixture& mixture, ScalarType scalar);
  /// After it: forms the groups, or forms them anew, where that pays.
  /// \throws Interrupted
  void end_e_step(Execution& execution, const Mixture& mixture);

  bool formed() const noexcept { return !order_.empty(); }
  /// The rows' numbers in the order of the groups; nullptr before they are formed.
  const std::int32_t* order() const noexcept { return formed() ? order_.data() : nullptr; }

  // In an E-step, for tile number `tile`: the rows at positions tile * kTile and following. Threads
  // may work on different tiles at once.

  /// upper[j] = an upper bound of the log-densities of the tile's rows under component j.
  void upper_bounds(Index tile, float* upper) const;
  /// The likeliest component of the tile's first row in the E-step before.
  Index first_label(Index tile) const { return labels_[size_t(tile * kTile)]; }
  /// The bounds that the largest log-densities of the tile's rows are: largest[j] for the
  /// components of a list; those of the others stay.
  template <class T>
  void renew(Index tile, const std::vector<Index>& components, const std::vector<T>& largest);

  /// Whether this E-step is to write labels and call set_pairs.
  bool recording() const noexcept { return recording_; }
  /// The tile's labels, written by the caller: the likeliest component of each row.
  std::int32_t* labels(Index tile) { return labels_.data() + tile * kTile; }
  /// How many pairs of a row of the tile and a component have a responsibility that counts.
  void set_pairs(Index tile, Index pairs) {
    pairs_[size_t(tile)] = static_cast<std::int32_t>(pairs);
  }

 private:
  bool worthwhile(Index features) const;
  Index most_bounds() const;
  Index bounds() const { return sharing_ ? sharing_->count() : components_; }
  float distance_at_least(Index j, double largest) const;
  void drift(Execution& execution, const Drift& drift);
  void form(Execution& execution, const Mixture& mixture);
  std::vector<std::int32_t> positions_by_label(Execution& execution) const;

  Index rows_, components_, tiles_, bytes_of_bounds_;
  std::int64_t e_steps_ = 0;
  bool recording_ = false;
  std::vector<std::int32_t> order_, labels_, pairs_;
  std::vector<float> distances_;            // tiles x bounds(): lower bounds
  std::optional<ComponentGroups> sharing_;  // none: a bound for each component
  std::optional<Mixture> before_;           // of the E-step before, while there are groups
  std::vector<double> errors_;              // of distances under it, for the next drift
  std::vector<double> log_normalizers_;
  std::vector<float> log_normalizers_above_;  // rounded up
};

}  // namespace gaussmix
