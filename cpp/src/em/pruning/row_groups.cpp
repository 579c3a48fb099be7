// SPDX-License-Identifier: BSD-3-Clause
#include "em/pruning/row_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "densities/kernel.hpp"

namespace gaussmix {
namespace {

// A computed distance may be this much too long, relative to itself, and a log-density and a
// normalizer that were rounded to float by this much of themselves.
constexpr double kSlack = 1e-2, kRounding = 4e-7;

// No distance counts as longer, nor grows by more at once: its square is finite.
constexpr float kFar = 1e18F;

// What it takes to move a row, in floating-point operations of the same time.
constexpr double kOperationsPerRow = 16.0;

// The share of all pairs of a row and a component that counts: up to this groups are formed, and
// beyond that given up.
constexpr double kWorthGroups = 0.5, kTooManyForGroups = 0.75;

bool is_power_of_two(std::int64_t value) { return (value & (value - 1)) == 0; }

std::vector<float> to_float(const std::vector<double>& values, double most) {
  std::vector<float> out;
  for (const double value : values) out.push_back(static_cast<float>(std::min(value, most)));
  return out;
}

}  // namespace

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
  // The kernel leaves off distances where it works on rows of the same component: groups pay after
  // the first E-step already, in which all pairs may count.
  wide_ = mixture.covariance_type() == CovarianceType::full &&
          mixture.n_features() > kMaxFeaturesInRegisters;
  if (watching_ && labels_.empty()) {
    labels_.resize(size_t(rows_));
    pairs_.resize(size_t(tiles_));
  }
  if (!formed()) {
    errors_.clear();
    return;
  }
  Drift since = drift_between(execution, *before, mixture, scalar, errors_);
  drift(execution, since);
  errors_ = std::move(since.errors);
  log_normalizers_ = mixture.log_normalizers();
  highest_.clear();
  for (const double value : log_normalizers_) {
    highest_.push_back(static_cast<float>(value + kRounding * std::abs(value)));
  }
}

// Moves the bounds on.
void RowGroups::drift(Execution& execution, const Drift& drift) {
  constexpr Index kStretch = 256;
  constexpr double kOperationsPerBound = 4.0;
  const auto scale = to_float(drift.scale, kFar);
  const auto shift = to_float(drift.shift, std::numeric_limits<double>::infinity());
  const auto move_tile = [&](float* distances) {
    for (std::size_t j = 0; j < scale.size(); ++j) {
      const float drifted = std::min(scale[j] * distances[j] - shift[j], kFar);
      distances[j] = drifted > 0.0F ? drifted : 0.0F;  // not a number counts as zero
    }
  };
  const Index stretches = (tiles_ + kStretch - 1) / kStretch;
  const double operations = kOperationsPerBound * static_cast<double>(tiles_ * components_);
  parallel_for(execution, stretches, execution.workers(stretches, operations),
               [&](Index stretch, int /*worker*/) {
                 const Index end = std::min(tiles_, (stretch + 1) * kStretch);
                 for (Index tile = stretch * kStretch; tile < end; ++tile) {
                   move_tile(distances_.data() + tile * components_);
                 }
               });
}

void RowGroups::bound(Index tile, float* upper) const {
  const float* const distances = distances_.data() + tile * components_;
  for (Index j = 0; j < components_; ++j) {
    upper[j] = highest_[size_t(j)] - 0.5F * distances[j] * distances[j];
  }
}

void RowGroups::set_largest(Index tile, Index j, double log_density) {
  const double normalizer = log_normalizers_[size_t(j)];
  const double error = kRounding * (std::abs(normalizer) + std::abs(log_density));
  const double squared = 2.0 * (normalizer - log_density - error);
  const double distance = squared > 0.0 ? (1.0 - kSlack) * std::sqrt(squared) : 0.0;
  distances_[size_t(tile * components_ + j)] =
      static_cast<float>(std::min(distance, static_cast<double>(kFar)));
}

