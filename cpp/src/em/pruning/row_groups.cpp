// SPDX-License-Identifier: BSD-3-Clause
#include "em/pruning/row_groups.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "densities/kernel.hpp"

namespace gaussmix {
namespace {

// A computed distance may be this much too long, relative to itself, and a log-density and a
// normalizer that were rounded to float by this much of themselves.
constexpr double kDistanceError = 1e-2, kRounding = 4e-7;

// No distance counts as longer, nor grows by a larger factor at once: its square is finite.
constexpr float kFar = 1e18F;

// To move a row takes as long as so many floating-point operations.
constexpr double kOperationsPerRow = 16.0;

// Groups are formed up to this share of pairs (row, component) whose responsibility counts, and
// given up beyond the other.
constexpr double kFormUpTo = 0.5, kGiveUpBeyond = 0.75;

std::vector<float> to_float(const std::vector<double>& values, double most) {
  std::vector<float> out;
  for (const double value : values) out.push_back(static_cast<float>(std::min(value, most)));
  return out;
}

// The smallest scale and the largest shift of each group's components.
std::pair<std::vector<double>, std::vector<double>> of_groups(
    const Drift& drift, const std::optional<ComponentGroups>& groups) {
  if (!groups) return {drift.scale, drift.shift};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> scale(size_t(groups->count()), kInfinity), shift(scale.size(), 0.0);
  for (std::size_t j = 0; j < drift.scale.size(); ++j) {
    const auto g = size_t(groups->of(static_cast<Index>(j)));
    scale[g] = std::min(scale[g], drift.scale[j]);
    shift[g] = std::max(shift[g], std::isnan(drift.shift[j]) ? kInfinity : drift.shift[j]);
  }
  return {std::move(scale), std::move(shift)};
}

// Calls use(chunk, first, end) for chunks of [0, n), in parallel.
template <class Use>
void for_each_chunk(Execution& execution, Index n, Index length, double operations,
                    const Use& use) {
  const Index chunks = (n + length - 1) / length;
  parallel_for(execution, chunks, execution.workers(chunks, operations),
               [&](Index chunk, int /*worker*/) {
                 use(chunk, chunk * length, std::min(n, (chunk + 1) * length));
               });
}

}  // namespace

RowGroups::RowGroups(Index rows, Index components, Index bytes_of_bounds)
    : rows_(rows),
      components_(components),
      tiles_((rows + kTile - 1) / kTile),
      bytes_of_bounds_(bytes_of_bounds) {}

// Groups smaller than a tile gain nothing, and a drift takes d^3 operations a component.
bool RowGroups::worthwhile(Index features) const {
  return components_ > 1 && rows_ >= kTile * components_ && rows_ >= 4 * features &&
         rows_ <= std::numeric_limits<std::int32_t>::max();
}

// While groups are formed anew, there are old bounds and new ones.
Index RowGroups::most_bounds() const {
  const Index bytes = 2 * Index{sizeof(float)} * tiles_;
  return std::clamp<Index>(bytes_of_bounds_ / bytes, 1, components_);
}

void RowGroups::begin_e_step(Execution& execution, const Mixture& mixture, ScalarType scalar) {
  ++e_steps_;
  const bool power_of_two = (e_steps_ & (e_steps_ - 1)) == 0;
  recording_ = formed() || (power_of_two && worthwhile(mixture.n_features()));
  if (recording_ && labels_.empty()) {
    labels_.resize(size_t(rows_));
    pairs_.resize(size_t(tiles_));
  }
  if (!formed()) {
    errors_.clear();
    return;
  }
  Drift since = drift_between(execution, *before_, mixture, scalar, errors_);
  drift(execution, since);
  errors_ = std::move(since.errors);
  log_normalizers_ = mixture.log_normalizers();
  log_normalizers_above_.clear();
  for (const double value : log_normalizers_) {
    log_normalizers_above_.push_back(static_cast<float>(value + kRounding * std::abs(value)));
  }
}

void RowGroups::drift(Execution& execution, const Drift& drift) {
  constexpr Index kTiles = 256;
  constexpr double kOperationsPerBound = 4.0;
  const auto [scales, shifts] = of_groups(drift, sharing_);
  const auto scale = to_float(scales, kFar);
  const auto shift = to_float(shifts, std::numeric_limits<double>::infinity());
  const auto move_tile = [&](float* distances) {
    for (std::size_t j = 0; j < scale.size(); ++j) {
      const float drifted = std::min(scale[j] * distances[j] - shift[j], kFar);
      distances[j] = drifted > 0.0F ? drifted : 0.0F;  // not a number counts as zero
    }
  };
  const double operations = kOperationsPerBound * static_cast<double>(tiles_ * bounds());
  for_each_chunk(execution, tiles_, kTiles, operations, [&](Index, Index tile, Index end) {
    for (; tile < end; ++tile) move_tile(distances_.data() + tile * bounds());
  });
}

void RowGroups::upper_bounds(Index tile, float* upper) const {
  const float* const distances = distances_.data() + tile * bounds();
  if (!sharing_) {
    for (Index j = 0; j < components_; ++j) {
      upper[j] = log_normalizers_above_[size_t(j)] - 0.5F * distances[j] * distances[j];
    }
    return;
  }
  for (Index j = 0; j < components_; ++j) {
    const float distance = distances[sharing_->of(j)];
    upper[j] = log_normalizers_above_[size_t(j)] - 0.5F * distance * distance;
  }
}

// Of rows none of which has a larger log-density under component j.
float RowGroups::distance_at_least(Index j, double largest) const {
  const double normalizer = log_normalizers_[size_t(j)];
  const double error = kRounding * (std::abs(normalizer) + std::abs(largest));
  const double squared = 2.0 * (normalizer - largest - error);
  const double distance = squared > 0.0 ? (1.0 - kDistanceError) * std::sqrt(squared) : 0.0;
  return static_cast<float>(std::min(distance, static_cast<double>(kFar)));
}

// A shared bound stays below that of each member that was left out.
template <class T>
void RowGroups::renew(Index tile, const std::vector<Index>& components,
                      const std::vector<T>& largest) {
  float* const distances = distances_.data() + tile * bounds();
  const auto distance = [&](Index j) {
    return distance_at_least(j, static_cast<double>(largest[size_t(j)]));
  };
  if (!sharing_) {
    for (const Index j : components) distances[j] = distance(j);
    return;
  }
  std::vector<Index> missing = sharing_->sizes();
  for (const Index j : components) --missing[size_t(sharing_->of(j))];
  for (const Index j : components) {
    if (missing[size_t(sharing_->of(j))] == 0) distances[sharing_->of(j)] = kFar;
  }
  for (const Index j : components) {
    float& bound = distances[sharing_->of(j)];
    bound = std::min(bound, distance(j));
  }
}

template void RowGroups::renew(Index, const std::vector<Index>&, const std::vector<float>&);
template void RowGroups::renew(Index, const std::vector<Index>&, const std::vector<double>&);

void RowGroups::end_e_step(Execution& execution, const Mixture& mixture) {
  if (recording_) {
    // The kernel of many features stops distances early between rows of one component: groups pay
    // after the first E-step already, in which all pairs may count.
    const bool try_once = e_steps_ == 1 && mixture.covariance_type() == CovarianceType::full &&
                          mixture.n_features() > kMaxFeaturesInRegisters;
    const Index pairs = std::accumulate(pairs_.begin(), pairs_.end(), Index{0});
    const double share = static_cast<double>(pairs) / static_cast<double>(rows_ * components_);
    if (!formed()) {
      if (share <= kFormUpTo || try_once) form(execution, mixture);
    } else if (share > kGiveUpBeyond) {
      order_.clear();
    } else if (std::inner_product(labels_.begin() + 1, labels_.end(), labels_.begin(), Index{0},
                                  std::plus<>(), std::not_equal_to<>()) > rows_ / 16) {
      form(execution, mixture);  // many neighbours have different labels
    }
  }
  if (formed()) {
    before_ = mixture;
  } else {
    before_.reset();
  }
}

// The rows' positions in the order of their labels: a counting sort, in chunks, which leaves the
// order among equals.
std::vector<std::int32_t> RowGroups::positions_by_label(Execution& execution) const {
  constexpr Index kChunk = 16384;
  const double operations = kOperationsPerRow * static_cast<double>(rows_);
  // next[chunk][label]: first how many there are, then where the next of them goes.
  std::vector<std::vector<Index>> next(size_t((rows_ + kChunk - 1) / kChunk));
  for_each_chunk(execution, rows_, kChunk, operations, [&](Index chunk, Index first, Index end) {
    std::vector<Index> counts(size_t(components_), 0);
    for (Index i = first; i < end; ++i) ++counts[size_t(labels_[size_t(i)])];
    next[size_t(chunk)] = std::move(counts);
  });
  Index start = 0;
  for (std::size_t label = 0; label < size_t(components_); ++label) {
    for (auto& counts : next) start += std::exchange(counts[label], start);
  }
  std::vector<std::int32_t> positions(labels_.size());
  for_each_chunk(execution, rows_, kChunk, operations, [&](Index chunk, Index first, Index end) {
    auto& own = next[size_t(chunk)];
    for (Index i = first; i < end; ++i) {
      positions[size_t(own[size_t(labels_[size_t(i)])]++)] = static_cast<std::int32_t>(i);
    }
  });
  return positions;
}

// A new tile's bounds are the smallest of those that its rows had in their old ones; zero where
// rows come into groups for the first time.
void RowGroups::form(Execution& execution, const Mixture& mixture) {
  auto positions = positions_by_label(execution);
  const bool formed_before = formed();
  if (!formed_before) {
    sharing_.reset();
    if (most_bounds() < components_) sharing_.emplace(mixture, most_bounds());
  }
  const Index n_bounds = bounds();
  std::vector<std::int32_t> labels(labels_.size());
  std::vector<float> distances(size_t(tiles_ * n_bounds), formed_before ? kFar : 0.0F);
  const double operations =
      (kOperationsPerRow + static_cast<double>(n_bounds)) * static_cast<double>(rows_);
  for_each_chunk(execution, rows_, kTile, operations, [&](Index tile, Index first, Index end) {
    float* const bounds = distances.data() + tile * n_bounds;
    Index last = -1;  // the old tile whose bounds were looked at last
    for (Index i = first; i < end; ++i) {
      const Index from = positions[size_t(i)];
      labels[size_t(i)] = labels_[size_t(from)];
      if (!formed_before) continue;
      positions[size_t(i)] = order_[size_t(from)];
      if (last == from / kTile) continue;
      last = from / kTile;
      const float* const old = distances_.data() + last * n_bounds;
      for (Index b = 0; b < n_bounds; ++b) bounds[b] = std::min(bounds[b], old[b]);
    }
  });
  distances_ = std::move(distances);
  order_ = std::move(positions);
  labels_ = std::move(labels);
}

}  // namespace gaussmix
