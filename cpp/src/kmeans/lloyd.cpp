// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/lloyd.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <memory>
#include <utility>

#include "kmeans/nearest_centre.hpp"
#include "kmeans/pruned_labels.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {
namespace {

// Leaves are long enough that merging the sums of two costs little beside making them.
Partition partition_of(Index n, Index d, Index k) {
  constexpr Index kRowsPerCentre = 8;
  Partition partition = Partition::of(n, d, k, sizeof(float));
  const Index wanted = std::max(partition.leaf_rows, kRowsPerCentre * k);
  partition.leaf_rows =
      (wanted + partition.block_rows - 1) / partition.block_rows * partition.block_rows;
  return partition;
}

// Of each cluster, over the rows seen so far, the weight and the weighted sum of rows less the
// scaling's shift.
struct ClusterSums {
  Eigen::ArrayXd weights;  // k
  Eigen::ArrayXXd sums;    // d x k
  bool changed = false;    // whether a row has another centre than before

  ClusterSums(Index k, Index d)
      : weights(Eigen::ArrayXd::Zero(k)), sums(Eigen::ArrayXXd::Zero(d, k)) {}

  template <class T>
  void add(const T* row, double weight, const std::vector<double>& shift, std::int32_t label) {
    const std::size_t d = shift.size();
    double* const sum = sums.data() + size_t(label) * d;
    for (std::size_t c = 0; c < d; ++c) sum[c] += weight * (static_cast<double>(row[c]) - shift[c]);
    weights[label] += weight;
  }
  void merge(const ClusterSums& other) {
    weights += other.weights;
    sums += other.sums;
    changed = changed || other.changed;
  }
  void reset() {
    weights.setZero();
    sums.setZero();
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

  Clustering run(const LloydOptions& options) {
    const double tolerance = options.tol * rows_.mean_variance();
    int iteration = 0;
    for (bool done = false; iteration < options.max_iter && !done; ++iteration) {
      const std::vector<double> before = centres_;
      ClusterSums sums = sum_clusters(nearest_by_bounds(options.max_iter - iteration));
      const auto has_empty = [&] { return (sums.weights == 0.0).any(); };
      for (Index moves = 0; moves < k_ && has_empty(); ++moves) {
        const std::vector<Index> moved = fill_empty_clusters();
        if (moved.empty()) break;
        sums = sum_clusters(nearest_after_moves(moved));
        sums.changed = true;
      }
      done = !sums.changed || move_centres(sums, before) <= tolerance;
    }
    for (double& centre : centres_) centre = static_cast<double>(static_cast<T>(centre));
    double inertia = assign_all(nearest_by_bounds(0));
    for (Index moves = 0; moves < k_; ++moves) {
      const std::vector<Index> moved = fill_empty_clusters();
      if (moved.empty()) break;
      inertia = assign_all(nearest_after_moves(moved));
    }
    return {std::move(centres_), std::move(labels_), inertia, iteration};
  }

 private:
  // Calls use(tile, rows, label) for the tiles of a block.
  template <class Use>
  FindLabels for_each_tile_of_block(const Use& use) const {
    return [this, use](Index first, Index count, int, std::int32_t* label) {
      for (Index i = 0; i < count; i += kTileRows) {
        use(rows_.tile((first + i) / kTileRows),
            rows_.data().rows.part(first + i, std::min(kTileRows, count - i)), label + i);
      }
    };
  }

  FindLabels nearest_of_all() const {
    const auto all = std::make_shared<const NearestCentre>(rows_.scaling(), centres_);
    return for_each_tile_of_block([all](const float* tile, const TableView<T>& rows,
                                        std::int32_t* label) { all->find(tile, rows, label); });
  }

  // The same after centres moved, by bounds where these pay.
  FindLabels nearest_by_bounds(int iterations_left) {
    if (!has_bounds(iterations_left)) return nearest_of_all();
    pruned_labels_ = labels_;
    ++bounded_searches_;
    compared_ = bounds_->find(NearestCentre(rows_.scaling(), centres_), centres_, pruned_labels_);
    return [this](Index first, Index count, int, std::int32_t* label) {
      std::copy_n(pruned_labels_.begin() + first, count, label);
    };
  }

  // The first search with bounds makes all comparisons. Where a later one still makes most of them,
  // they are dropped, each time for twice as many searches.
  bool has_bounds(int iterations_left) {
    constexpr double kMost = 0.7;
    constexpr int kWorthwhile = 2;
    if (bounded_searches_ > 1 && compared_ > kMost) {
      bounds_.reset();
      bounded_searches_ = searches_ = 0;
      pause_ *= 2;
    }
    const bool now = searches_++ >= pause_ && iterations_left >= kWorthwhile;
    if (bounds_ == nullptr && now && PrunedLabels<T>::can_pay(rows_.rows(), d_, k_)) {
      bounds_ = std::make_unique<PrunedLabels<T>>(execution_, rows_, centres_, labels_);
    }
    return bounds_ != nullptr;
  }

  // All rows are in other clusters than those whose centres moved, the nearest but for these.
  FindLabels nearest_after_moves(const std::vector<Index>& moved) const {
    if (2 * static_cast<Index>(moved.size()) > k_) return nearest_of_all();
    std::vector<double> some;
    for (const Index j : moved) {
      some.insert(some.end(), centres_.begin() + j * d_, centres_.begin() + (j + 1) * d_);
    }
    const auto all = std::make_shared<const NearestCentre>(rows_.scaling(), centres_);
    const auto new_ones = std::make_shared<const NearestCentre>(rows_.scaling(), some);
    return for_each_tile_of_block(
        [all, new_ones, moved](const float* tile, const TableView<T>& rows, std::int32_t* label) {
          all->add(*new_ones, moved, tile, rows, label);
        });
  }

  double assign_all(const FindLabels& find) {
    return assign(execution_, rows_.data(), NearestCentre(rows_.scaling(), centres_), find,
                  labels_.data());
  }

  ClusterSums sum_clusters(const FindLabels& find) {
    return tree_reduce<ClusterSums>(
        execution_, partition_.leaves(), workers_, [&] { return ClusterSums(k_, d_); },
        [&](Index leaf, int worker, ClusterSums& sums) {
          partition_.for_each_block(leaf, [&](Index first, Index count) {
            add_block(find, first, count, worker, sums);
            return !execution_.stopping(worker);
          });
        });
  }

  void add_block(const FindLabels& find, Index first, Index count, int worker, ClusterSums& sums) {
    std::int32_t found[Partition::kMaxBlock];
    std::int32_t* const known = labels_.data() + first;
    std::copy_n(known, count, found);
    find(first, count, worker, found);
    for (Index i = 0; i < count; ++i) {
      sums.add(rows_.row(first + i), rows_.data().weight(first + i), rows_.scaling().shift,
               found[i]);
    }
    sums.changed = sums.changed || !std::equal(found, found + count, known);
    std::copy_n(found, count, known);
  }

  // Each centre becomes the mean of its rows, if it has some. Returns the sum of the squared moves
  // since the centres were `before`.
  double move_centres(const ClusterSums& sums, const std::vector<double>& before) {
    const FeatureScaling& scaling = rows_.scaling();
    double moves = 0.0;
    for (Index j = 0; j < k_; ++j) {
      const double weight = sums.weights[j];
      for (Index c = 0; c < d_; ++c) {
        const auto index = size_t(j * d_ + c);
        if (weight > 0.0) centres_[index] = scaling.shift[size_t(c)] + sums.sums(c, j) / weight;
        const double move = (centres_[index] - before[index]) * scaling.scale[size_t(c)];
        moves += move * move;
      }
    }
    return moves;
  }

  // Moves centres without rows as best_clustering says, once. Returns those that it moved: fewer
  // than there are where it found too few rows for them.
  std::vector<Index> fill_empty_clusters() {
    std::vector<char> occupied(size_t(k_), 0);
    for (const std::int32_t label : labels_) occupied[size_t(label)] = 1;
    std::vector<Index> moved;
    auto empty = std::find(occupied.begin(), occupied.end(), 0);
    if (empty == occupied.end()) return moved;
    for (const Index row : farthest_rows()) {
      moved.push_back(empty - occupied.begin());
      std::copy_n(rows_.row(row), d_, centres_.begin() + moved.back() * d_);
      empty = std::find(empty + 1, occupied.end(), 0);
      if (empty == occupied.end()) break;
    }
    return moved;
  }

  // Of each cluster with different rows the row farthest from its centre, the farthest first and
  // of equals the first. It is not at the centre, so that a centre of its own lowers the inertia.
  std::vector<Index> farthest_rows() const {
    struct Cluster {
      Index first = -1, farthest = -1;
      double distance = -2.0;  // squared, of `farthest`
      bool different = false;  // whether a row differs from `first`
    };
    const NearestCentre centres(rows_.scaling(), centres_);
    std::vector<Cluster> clusters(static_cast<std::size_t>(k_));
    for (Index i = 0; i < rows_.rows(); ++i) {
      const T* const row = rows_.row(i);
      const Index j = labels_[size_t(i)];
      Cluster& cluster = clusters[size_t(j)];
      if (cluster.first < 0) cluster.first = i;
      cluster.different = cluster.different || !std::equal(row, row + d_, rows_.row(cluster.first));
      // Squares may underflow to 0, so that a row at its centre has to be nearer than that.
      const bool at_centre = std::equal(row, row + d_, centres_.data() + j * d_);
      const double distance = at_centre ? -1.0 : centres.squared_distance(row, j);
      if (distance > cluster.distance) {
        cluster.distance = distance;
        cluster.farthest = i;
      }
    }
    std::sort(clusters.begin(), clusters.end(), [](const Cluster& a, const Cluster& b) {
      return std::make_pair(-a.distance, a.farthest) < std::make_pair(-b.distance, b.farthest);
    });
    std::vector<Index> rows;
    for (const Cluster& cluster : clusters) {
      if (cluster.different) rows.push_back(cluster.farthest);
    }
    return rows;
  }

  Execution& execution_;
  const PreparedRows<T>& rows_;
  Index d_, k_;
  Partition partition_;
  int workers_;
  std::vector<double> centres_;
  std::vector<std::int32_t> labels_, pruned_labels_;
  std::unique_ptr<PrunedLabels<T>> bounds_;
  double compared_ = 1.0;  // by the last search with bounds, of all
  int searches_ = 0, bounded_searches_ = 0, pause_ = 1;
};

}  // namespace

template <class T>
Clustering best_clustering(Execution& execution, const PreparedRows<T>& rows, int n_starts,
                           const std::function<std::vector<double>(int start)>& first_centres,
                           const LloydOptions& options) {
  // Equal clusterings, their clusters in another order, tie but for rounding, in which instruction
  // sets differ: the first of them is kept.
  constexpr double kTie = 1e-9;
  Clustering best;
  for (int start = 0; start < n_starts; ++start) {
    Clustering found = Lloyd<T>(execution, rows, first_centres(start)).run(options);
    if (start == 0 || found.inertia < (1.0 - kTie) * best.inertia) best = std::move(found);
  }
  return best;
}

template <class T>
std::vector<double> values_of(const TableView<T>& table, const std::vector<Index>& rows) {
  std::vector<double> values;
  for (const Index row : rows) {
    values.insert(values.end(), table.row(row), table.row(row) + table.columns);
  }
  return values;
}

template Clustering best_clustering(Execution&, const PreparedRows<float>&, int,
                                    const std::function<std::vector<double>(int)>&,
                                    const LloydOptions&);
template Clustering best_clustering(Execution&, const PreparedRows<double>&, int,
                                    const std::function<std::vector<double>(int)>&,
                                    const LloydOptions&);
template std::vector<double> values_of(const TableView<float>&, const std::vector<Index>&);
template std::vector<double> values_of(const TableView<double>&, const std::vector<Index>&);

}  // namespace gaussmix
