// SPDX-License-Identifier: BSD-3-Clause
#include "seeding/kmeans.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "kernels/squared_distances.hpp"
#include "seeding/kmeans_plus_plus.hpp"

namespace gaussmix {
namespace {

// What an assignment of rows to centres tells of the rows seen.
struct ClusterSums {
  std::vector<double> weights, sums;  // k, k x d
  double inertia = 0.0;
  Index moved = 0;  // rows whose label changed

  ClusterSums(Index k, Index d) : weights(size_t(k), 0.0), sums(size_t(k * d), 0.0) {}

  void merge(const ClusterSums& other) {
    const std::plus<> plus;
    std::transform(weights.begin(), weights.end(), other.weights.begin(), weights.begin(), plus);
    std::transform(sums.begin(), sums.end(), other.sums.begin(), sums.begin(), plus);
    inertia += other.inertia;
    moved += other.moved;
  }
  void reset() {
    std::fill(weights.begin(), weights.end(), 0.0);
    std::fill(sums.begin(), sums.end(), 0.0);
    inertia = 0.0;
    moved = 0;
  }
};

// All rows as one component: gives the features' variances.
template <class T>
class AllRows final : public ResponsibilitySource<T> {
 public:
  void fill(Index /*first*/, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    shares.components = {0};
    shares.responsibilities.head(block.length) = T(1);
    shares.log_density.head(block.length) = T(0);
  }
};

template <class T>
class Lloyd {
 public:
  Lloyd(Execution& execution, const Dataset<T>& data, const KMeansOptions& options)
      : execution_(execution),
        data_(data),
        options_(options),
        k_(options.n_clusters),
        d_(data.rows.columns),
        partition_(Partition::of(data.rows.rows, d_, k_, sizeof(T))),
        workers_(
            execution.workers(partition_.leaves(), static_cast<double>(data.rows.rows * d_ * k_))),
        nearest_(size_t(data.rows.rows)),
        workspaces_(size_t(workers_)) {}

  KMeansResult run(std::vector<double> centres, double tolerance) {
    KMeansResult result;
    result.centres = std::move(centres);
    result.labels.assign(size_t(data_.rows.rows), -1);
    for (int iteration = 0;; ++iteration) {
      const ClusterSums sums = assign(result.centres, result.labels);
      result.inertia = sums.inertia;
      if (sums.moved == 0 || iteration == options_.max_iter || small_move_) return result;
      small_move_ = move_centres(sums, result.centres) <= tolerance;
    }
  }

 private:
  struct Workspace {
    AlignedArray<T> columns, distances, best, label;
  };

  ClusterSums assign(const std::vector<double>& centres, std::vector<std::int32_t>& labels) {
    const SplitMeans<T> split(centres);
    return tree_reduce<ClusterSums>(
        execution_, partition_.leaves(), workers_, [&] { return ClusterSums(k_, d_); },
        [&](Index leaf, int worker, ClusterSums& sums) {
          auto& workspace = workspaces_[size_t(worker)];
          partition_.for_each_block(leaf, [&](Index first, Index rows) {
            if (execution_.stopping(worker)) return false;
            find_nearest(make_block<T>({data_.rows}, first, rows, workspace.columns), split,
                         workspace);
            for (Index i = 0; i < rows; ++i) {
              take_row(first + i, workspace.best[i], static_cast<std::int32_t>(workspace.label[i]),
                       labels, sums);
            }
            return true;
          });
        });
  }

  // best[i], label[i]: the smallest distance of row i to a centre, and which, the first of equals.
  void find_nearest(const Block<T>& block, const SplitMeans<T>& centres, Workspace& workspace) {
    using Pack = simd::Pack<T>;
    workspace.distances.resize(k_ * block.stride);
    workspace.best.resize(block.length);
    workspace.label.resize(block.length);
    squared_distances(block, centres, k_, workspace.distances.data());
    for (Index i = 0; i < block.length; i += simd::kLanes<T>) {
      Pack best = simd::load(workspace.distances.data() + i);
      Pack label = simd::broadcast(T(0));
      for (Index j = 1; j < k_; ++j) {
        const Pack distance = simd::load(workspace.distances.data() + j * block.stride + i);
        label = simd::if_less<T>(distance, best, simd::broadcast(static_cast<T>(j)), label);
        best = simd::if_less<T>(distance, best, distance, best);
      }
      simd::store(workspace.best.data() + i, best);
      simd::store(workspace.label.data() + i, label);
    }
  }