void RowGroups::renew(Execution& execution) {
  if (!watching_) return;
  const Index pairs = std::accumulate(pairs_.begin(), pairs_.end(), Index{0});
  const double shared = static_cast<double>(pairs) / static_cast<double>(rows_ * components_);
  if (!formed()) {
    if (shared <= kWorthGroups || (wide_ && e_steps_ == 1)) form(execution);
  } else if (shared > kTooManyForGroups) {
    order_.clear();
  } else if (misplaced() > rows_ / 16) {
    form(execution);
  }
}

// How many rows have another label than the one before them.
Index RowGroups::misplaced() const {
  Index count = 0;
  for (std::size_t i = 1; i < labels_.size(); ++i) count += labels_[i] != labels_[i - 1] ? 1 : 0;
  return count;
}

// The rows' positions in the order of their labels: a counting sort, in stretches, which leaves the
// order among equals.
std::vector<std::int32_t> RowGroups::sorted_places(Execution& execution) const {
  constexpr Index kStretch = 16384;
  const Index stretches = (rows_ + kStretch - 1) / kStretch;
  const int workers = execution.workers(stretches, kOperationsPerRow * static_cast<double>(rows_));
  const auto for_each_label = [&](Index stretch, const auto& use) {
    const Index end = std::min(rows_, (stretch + 1) * kStretch);
    for (Index position = stretch * kStretch; position < end; ++position) {
      use(position, size_t(labels_[size_t(position)]));
    }
  };
  // next[stretch][label]: first how many there are, then where the next of them goes.
  std::vector<std::vector<Index>> next(static_cast<std::size_t>(stretches));
  parallel_for(execution, stretches, workers, [&](Index stretch, int /*worker*/) {
    std::vector<Index> counts(size_t(components_), 0);
    for_each_label(stretch, [&](Index /*position*/, std::size_t label) { ++counts[label]; });
    next[size_t(stretch)] = std::move(counts);
  });
  Index start = 0;
  for (std::size_t label = 0; label < size_t(components_); ++label) {
    for (auto& counts : next) start += std::exchange(counts[label], start);
  }
  std::vector<std::int32_t> positions(labels_.size());
  parallel_for(execution, stretches, workers, [&](Index stretch, int /*worker*/) {
    auto& own = next[size_t(stretch)];
    for_each_label(stretch, [&](Index position, std::size_t label) {
      positions[size_t(own[label]++)] = static_cast<std::int32_t>(position);
    });
  });
  return positions;
}

// A new tile's bounds are the smallest of those that its rows had in their old ones; none, which is
// zero, where rows come into groups for the first time.
void RowGroups::form(Execution& execution) {
  auto positions = sorted_places(execution);
  const bool formed_before = formed();
  std::vector<std::int32_t> labels(labels_.size());
  std::vector<float> distances(size_t(tiles_ * components_), formed_before ? kFar : 0.0F);
  const auto move_tile = [&](Index tile) {
    float* const own = distances.data() + tile * components_;
    Index last = -1;  // the old tile whose bounds were taken last
    for (Index i = tile * kTile; i < std::min((tile + 1) * kTile, rows_); ++i) {
      const Index from = positions[size_t(i)];
      labels[size_t(i)] = labels_[size_t(from)];
      if (!formed_before) continue;
      positions[size_t(i)] = order_[size_t(from)];
      if (last == from / kTile) continue;
      last = from / kTile;
      const float* const theirs = distances_.data() + last * components_;
      for (Index j = 0; j < components_; ++j) own[j] = std::min(own[j], theirs[j]);
    }
  };
  const double operations =
      (kOperationsPerRow + static_cast<double>(components_)) * static_cast<double>(rows_);
  parallel_for(execution, tiles_, execution.workers(tiles_, operations),
               [&](Index tile, int /*worker*/) { move_tile(tile); });
  distances_ = std::move(distances);
  order_ = std::move(positions);
  labels_ = std::move(labels);
}

}  // namespace gaussmix
