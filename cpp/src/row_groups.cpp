// SPDX-License-Identifier: BSD-3-Clause
#include "row_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace gaussmix {
namespace {

// A computed distance may be this much too long, relative to itself, and a log-density and a
// normalizer that were rounded to float by this much of themselves.
constexpr double kSlack = 1e-2, kRounding = 4e-7;

// No distance counts as longer, nor grows by more at once: its square is finite.
constexpr float kFar = 1e18F;

bool is_power_of_two(std::int64_t value) { return (value & (value - 1)) == 0; }

std::vector<float> to_float(const std::vector<double>& values, double most) {
  std::vector<float> out;
  for (const double value : values) out.push_back(static_cast<float>(std::min(value, most)));
  return out;
}

}  // namespace

// The bounds of new tiles: the smallest of those that their rows had in their old ones; none, which
// is zero, where rows come into groups for the first time.
class RowGroups::Bounds {
 public:
  explicit Bounds(const RowGroups& groups)
      : old_(groups.formed() ? groups.distances_.data() : nullptr),
        components_(groups.components_),
        distances_(static_cast<std::size_t>(groups.tiles_ * components_),
                   old_ != nullptr ? kFar : 0.0F),
        last_(static_cast<std::size_t>(groups.tiles_), -1) {}

  // A row of tile `from` is now in tile `to`.
  void move(Index from, Index to) {
    Index& last = last_[static_cast<std::size_t>(to)];
    if (old_ == nullptr || last == from) return;
    last = from;
    float* const own = distances_.data() + to * components_;
    const float* const theirs = old_ + from * components_;
    for (Index j = 0; j < components_; ++j) own[j] = std::min(own[j], theirs[j]);
  }

  std::vector<float> take() { return std::move(distances_); }

 private:
  const float* old_;
  Index components_;
  std::vector<float> distances_;
  std::vector<Index> last_;  // the tile whose bounds each new tile took last
};

RowGroups::RowGroups(Index rows, Index components)
    : rows_(rows), components_(components), tiles_((rows + kTile - 1) / kTile) {}

// Groups smaller than a tile gain nothing, a drift takes d^3 operations a component, and the bounds
// of many components take memory.
bool RowGroups::possible(Index features) const {
  constexpr Index kMostBytes = Index{32} << 20, kMostBytesPerRow = 24;
  const Index bytes = 16 * rows_ + 8 * tiles_ * components_;  // while they are formed anew
  return components_ > 1 && rows_ >= kTile * components_ && rows_ >= 4 * features &&
         rows_ <= std::numeric_limits<std::int32_t>::max() &&
         bytes <= kMostBytes + kMostBytesPerRow * rows_;
}

void RowGroups::follow(Execution& execution, const Mixture* before, const Mixture& mixture,
                       ScalarType scalar) {
  ++e_steps_;
  watching_ = formed() || (is_power_of_two(e_steps_) && possible(mixture.n_features()));
  if (watching_ && labels_.empty()) {
    labels_.resize(static_cast<std::size_t>(rows_));
    pairs_.resize(static_cast<std::size_t>(tiles_));
  }
  if (!formed()) return;
  const Drift drift = drift_between(execution, *before, mixture, scalar);
  scale_ = to_float(drift.scale, kFar);
  shift_ = to_float(drift.shift, std::numeric_limits<double>::infinity());
  log_normalizers_ = mixture.log_normalizers();
  highest_.clear();
  for (const double value : log_normalizers_) {
    highest_.push_back(static_cast<float>(value + kRounding * std::abs(value)));
  }
}

void RowGroups::repeat() {
  std::fill(scale_.begin(), scale_.end(), 1.0F);
  std::fill(shift_.begin(), shift_.end(), 0.0F);
}

void RowGroups::drift_and_bound(Index tile, float* upper) {
  float* const distances = distances_.data() + tile * components_;
  for (Index j = 0; j < components_; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const float drifted = std::min(scale_[at] * distances[j] - shift_[at], kFar);
    distances[j] = drifted > 0.0F ? drifted : 0.0F;  // not a number counts as zero
    upper[j] = highest_[at] - 0.5F * distances[j] * distances[j];
  }
}

void RowGroups::set_largest(Index tile, Index j, double log_density) {
  const double normalizer = log_normalizers_[static_cast<std::size_t>(j)];
  const double error = kRounding * (std::abs(normalizer) + std::abs(log_density));
  const double squared = 2.0 * (normalizer - log_density - error);
  const double distance = squared > 0.0 ? (1.0 - kSlack) * std::sqrt(squared) : 0.0;
  distances_[static_cast<std::size_t>(tile * components_ + j)] =
      static_cast<float>(std::min(distance, static_cast<double>(kFar)));
}

void RowGroups::renew() {
  if (!watching_) return;
  const Index pairs = std::accumulate(pairs_.begin(), pairs_.end(), Index{0});
  if (formed() ? misplaced() > rows_ / 16 : pairs <= rows_ * components_ / 2) form();
  if (formed() && pairs > rows_ * components_ / 4 * 3) order_.clear();
}

// How many rows have another label than the one before them.
Index RowGroups::misplaced() const {
  Index count = 0;
  for (std::size_t i = 1; i < labels_.size(); ++i) count += labels_[i] != labels_[i - 1] ? 1 : 0;
  return count;
}

// Sorts the rows by their labels: a counting sort, which leaves the order among equals.
void RowGroups::form() {
  std::vector<Index> next(static_cast<std::size_t>(components_) + 1, 0);
  for (const std::int32_t label : labels_) ++next[static_cast<std::size_t>(label) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::int32_t> order(labels_.size()), labels(labels_.size());
  Bounds bounds(*this);
  for (Index place = 0; place < rows_; ++place) {
    const std::int32_t label = labels_[static_cast<std::size_t>(place)];
    const Index to = next[static_cast<std::size_t>(label)]++;
    order[static_cast<std::size_t>(to)] =
        formed() ? order_[static_cast<std::size_t>(place)] : static_cast<std::int32_t>(place);
    labels[static_cast<std::size_t>(to)] = label;
    bounds.move(place / kTile, to / kTile);
  }
  distances_ = bounds.take();
  order_ = std::move(order);
  labels_ = std::move(labels);
}

}  // namespace gaussmix