  void take_row(Index row, T distance, std::int32_t label, std::vector<std::int32_t>& labels,
                ClusterSums& sums) {
    const double weight = data_.weight(row);
    const T* const x = data_.rows.row(row);
    double* const sum = sums.sums.data() + label * d_;
    for (Index c = 0; c < d_; ++c) sum[c] += weight * static_cast<double>(x[c]);
    sums.weights[size_t(label)] += weight;
    sums.inertia += weight * static_cast<double>(distance);
    sums.moved += labels[size_t(row)] == label ? 0 : 1;
    labels[size_t(row)] = label;
    nearest_[size_t(row)] = distance;
  }

  // Each centre becomes the mean of its rows. Returns the sum of the centres' squared moves.
  double move_centres(const ClusterSums& sums, std::vector<double>& centres) {
    double moves = 0.0;
    for (Index j = 0; j < k_; ++j) {
      double* const centre = centres.data() + j * d_;
      const double weight = sums.weights[size_t(j)];
      const Index row = weight > 0.0 ? -1 : take_farthest_row();
      if (weight == 0.0 && row < 0) continue;
      for (Index c = 0; c < d_; ++c) {
        const double place = row < 0 ? sums.sums[size_t(j * d_ + c)] / weight
                                     : static_cast<double>(data_.rows.row(row)[c]);
        moves += (place - centre[c]) * (place - centre[c]);
        centre[c] = place;
      }
    }
    return moves;
  }

  // The row farthest from its centre, the first of equals, for a cluster without rows; each row
  // only once. -1 where every row lies at its centre.
  Index take_farthest_row() {
    const auto farthest = std::max_element(nearest_.begin(), nearest_.end());
    if (!(*farthest > T(0))) return -1;
    *farthest = T(0);
    return farthest - nearest_.begin();
  }

  Execution& execution_;
  const Dataset<T>& data_;
  const KMeansOptions& options_;
  Index k_, d_;
  Partition partition_;
  int workers_;
  bool small_move_ = false;
  std::vector<T> nearest_;  // each row's squared distance to its centre
  std::vector<Workspace> workspaces_;
};

template <class T>
double mean_variance(Execution& execution, const Dataset<T>& data) {
  const Index d = data.rows.columns;
  const auto all = accumulate(execution, data, 1, ScatterForm::diagonal, AllRows<T>());
  return std::accumulate(all.scatter(0), all.scatter(0) + d, 0.0) /
         (all.weight(0) * static_cast<double>(d));
}

}  // namespace

template <class T>
KMeansResult kmeans(Execution& execution, const Dataset<T>& data, const KMeansOptions& options,
                    std::uint64_t seed, std::uint32_t start, std::uint32_t first_stream) {
  const double tolerance = options.tol * mean_variance(execution, data);
  const Index d = data.rows.columns;
  KMeansResult best;
  best.inertia = std::numeric_limits<double>::infinity();
  for (int trial = 0; trial < options.n_starts; ++trial) {
    const RandomStream random(seed, start, Purpose::centres,
                              first_stream + static_cast<std::uint32_t>(trial));
    std::vector<double> centres;
    for (const Index row : kmeans_plus_plus(execution, data, options.n_clusters, random)) {
      const T* const x = data.rows.row(row);
      centres.insert(centres.end(), x, x + d);
    }
    auto result = Lloyd<T>(execution, data, options).run(std::move(centres), tolerance);
    if (trial == 0 || result.inertia < best.inertia) best = std::move(result);
  }
  return best;
}

template KMeansResult kmeans<float>(Execution&, const Dataset<float>&, const KMeansOptions&,
                                    std::uint64_t, std::uint32_t, std::uint32_t);
template KMeansResult kmeans<double>(Execution&, const Dataset<double>&, const KMeansOptions&,
                                     std::uint64_t, std::uint32_t, std::uint32_t);

}  // namespace gaussmix
