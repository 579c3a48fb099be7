// SPDX-License-Identifier: BSD-3-Clause
#include "row_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gaussmix {
namespace {

// A computed distance may be this much too long, relative to itself.
constexpr double kSlack = 1e-2;

bool is_power_of_two(std::int64_t value) { return (value & (value - 1)) == 0; }

std::vector<float> to_float(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

RowGroups::RowGroups(Index rows, Index components)
    : rows_(rows), components_(components), tiles_((rows + kTile - 1) / kTile) {}

void RowGroups::follow(Execution& execution, const Mixture& mixture, ScalarType scalar) {
  // Groups smaller than a tile gain nothing; a drift takes d^3 operations a component.
  const bool possible = components_ > 1 && rows_ >= kTile * components_ &&
                        rows_ >= 4 * mixture.n_features() &&
                        rows_ <= std::numeric_limits<std::int32_t>::max();
  ++e_steps_;
  watching_ = formed() || (possible && is_power_of_two(e_steps_));
  if (watching_ && labels_.empty()) {
    labels_.resize(static_cast<std::size_t>(rows_));
    pairs_.resize(static_cast<std::size_t>(tiles_));
  }
  if (!formed()) return;
  if (mixture_) {
    const Drift drift = drift_between(execution, *mixture_, mixture, scalar);
    scale_ = to_float(drift.scale);
    shift_ = to_float(drift.shift);
  }
  mixture_ = mixture;
  log_normalizers_ = to_float(mixture.log_normalizers());
}

void RowGroups::bound(Index tile, float* upper) {
  float* const distances = distances_.data() + tile * components_;
  for (Index j = 0; j < components_; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const float drifted = scale_[at] * distances[j] - shift_[at];
    distances[j] = drifted > 0.0F ? drifted : 0.0F;  // not a number counts as zero
    upper[j] = log_normalizers_[at] - 0.5F * distances[j] * distances[j];
  }
}

void RowGroups::set_largest(Index tile, Index j, double log_density) {
  const double squared =
      2.0 * (static_cast<double>(log_normalizers_[static_cast<std::size_t>(j)]) - log_density);
  distances_[static_cast<std::size_t>(tile * components_ + j)] =
      static_cast<float>((1.0 - kSlack) * std::sqrt(std::max(squared, 0.0)));
}

void RowGroups::renew() {
  if (!watching_) return;
  if (formed()) {
    if (misplaced() > rows_ / 16) form();
    return;
  }
  const auto pairs = std::accumulate(pairs_.begin(), pairs_.end(), std::int64_t{0});
  if (pairs <= rows_ * components_ / 2) form();
}

// How many rows have another label than the one before them.
Index RowGroups::misplaced() const {
  Index count = 0;
  for (std::size_t i = 1; i < labels_.size(); ++i) count += labels_[i] != labels_[i - 1] ? 1 : 0;
  return count;
}

// Sorts the rows by their labels. Each new tile's bounds are the smallest of those that its rows
// had in their old ones.
void RowGroups::form() {
  std::vector<Index> next(static_cast<std::size_t>(components_) + 1, 0);
  for (const std::int32_t label : labels_) ++next[static_cast<std::size_t>(label) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  const bool had_bounds = !distances_.empty();
  constexpr float kFar = std::numeric_limits<float>::infinity();
  std::vector<std::int32_t> order(labels_.size()), labels(labels_.size());
  std::vector<float> distances(static_cast<std::size_t>(tiles_ * components_),
                               had_bounds ? kFar : 0.0F);
  std::vector<Index> merged_from(static_cast<std::size_t>(tiles_), -1);
  for (Index place = 0; place < rows_; ++place) {
    const std::int32_t label = labels_[static_cast<std::size_t>(place)];
    const Index to = next[static_cast<std::size_t>(label)]++;
    order[static_cast<std::size_t>(to)] =
        formed() ? order_[static_cast<std::size_t>(place)] : static_cast<std::int32_t>(place);
    labels[static_cast<std::size_t>(to)] = label;
    Index& last = merged_from[static_cast<std::size_t>(to / kTile)];
    if (!had_bounds || last == place / kTile) continue;
    last = place / kTile;
    const float* const old = distances_.data() + last * components_;
    float* const own = distances.data() + to / kTile * components_;
    for (Index j = 0; j < components_; ++j) own[j] = std::min(own[j], old[j]);
  }
  order_ = std::move(order);
  labels_ = std::move(labels);
  distances_ = std::move(distances);
  if (scale_.empty()) {
    scale_.assign(static_cast<std::size_t>(components_), 0.0F);
    shift_ = scale_;
  }
}

}  // namespace gaussmix
