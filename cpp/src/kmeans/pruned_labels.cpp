// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/pruned_labels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "support/tree_reduce.hpp"

namespace gaussmix {
namespace {

double squared_difference(const double* a, const double* b, Index d) {
  double sum = 0.0;
  for (Index c = 0; c < d; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  return sum;
}

// Sorts points (d numbers each) so that near ones stand near each other: halves them between two
// that are far apart, and again.
void sort_by_halves(const std::vector<double>& points, Index d, std::int32_t* first,
                    std::int32_t* last) {
  constexpr Index kFew = 6;
  if (last - first <= kFew) return;
  const auto point = [&](Index j) { return points.data() + j * d; };
  const auto farthest_from = [&](Index j) {
    return *std::max_element(first, last, [&](Index a, Index b) {
      return squared_difference(point(a), point(j), d) < squared_difference(point(b), point(j), d);
    });
  };
  const Index one = farthest_from(*first), other = farthest_from(one);
  std::vector<std::pair<double, std::int32_t>> keys;
  for (const std::int32_t* j = first; j != last; ++j) {
    double along = 0.0;
    for (Index c = 0; c < d; ++c) along += point(*j)[c] * (point(other)[c] - point(one)[c]);
    keys.emplace_back(std::isfinite(along) ? along : 0.0, *j);
  }
  std::sort(keys.begin(), keys.end());
  std::transform(keys.begin(), keys.end(), first, [](const auto& key) { return key.second; });
  std::int32_t* const middle = first + (last - first + kFew) / (2 * kFew) * kFew;
  sort_by_halves(points, d, first, middle);
  sort_by_halves(points, d, middle, last);
}

// The order of rows by a number of each, in [0, count).
std::vector<std::int32_t> counting_sort(const std::vector<std::int32_t>& number, Index count) {
  std::vector<std::int32_t> begin(size_t(count + 1), 0), order(number.size());
  for (const std::int32_t j : number) ++begin[size_t(j) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  for (std::size_t i = 0; i < number.size(); ++i) {
    order[size_t(begin[size_t(number[i])]++)] = static_cast<std::int32_t>(i);
  }
  return order;
}

struct Count {
  Index value = 0;
  void merge(const Count& other) { value += other.value; }
  void reset() { value = 0; }
};

}  // namespace

template <class T>
bool PrunedLabels<T>::can_pay(Index rows, Index features, Index k) {
  constexpr Index kMany = 128, kLong = 8192;
  return k >= kMany && k * features >= kLong && rows <= std::numeric_limits<std::int32_t>::max();
}

template <class T>
PrunedLabels<T>::PrunedLabels(Execution& execution, const PreparedRows<T>& rows,
                              const std::vector<double>& centres,
                              const std::vector<std::int32_t>& label)
    : execution_(execution),
      rows_(rows),
      d_(rows.features()),
      k_(static_cast<Index>(centres.size()) / d_),
      partition_(Partition::of(rows.rows(), d_, k_, sizeof(float))),
      workers_(execution.workers(partition_.leaves(), static_cast<double>(rows.rows() * d_ * k_))),
      centre_(size_t(k_)),
      place_(size_t(k_)),
      tiles_(size_t(workers_)) {
  std::iota(centre_.begin(), centre_.end(), 0);
  sort_by_halves(scaled(centres), d_, centre_.data(), centre_.data() + k_);
  for (Index i = 0; i < k_; ++i) place_[size_t(centre_[size_t(i)])] = static_cast<std::int32_t>(i);
  std::vector<std::int32_t> places;
  places.reserve(label.size());
  for (const std::int32_t j : label) places.push_back(place_[size_t(j)]);
  row_ = counting_sort(places, k_);
  choose_unit(NearestCentre(rows.scaling(), centres), label);
  positions_ = in_order(centres);
  const CentrePanels panels(rows.scaling(), positions_);
  bounds_.assign(padded(rows.rows()) / CentrePanels::rows_at_once() * panels.runs(), 0);
  for (auto& tile : tiles_) tile.resize(kTileRows * d_);
}

// In the coordinates of float32 rows, whose products are of a moderate size.
template <class T>
std::vector<double> PrunedLabels<T>::scaled(std::vector<double> centres) const {
  const FeatureScaling& scaling = rows_.scaling();
  for (std::size_t i = 0; i < centres.size(); ++i) {
    const std::size_t c = i % size_t(d_);
    centres[i] = (centres[i] - scaling.shift[c]) * scaling.float32_scale[c];
  }
  return centres;
}

template <class T>
std::vector<double> PrunedLabels<T>::in_order(const std::vector<double>& centres) const {
  std::vector<double> sorted;
  for (const Index j : centre_) {
    sorted.insert(sorted.end(), centres.begin() + j * d_, centres.begin() + (j + 1) * d_);
  }
  return sorted;
}

// So that bounds, which are small whole numbers, reach to four times the median distance of rows.
template <class T>
void PrunedLabels<T>::choose_unit(const NearestCentre& nearest,
                                  const std::vector<std::int32_t>& label) {
  constexpr Index kSample = 1024;
  constexpr double kReach = 4.0 / 254.0, kSmallest = 1e-12, kLargest = 1e12;
  const Index step = (rows_.rows() + kSample - 1) / kSample;
  std::vector<double> squares;
  for (Index i = 0; i < rows_.rows(); i += step) {
    squares.push_back(nearest.squared_distance(rows_.row(i), label[size_t(i)]));
  }
  const auto middle = squares.begin() + static_cast<Index>(squares.size() / 2);
  std::nth_element(squares.begin(), middle, squares.end());
  const FeatureScaling& scaling = rows_.scaling();
  const double median = std::sqrt(*middle) * (scaling.float32_scale[0] / scaling.scale[0]);
  unit_ = std::clamp(kReach * median, kSmallest, kLargest);
}

template <class T>
void PrunedLabels<T>::measure_moves(const CentrePanels& panels, std::vector<double> positions) {
  constexpr double kFarthest = 255.0;
  moves_.assign(size_t(panels.runs()), 0);
  for (Index j = 0; j < k_; ++j) {
    double square = 0.0;
    for (Index c = 0; c < d_; ++c) {
      const double z = (positions[size_t(j * d_ + c)] - positions_[size_t(j * d_ + c)]) *
                       rows_.scaling().float32_scale[size_t(c)];
      square += z * z;
    }
    const double units = std::ceil(std::sqrt(square) / unit_);
    std::uint8_t& move = moves_[size_t(panels.run_of(j))];
    move = std::max(move, static_cast<std::uint8_t>(units < kFarthest ? units : kFarthest));
  }
  positions_ = std::move(positions);
}

template <class T>
double PrunedLabels<T>::find(const NearestCentre& nearest, const std::vector<double>& centres,
                             std::vector<std::int32_t>& label) {
  std::vector<double> positions = in_order(centres);
  const CentrePanels panels(rows_.scaling(), positions);
  measure_moves(panels, std::move(positions));
  const auto compared = tree_reduce<Count>(
      execution_, partition_.leaves(), workers_, [] { return Count(); },
      [&](Index leaf, int worker, Count& sum) {
        for_each_tile(execution_, partition_, leaf, worker, [&](Index first, Index count) {
          sum.value += find_in_tile(panels, nearest, first, count, tiles_[size_t(worker)].data(),
                                    label.data());
        });
      });
  return static_cast<double>(compared.value) / static_cast<double>(bounds_.size());
}

template <class T>
Index PrunedLabels<T>::find_in_tile(const CentrePanels& panels, const NearestCentre& nearest,
                                    Index first, Index count, float* tile, std::int32_t* label) {
  const Index some = CentrePanels::rows_at_once();
  write_tile(rows_.scaling(), RowSequence<T>{rows_.data().rows, row_.data()}, first, count, tile);
  std::int32_t likely[kTileRows];
  alignas(64) float proposed[kTileRows];
  alignas(64) float margin[kTileRows];
  for (Index i = 0; i < kTileRows; ++i) {
    likely[i] = place_[size_t(label[row_[size_t(first + std::min(i, count - 1))]])];
  }
  Index compared = 0;
  for (Index i = 0; i < kTileRows; i += some) {
    const PanelBounds bounds{bounds_.data() + (first + i) / some * panels.runs(), moves_.data(),
                             static_cast<float>(unit_)};
    compared += panels.propose(tile + i, likely + i, bounds, proposed + i, margin + i);
  }
  for (Index i = 0; i < count; ++i) {
    const Index row = row_[size_t(first + i)];
    label[row] = margin[i] > 0.0F ? centre_[size_t(proposed[i])] : nearest.find(rows_.row(row));
  }
  return compared;
}

template class PrunedLabels<float>;
template class PrunedLabels<double>;

}  // namespace gaussmix
