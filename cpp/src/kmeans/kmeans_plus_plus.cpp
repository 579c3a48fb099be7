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

// The sum of a[i] * b[i] over the rows of a tile.
double dot(const float* a, const float* b) {
  auto sum = simd::broadcast(0.0F);
  for (Index i = 0; i < kTileRows; i += simd::kLanes<float>) {
    sum = simd::multiply_add<float>(simd::load(a + i), simd::load(b + i), sum);
  }
  return static_cast<double>(simd::sum<float>(sum));
}

// a = min(a, b) for the rows of a tile.
void lower_to_minimum(const float* b, float* a) {
  for (Index i = 0; i < kTileRows; i += simd::kLanes<float>) {
    simd::store(a + i, simd::minimum<float>(simd::load(a + i), simd::load(b + i)));
  }
}

// The potential is the sum of weight times squared distance to the nearest chosen row.
template <class T>
class PlusPlus {
 public:
  PlusPlus(Execution& execution, const PreparedRows<T>& rows, Index n_candidates,
           const RandomStream& random, const GivenCentres& given)
      : execution_(execution),
        rows_(rows),
        given_(given),
        random_(random),
        n_candidates_(n_candidates),
        partition_(Partition::of(rows.rows(), rows.features(), n_candidates_, sizeof(float))),
        workers_(execution.workers(partition_.leaves(),
                                   static_cast<double>(rows.rows()) *
                                       static_cast<double>(rows.features() * n_candidates_))),
        weight_(padded(rows.rows())),
        squared_distance_(padded(rows.rows())),
        leaf_sums_(size_t(partition_.leaves())),
        scratch_(size_t(workers_)) {
    for (auto& scratch : scratch_) scratch.resize(n_candidates_ * kTileRows);
    weight_.fill(0.0F);
    for (Index i = 0; i < rows.rows(); ++i) weight_[i] = static_cast<float>(rows.data().weight(i));
    for (const Index row : given.rows) weight_[row] = 0.0F;
  }

  std::vector<Index> choose(Index k) {
    std::vector<Index> chosen;
    if (given_.centres.empty()) {
      chosen.push_back(first_row());
      squared_distance_.fill(std::numeric_limits<float>::max());
      add(RowDistances<T>(rows_, chosen));
    } else {
      add_given();
    }
    while (static_cast<Index>(chosen.size()) < k) {
      if (!(potential() > 0.0)) return with_first_others(chosen, k);
      chosen.push_back(best_candidate());
      add(RowDistances<T>(rows_, std::vector<Index>{chosen.back()}));
    }
    return chosen;
  }

 private:
  // The probability of drawing a row is proportional to this.
  double potential_of_row(Index row) const {
    return static_cast<double>(weight_[row] * squared_distance_[row]);
  }

  double potential_of(Index tile) const {
    return dot(weight_.data() + tile * kTileRows, squared_distance_.data() + tile * kTileRows);
  }

  double potential() const { return std::accumulate(leaf_sums_.begin(), leaf_sums_.end(), 0.0); }

  template <class Use>
  void visit_tiles(const Use& use) {
    parallel_for(execution_, partition_.leaves(), workers_, [&](Index leaf, int worker) {
      for_each_tile(execution_, partition_, leaf, worker, [&](Index first, Index) {
        use(leaf, first / kTileRows, scratch_[size_t(worker)].data());
      });
    });
  }

  Index first_row() {
    squared_distance_.fill(1.0F);
    visit_tiles(
        [&](Index leaf, Index tile, float*) { leaf_sums_[size_t(leaf)] += potential_of(tile); });
    return draw();
  }

  void add_given() {
    squared_distance_.fill(std::numeric_limits<float>::max());
    const Index d = rows_.features();
    for (auto centre = given_.centres.begin(); centre != given_.centres.end(); centre += d) {
      add(RowDistances<T>(rows_, std::vector<double>(centre, centre + d)));
    }
  }

  // Lowers the squared distances to those from a new centre.
  void add(const RowDistances<T>& distances) {
    std::fill(leaf_sums_.begin(), leaf_sums_.end(), 0.0);
    visit_tiles([&](Index leaf, Index tile, float* distance) {
      distances.of_tile(tile, distance);
      lower_to_minimum(distance, squared_distance_.data() + tile * kTileRows);
      leaf_sums_[size_t(leaf)] += potential_of(tile);
    });
  }

  // A row drawn with probability proportional to its part of the potential.
  Index draw() {
    double target = random_.uniform(draws_++) * potential();
    std::size_t leaf = 0;
    while (leaf + 1 < leaf_sums_.size() && target >= leaf_sums_[leaf]) target -= leaf_sums_[leaf++];
    const Index first = static_cast<Index>(leaf) * partition_.leaf_rows;
    const Index end = std::min(rows_.rows(), first + partition_.leaf_rows);
    Index last_possible = first;
    for (Index i = first; i < end; ++i) {
      if (potential_of_row(i) > 0.0) last_possible = i;
      target -= potential_of_row(i);
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
    visit_tiles([&](Index leaf, Index tile, float* scratch) {
      distances.of_tile(tile, scratch);
      for (Index c = 0; c < n_candidates_; ++c) {
        float* const distance = scratch + c * kTileRows;
        lower_to_minimum(squared_distance_.data() + tile * kTileRows, distance);
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

  // For when every row equals a chosen one, or is of a given centre.
  std::vector<Index> with_first_others(std::vector<Index> chosen, Index k) const {
    std::vector<char> is_chosen(size_t(rows_.rows()), 0);
    for (const Index row : chosen) is_chosen[size_t(row)] = 1;
    for (const Index row : given_.rows) is_chosen[size_t(row)] = 1;
    for (Index row = 0; row < rows_.rows() && static_cast<Index>(chosen.size()) < k; ++row) {
      if (is_chosen[size_t(row)] == 0) chosen.push_back(row);
    }
    for (std::size_t i = 0; static_cast<Index>(chosen.size()) < k; ++i) {
      // Of fewer rows than k, some come again.
      const std::size_t n_given = given_.rows.size();
      chosen.push_back(i < n_given ? given_.rows[i] : chosen[i - n_given]);
    }
    return chosen;
  }

  Execution& execution_;
  const PreparedRows<T>& rows_;
  const GivenCentres& given_;
  const RandomStream& random_;
  std::uint64_t draws_ = 0;
  Index n_candidates_;
  Partition partition_;
  int workers_;
  // Of each row the weight, zero past the last; and the squared distance to the nearest chosen one.
  AlignedArray<float> weight_, squared_distance_;
  std::vector<double> leaf_sums_;
  std::vector<AlignedArray<float>> scratch_;  // a worker's distances from a tile's rows
};

}  // namespace

template <class T>
std::vector<Index> kmeans_plus_plus(Execution& execution, const PreparedRows<T>& rows, Index k,
                                    const RandomStream& random, Index effort,
                                    const GivenCentres& given) {
  if (k == 0) return {};
  const Index n_candidates = effort * (2 + static_cast<Index>(std::log(static_cast<double>(k))));
  return PlusPlus<T>(execution, rows, n_candidates, random, given).choose(k);
}

template std::vector<Index> kmeans_plus_plus<float>(Execution&, const PreparedRows<float>&, Index,
                                                    const RandomStream&, Index,
                                                    const GivenCentres&);
template std::vector<Index> kmeans_plus_plus<double>(Execution&, const PreparedRows<double>&, Index,
                                                     const RandomStream&, Index,
                                                     const GivenCentres&);

}  // namespace gaussmix
