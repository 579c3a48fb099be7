// SPDX-License-Identifier: BSD-3-Clause
#include "seeding/kmeans_plus_plus.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/squared_distances.hpp"

namespace gaussmix {
namespace {

template <class T>
class Picker {
 public:
  Picker(Execution& execution, const Dataset<T>& data, Index k, const RandomStream& random)
      : execution_(execution),
        data_(data),
        random_(random),
        n_candidates_(2 + static_cast<Index>(std::log(static_cast<double>(k)))),
        partition_(Partition::of(data.rows.rows, data.rows.columns, n_candidates_, sizeof(T))),
        workers_(execution.workers(
            partition_.leaves(),
            static_cast<double>(data.rows.rows * data.rows.columns * n_candidates_))),
        nearest_(size_t(data.rows.rows), T(1)),
        leaf_sums_(size_t(partition_.leaves())),
        workspaces_(size_t(workers_)) {
    for_each_block([&](Index leaf, Index first, Index rows, Workspace&) {
      for (Index i = first; i < first + rows; ++i) leaf_sums_[size_t(leaf)] += mass(i);
    });
  }

  std::vector<Index> pick(Index k) {
    std::vector<Index> picks{draw()};
    std::fill(nearest_.begin(), nearest_.end(), std::numeric_limits<T>::infinity());
    while (true) {
      approach(picks.back());
      if (static_cast<Index>(picks.size()) == k) return picks;
      picks.push_back(potential() > 0.0 ? best_candidate() : first_unpicked(picks));
    }
  }

 private:
  struct Workspace {
    AlignedArray<T> columns, distances;
  };

  // What the probability of drawing a row is proportional to.
  double mass(Index i) const { return data_.weight(i) * static_cast<double>(nearest_[size_t(i)]); }

  double potential() const { return std::accumulate(leaf_sums_.begin(), leaf_sums_.end(), 0.0); }

  template <class Use>
  void for_each_block(const Use& use) {
    parallel_for(execution_, partition_.leaves(), workers_, [&](Index leaf, int worker) {
      partition_.for_each_block(leaf, [&](Index first, Index rows) {
        if (execution_.stopping(worker)) return false;
        use(leaf, first, rows, workspaces_[size_t(worker)]);
        return true;
      });
    });
  }

  // distances[j * stride + i]: of the block's rows to the rows `picks`.
  Block<T> measure(Index first, Index rows, const std::vector<Index>& picks, Workspace& workspace) {
    const Index d = data_.rows.columns;
    const auto block = make_block<T>({data_.rows}, first, rows, workspace.columns);
    std::vector<double> places;
    for (const Index pick : picks) {
      const T* const row = data_.rows.row(pick);
      places.insert(places.end(), row, row + d);
    }
    const auto k = static_cast<Index>(picks.size());
    workspace.distances.resize(k * block.stride);
    squared_distances(block, SplitMeans<T>(places), k, workspace.distances.data());
    return block;
  }

  // Takes a new pick into account.
  void approach(Index pick) {
    std::fill(leaf_sums_.begin(), leaf_sums_.end(), 0.0);
    for_each_block([&](Index leaf, Index first, Index rows, Workspace& workspace) {
      measure(first, rows, {pick}, workspace);
      for (Index i = 0; i < rows; ++i) {
        T& nearest = nearest_[size_t(first + i)];
        nearest = std::min(nearest, workspace.distances[i]);
        leaf_sums_[size_t(leaf)] += mass(first + i);
      }
    });
  }

  // A row drawn with probability proportional to its mass.
  Index draw() {
    double target = random_.uniform(draws_++) * potential();
    std::size_t leaf = 0;
    while (leaf + 1 < leaf_sums_.size() && target >= leaf_sums_[leaf]) target -= leaf_sums_[leaf++];
    const Index first = static_cast<Index>(leaf) * partition_.leaf_rows;
    const Index end = std::min(data_.rows.rows, first + partition_.leaf_rows);
    Index last_possible = first;
    for (Index i = first; i < end; ++i) {
      if (mass(i) > 0.0) last_possible = i;
      target -= mass(i);
      if (target < 0.0) return i;
    }
    return last_possible;  // rounding used up the target
  }

  Index best_candidate() {
    std::vector<Index> candidates;
    for (Index c = 0; c < n_candidates_; ++c) candidates.push_back(draw());
    const Index leaves = partition_.leaves();
    std::vector<double> sums(size_t(n_candidates_ * leaves));
    for_each_block([&](Index leaf, Index first, Index rows, Workspace& workspace) {
      const auto block = measure(first, rows, candidates, workspace);
      for (Index c = 0; c < n_candidates_; ++c) {
        const T* const distance = workspace.distances.data() + c * block.stride;
        double sum = 0.0;
        for (Index i = 0; i < rows; ++i) {
          sum += data_.weight(first + i) *
                 static_cast<double>(std::min(nearest_[size_t(first + i)], distance[i]));
        }
        sums[size_t(c * leaves + leaf)] += sum;
      }
    });
    const auto left_by = [&](Index c) {
      return std::accumulate(sums.begin() + c * leaves, sums.begin() + (c + 1) * leaves, 0.0);
    };
    Index best = 0;
    for (Index c = 1; c < n_candidates_; ++c) {
      if (left_by(c) < left_by(best)) best = c;
    }
    return candidates[size_t(best)];
  }

  static Index first_unpicked(const std::vector<Index>& picks) {
    Index row = 0;
    while (std::find(picks.begin(), picks.end(), row) != picks.end()) ++row;
    return row;
  }

  Execution& execution_;
  const Dataset<T>& data_;
  const RandomStream& random_;
  std::uint64_t draws_ = 0;
  Index n_candidates_;
  Partition partition_;
  int workers_;
  std::vector<T> nearest_;  // squared distances to the nearest pick; ones before the first
  std::vector<double> leaf_sums_;
  std::vector<Workspace> workspaces_;
};

}  // namespace

template <class T>
std::vector<Index> kmeans_plus_plus(Execution& execution, const Dataset<T>& data, Index k,
                                    const RandomStream& random) {
  return Picker<T>(execution, data, k, random).pick(k);
}

template std::vector<Index> kmeans_plus_plus<float>(Execution&, const Dataset<float>&, Index,
                                                    const RandomStream&);
template std::vector<Index> kmeans_plus_plus<double>(Execution&, const Dataset<double>&, Index,
                                                     const RandomStream&);

}  // namespace gaussmix
