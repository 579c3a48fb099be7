// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/kmeans_plus_plus.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kmeans/row_distances.hpp"
#include "simd/simd.hpp"

namespace gaussmix {
namespace {

// Numbers of the rows of a tile, multiplied and summed.
double dot(const float* a, const float* b) {
  auto sum = simd::broadcast(0.0F);
  for (Index i = 0; i < kTileRows; i += simd::kLanes<float>) {
    sum = simd::multiply_add<float>(simd::load(a + i), simd::load(b + i), sum);
  }
  return static_cast<double>(simd::sum<float>(sum));
}

// a = min(a, b) for the rows of a tile.
void take_minimum(const float* b, float* a) {
  for (Index i = 0; i < kTileRows; i += simd::kLanes<float>) {
    simd::store(a + i, simd::minimum<float>(simd::load(a + i), simd::load(b + i)));
  }
}

template <class T>
class Picker {
 public:
  Picker(Execution& execution, const PreparedRows<T>& rows, Index n_candidates,
         const RandomStream& random)
      : execution_(execution),
        rows_(rows),
        random_(random),
        n_candidates_(n_candidates),
        partition_(Partition::of(rows.rows(), rows.features(), n_candidates_, sizeof(float))),
        workers_(execution.workers(partition_.leaves(),
                                   static_cast<double>(rows.rows()) *
                                       static_cast<double>(rows.features() * n_candidates_))),
        weight_(padded(rows.rows())),
        nearest_(padded(rows.rows())),
        leaf_sums_(size_t(partition_.leaves())),
        picked_(size_t(rows.rows()), 0),
        found_(size_t(workers_)) {
    for (auto& found : found_) found.resize(n_candidates_ * kTileRows);
    weight_.fill(0.0F);
    for (Index i = 0; i < rows.rows(); ++i) weight_[i] = static_cast<float>(rows.data().weight(i));
  }

  std::vector<Index> pick(Index k) {
    nearest_.fill(1.0F);
    for_each_tile(
        [&](Index leaf, Index tile, float*) { leaf_sums_[size_t(leaf)] += mass_of(tile); });
    std::vector<Index> picks;
    Index next = draw();
    nearest_.fill(std::numeric_limits<float>::max());
    while (true) {
      picks.push_back(next);
      picked_[size_t(next)] = 1;
      approach(next);
      if (static_cast<Index>(picks.size()) == k) return picks;
      next = potential() > 0.0 ? best_candidate() : first_unpicked();
    }
  }

 private:
  // What the probability of drawing a row is proportional to.
  double mass(Index row) const { return static_cast<double>(weight_[row] * nearest_[row]); }

  double mass_of(Index tile) const {
    return dot(weight_.data() + tile * kTileRows, nearest_.data() + tile * kTileRows);
  }

  double potential() const { return std::accumulate(leaf_sums_.begin(), leaf_sums_.end(), 0.0); }

  template <class Use>
  void for_each_tile(const Use& use) {
    parallel_for(execution_, partition_.leaves(), workers_, [&](Index leaf, int worker) {
      partition_.for_each_block(leaf, [&](Index first, Index count) {
        for (Index i = first; i < first + count; i += kTileRows) {
          use(leaf, i / kTileRows, found_[size_t(worker)].data());
        }
        return !execution_.stopping(worker);
      });
    });
  }

  // Takes a new pick into account.
  void approach(Index pick) {
    const RowDistances<T> distances(rows_, {pick});
    std::fill(leaf_sums_.begin(), leaf_sums_.end(), 0.0);
    for_each_tile([&](Index leaf, Index tile, float* found) {
      distances.of_tile(tile, found);
      take_minimum(found, nearest_.data() + tile * kTileRows);
      leaf_sums_[size_t(leaf)] += mass_of(tile);
    });
  }

  // A row drawn with probability proportional to its mass.
  Index draw() {
    double target = random_.uniform(draws_++) * potential();
    std::size_t leaf = 0;
    while (leaf + 1 < leaf_sums_.size() && target >= leaf_sums_[leaf]) target -= leaf_sums_[leaf++];
    const Index first = static_cast<Index>(leaf) * partition_.leaf_rows;
    const Index end = std::min(rows_.rows(), first + partition_.leaf_rows);
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
    const RowDistances<T> distances(rows_, candidates);
    const Index leaves = partition_.leaves();
    std::vector<double> sums(size_t(n_candidates_ * leaves));
    for_each_tile([&](Index leaf, Index tile, float* found) {
      distances.of_tile(tile, found);
      for (Index c = 0; c < n_candidates_; ++c) {
        float* const distance = found + c * kTileRows;
        take_minimum(nearest_.data() + tile * kTileRows, distance);
        sums[size_t(c * leaves + leaf)] += dot(weight_.data() + tile * kTileRows, distance);
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

  // For when every row lies where one was picked.
  Index first_unpicked() {
    while (picked_[size_t(unpicked_)] != 0) ++unpicked_;
    return unpicked_;
  }

  Execution& execution_;
  const PreparedRows<T>& rows_;
  const RandomStream& random_;
  std::uint64_t draws_ = 0;
  Index n_candidates_;
  Partition partition_;
  int workers_;
  // Of each row the weight, zero past the last; and the squared distance to the nearest pick.
  AlignedArray<float> weight_, nearest_;
  std::vector<double> leaf_sums_;
  std::vector<char> picked_;
  Index unpicked_ = 0;                      // all rows before it are picked
  std::vector<AlignedArray<float>> found_;  // a worker's distances from a tile's rows
};

}  // namespace

template <class T>
std::vector<Index> kmeans_plus_plus(Execution& execution, const PreparedRows<T>& rows, Index k,
                                    const RandomStream& random, Index effort) {
  const Index n_candidates = effort * (2 + static_cast<Index>(std::log(static_cast<double>(k))));
  return Picker<T>(execution, rows, n_candidates, random).pick(k);
}

template std::vector<Index> kmeans_plus_plus<float>(Execution&, const PreparedRows<float>&, Index,
                                                    const RandomStream&, Index);
template std::vector<Index> kmeans_plus_plus<double>(Execution&, const PreparedRows<double>&, Index,
                                                     const RandomStream&, Index);

}  // namespace gaussmix
