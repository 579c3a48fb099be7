// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/lloyd.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "kmeans/nearest_centre.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {
namespace {

constexpr Index kNoRow = -1;

// Leaves are long enough that merging the sums of two costs little beside making them.
Partition partition_of(Index n, Index d, Index k) {
  constexpr Index kRowsPerCentre = 8;
  Partition partition = Partition::of(n, d, k, sizeof(float));
  const Index wanted = std::max(partition.leaf_rows, kRowsPerCentre * k);
  partition.leaf_rows =
      (wanted + partition.block_rows - 1) / partition.block_rows * partition.block_rows;
  return partition;
}

// What an assignment of rows to centres tells of the rows seen: of each cluster the weight, and the
// weighted sum of rows less the scaling's shift.
struct ClusterSums {
  std::vector<double> weights, sums;  // k, k x d
  bool changed = false;               // whether a row has another centre than before

  ClusterSums(Index k, Index d) : weights(size_t(k), 0.0), sums(size_t(k * d), 0.0) {}

  template <class T>
  void add(const T* row, double weight, const std::vector<double>& shift, std::int32_t label) {
    const std::size_t d = shift.size();
    double* const sum = sums.data() + size_t(label) * d;
    for (std::size_t c = 0; c < d; ++c) sum[c] += weight * (static_cast<double>(row[c]) - shift[c]);
    weights[size_t(label)] += weight;
  }
  void merge(const ClusterSums& other) {
    const std::plus<> plus;
    std::transform(weights.begin(), weights.end(), other.weights.begin(), weights.begin(), plus);
    std::transform(sums.begin(), sums.end(), other.sums.begin(), sums.begin(), plus);
    changed = changed || other.changed;
  }
  void reset() {
    std::fill(weights.begin(), weights.end(), 0.0);
    std::fill(sums.begin(), sums.end(), 0.0);
    changed = false;
  }
};

template <class T>
class Lloyd {
 public:
  Lloyd(Execution& execution, const PreparedRows<T>& rows, std::vector<double> centres)
      : execution_(execution),
        rows_(rows),
        d_(rows.features()),
        k_(static_cast<Index>(centres.size()) / d_),
        partition_(partition_of(rows.rows(), d_, k_)),
        workers_(
            execution.workers(partition_.leaves(), static_cast<double>(rows.rows() * d_ * k_))),
        centres_(std::move(centres)),
        labels_(size_t(rows.rows()), -1) {}

  LloydResult run(const LloydOptions& options) {
    const double tolerance = options.tol * rows_.mean_variance();
    int iteration = 0;
    for (bool done = false; iteration < options.max_iter && !done; ++iteration) {
      const ClusterSums sums = assign_and_sum();
      done = !sums.changed || move_centres(sums) <= tolerance;
    }
    for (double& centre : centres_) centre = static_cast<double>(static_cast<T>(centre));
    return {std::move(centres_), iteration};
  }

 private:
  ClusterSums assign_and_sum() {
    const NearestCentre nearest(rows_.scaling(), centres_);
    return tree_reduce<ClusterSums>(
        execution_, partition_.leaves(), workers_, [&] { return ClusterSums(k_, d_); },
        [&](Index leaf, int worker, ClusterSums& sums) {
          partition_.for_each_block(leaf, [&](Index first, Index count) {
            for (Index i = 0; i < count; i += kTileRows) {
              take_tile(nearest, first + i, std::min(kTileRows, count - i), sums);
            }
            return !execution_.stopping(worker);
          });
        });
  }

  void take_tile(const NearestCentre& nearest, Index first, Index count, ClusterSums& sums) {
    std::int32_t found[kTileRows];
    nearest.find(rows_.tile(first / kTileRows), rows_.data().rows.part(first, count), found);
    for (Index i = 0; i < count; ++i) {
      sums.add(rows_.row(first + i), rows_.data().weight(first + i), rows_.scaling().shift,
               found[i]);
    }
    std::int32_t* const known = labels_.data() + first;
    sums.changed = sums.changed || !std::equal(found, found + count, known);
    std::copy_n(found, count, known);
  }

  // Each centre becomes the mean of its rows. Returns the sum of the centres' squared moves, in the
  // scaling's units.
  double move_centres(const ClusterSums& sums) {
    const FeatureScaling& scaling = rows_.scaling();
    const std::vector<Index> rows = rows_for_empty_clusters(sums);
    auto row_for_empty = rows.begin();
    double moves = 0.0;
    for (Index j = 0; j < k_; ++j) {
      const double weight = sums.weights[size_t(j)];
      const Index row = weight > 0.0 ? kNoRow : *row_for_empty++;
      if (weight == 0.0 && row == kNoRow) continue;
      for (Index c = 0; c < d_; ++c) {
        const auto at = size_t(j * d_ + c);
        const double coordinate = weight > 0.0 ? scaling.shift[size_t(c)] + sums.sums[at] / weight
                                               : static_cast<double>(rows_.row(row)[c]);
        const double move = (coordinate - centres_[at]) * scaling.scale[size_t(c)];
        moves += move * move;
        centres_[at] = coordinate;
      }
    }
    return moves;
  }

  // For each empty cluster a row: those that lie farthest from their own centres, the first of
  // equals; kNoRow where all others lie at their centres.
  std::vector<Index> rows_for_empty_clusters(const ClusterSums& sums) {
    const auto n_empty = std::count(sums.weights.begin(), sums.weights.end(), 0.0);
    std::vector<Index> rows(size_t(n_empty), kNoRow);
    if (n_empty == 0) return rows;
    std::vector<double> distances = distances_to_own_centres();
    for (Index& row : rows) {
      const auto farthest = std::max_element(distances.begin(), distances.end());
      if (!(*farthest > 0.0)) break;
      *farthest = 0.0;
      row = farthest - distances.begin();
    }
    return rows;
  }

  std::vector<double> distances_to_own_centres() {
    const NearestCentre centres(rows_.scaling(), centres_);
    std::vector<double> distances(labels_.size());
    parallel_for(execution_, partition_.leaves(), workers_, [&](Index leaf, int worker) {
      partition_.for_each_block(leaf, [&](Index first, Index count) {
        for (Index i = first; i < first + count; ++i) {
          distances[size_t(i)] = centres.squared_distance(rows_.row(i), labels_[size_t(i)]);
        }
        return !execution_.stopping(worker);
      });
    });
    return distances;
  }

  Execution& execution_;
  const PreparedRows<T>& rows_;
  Index d_, k_;
  Partition partition_;
  int workers_;
  std::vector<double> centres_;
  std::vector<std::int32_t> labels_;
};

}  // namespace

template <class T>
LloydResult lloyd(Execution& execution, const PreparedRows<T>& rows, std::vector<double> centres,
                  const LloydOptions& options) {
  return Lloyd<T>(execution, rows, std::move(centres)).run(options);
}

template LloydResult lloyd<float>(Execution&, const PreparedRows<float>&, std::vector<double>,
                                  const LloydOptions&);
template LloydResult lloyd<double>(Execution&, const PreparedRows<double>&, std::vector<double>,
                                   const LloydOptions&);
}  // namespace gaussmix
