// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/centre_panels.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "simd/simd.hpp"

namespace gaussmix {
namespace {

// The centres that are compared at once, and the vectors of rows: their values, the rows and a
// coordinate are the 16 registers of most instruction sets.
constexpr Index kPanel = 6;
constexpr int kVectors = simd::kUnroll<float>;
constexpr Index kLanes = simd::kLanes<float>;
constexpr Index kRows = kVectors * kLanes;
using Pack = simd::Pack<float>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
// From so many centres on, panels are searched.
constexpr Index kManyCentres = 128;

// Vectors of numbers, one a row.
using Packs = Pack[kVectors];

// Of a vector of rows the two smallest values so far, and a number that goes with the smallest.
struct TwoSmallest {
  Pack first = simd::broadcast(kInfinity);
  Pack second = simd::broadcast(kInfinity);
  Pack number = simd::broadcast(0.0F);

  EIGEN_STRONG_INLINE void insert(const Pack& value, const Pack& its_number) {
    number = simd::if_less<float>(value, first, its_number, number);
    second = simd::minimum<float>(second, simd::maximum<float>(first, value));
    first = simd::minimum<float>(first, value);
  }
};

EIGEN_STRONG_INLINE void load(const float* from, Packs& numbers) {
  for (int v = 0; v < kVectors; ++v) numbers[v] = simd::load(from + v * kLanes);
}

// value[t] = |e_t|^2 / 2 - u.e_t for the centres of a panel.
EIGEN_STRONG_INLINE void compare_panel(const float* tile, const float* negated,
                                       const float* half_squares, Index d, Packs (&value)[kPanel]) {
  for (int t = 0; t < kPanel; ++t) {
    for (Pack& number : value[t]) number = simd::broadcast(half_squares[t]);
  }
  for (Index c = 0; c < d; ++c, tile += kTileRows, negated += kPanel) {
    Packs u;
    load(tile, u);
    for (int t = 0; t < kPanel; ++t) {
      const Pack e = simd::broadcast(negated[t]);
      for (int v = 0; v < kVectors; ++v) {
        value[t][v] = simd::multiply_add<float>(e, u[v], value[t][v]);
      }
    }
  }
}

// The squared lengths of rows.
EIGEN_STRONG_INLINE void squared_lengths(const float* tile, Index d, Packs& square) {
  for (Pack& number : square) number = simd::broadcast(0.0F);
  for (Index c = 0; c < d; ++c, tile += kTileRows) {
    Packs u;
    load(tile, u);
    for (int v = 0; v < kVectors; ++v) {
      square[v] = simd::multiply_add<float>(u[v], u[v], square[v]);
    }
  }
}

// By how much rounding alone may make two values of a row u differ, for centres no longer than
// `longest`. Rounding u and e_j to float32, the d products and sums, and |e_j|^2 / 2 have an error
// of at most (d + 4) eps (|u| |e_j| + |e_j|^2 / 2) (Higham 2002, section 3.1), besides underflow;
// float64's distances have (d + 4) eps of their own. The rest of the factors covers the roundings
// of this function.
EIGEN_STRONG_INLINE void error_bound(const Packs& square, Index d, float longest, Packs& bound) {
  const float factor = 2.1F * static_cast<float>(d + 5);
  const Pack single = simd::broadcast(factor * 0x1p-24F * longest);
  const Pack twice = simd::broadcast(factor * 0x1p-53F);
  const Pack underflow = simd::broadcast(factor * std::numeric_limits<float>::min());
  for (int v = 0; v < kVectors; ++v) {
    const Pack sum =
        simd::add<float>(simd::square_root<float>(square[v]), simd::broadcast(longest));
    const Pack slope = simd::multiply_add<float>(sum, twice, single);
    bound[v] = simd::multiply_add<float>(sum, slope, underflow);
  }
}

// Two ways to find the least value and the next. For few centres, each value is inserted.
struct SearchCentres {
  EIGEN_STRONG_INLINE static void insert(const Packs (&value)[kPanel], Index panel,
                                         TwoSmallest (&smallest)[kVectors]) {
    for (int t = 0; t < kPanel; ++t) {
      const Pack centre = simd::broadcast(static_cast<float>(panel * kPanel + t));
      for (int v = 0; v < kVectors; ++v) smallest[v].insert(value[t][v], centre);
    }
  }
  static void finish(const float*, const float*, const float*, Index, TwoSmallest&) {}
};

// For many, the least of each panel is; that panel's values are then computed once more. They come
// as vectors of centres, each row with a panel of its own, and are transposed.
struct SearchPanels {
  EIGEN_STRONG_INLINE static void insert(const Packs (&value)[kPanel], Index panel,
                                         TwoSmallest (&smallest)[kVectors]) {
    const Pack number = simd::broadcast(static_cast<float>(panel));
    for (int v = 0; v < kVectors; ++v) {
      Pack least = value[0][v];
      for (int t = 1; t < kPanel; ++t) least = simd::minimum<float>(least, value[t][v]);
      smallest[v].insert(least, number);
    }
  }

  static void finish(const float* tile, const float* negated, const float* half_squares, Index d,
                     TwoSmallest& smallest) {
    alignas(64) float panels[kLanes];
    simd::store(panels, smallest.number);
    smallest.first = simd::broadcast(kInfinity);
    for (Index begin = 0; begin < kPanel; begin += kLanes) {
      const float* e[kLanes];
      Pack value[kLanes];
      for (Index r = 0; r < kLanes; ++r) {
        const auto panel = static_cast<Index>(panels[r]);
        e[r] = negated + panel * kPanel * d + begin;
        value[r] = simd::load_up_to<float>(kLanes, half_squares + panel * kPanel + begin);
      }
      for (Index c = 0; c < d; ++c) {
        for (Index r = 0; r < kLanes; ++r) {
          value[r] = simd::multiply_add<float>(simd::broadcast(tile[c * kTileRows + r]),
                                               simd::load_up_to<float>(kLanes, e[r] + c * kPanel),
                                               value[r]);
        }
      }
      simd::transpose<float>(value);
      const Pack first = simd::multiply<float>(simd::load(panels), simd::broadcast(float(kPanel)));
      for (Index t = 0; t < std::min(kLanes, kPanel - begin); ++t) {
        const auto number = static_cast<float>(begin + t);
        smallest.insert(value[t], simd::add<float>(first, simd::broadcast(number)));
      }
    }
  }
};

// Distances from rows in float32, whose squares are 2 value + square but for rounding.
class Distances {
 public:
  Distances(const float* rows, Index d, float longest, float unit) : per_unit_(1.0F / unit) {
    squared_lengths(rows, d, square_);
    error_bound(square_, d, longest, error_);
    const Pack rounding = simd::broadcast(2.1F * static_cast<float>(d + 5) * 0x1p-24F);
    for (int v = 0; v < kVectors; ++v) {
      const Pack twice = simd::add<float>(error_[v], error_[v]);
      slack_[v] = simd::multiply_add<float>(rounding, square_[v], twice);
    }
  }

  const Pack& error(int v) const { return error_[v]; }

  // A bound below the distances that belong to these values, in units.
  std::uint8_t below(const Packs& value) const {
    Pack least = simd::broadcast(kInfinity);
    for (int v = 0; v < kVectors; ++v) {
      const Pack lowest = simd::subtract<float>(square_[v], slack_[v]);
      least = simd::minimum<float>(
          least, simd::multiply_add<float>(simd::broadcast(2.0F), value[v], lowest));
    }
    const float square = simd::smallest<float>(least);
    if (!(square > 0.0F)) return 0;
    return static_cast<std::uint8_t>(std::min(kFarthest, std::sqrt(square) * per_unit_));
  }

  // What a bound has to exceed to exclude centres: the units that roundings cannot make up for.
  std::uint8_t excluding(const TwoSmallest (&found)[kVectors]) const {
    float largest = 0.0F;
    for (int v = 0; v < kVectors; ++v) {
      const Pack highest = simd::add<float>(square_[v], slack_[v]);
      const Pack square = simd::multiply_add<float>(simd::broadcast(2.0F), found[v].first, highest);
      constexpr float kHuge = 1e30F;
      if (simd::lanes_less<float>(square, simd::broadcast(kHuge)) != simd::kAllLanes<float>) {
        return static_cast<std::uint8_t>(kFarthest);
      }
      largest = std::max(largest, simd::largest<float>(square));
    }
    return static_cast<std::uint8_t>(std::min(kFarthest, std::sqrt(largest) * per_unit_ + 1.0F));
  }

  static constexpr std::uint8_t kCompared = 255;

 private:
  static constexpr float kFarthest = 254.0F;

  float per_unit_;
  Packs square_, error_, slack_;
};

// Compares rows with the panels first to end, and returns a bound below the distances to them.
std::uint8_t compare_panels(const float* rows, const float* negated, const float* half_squares,
                            Index d, Index first, Index end, const Distances& distances,
                            TwoSmallest (&found)[kVectors]) {
  Packs least;
  for (Pack& number : least) number = simd::broadcast(kInfinity);
  for (Index panel = first; panel < end; ++panel) {
    Packs value[kPanel];
    compare_panel(rows, negated + panel * kPanel * d, half_squares + panel * kPanel, d, value);
    unsigned nearer = 0;
    for (int v = 0; v < kVectors; ++v) {
      Pack lowest = value[0][v];
      for (int t = 1; t < kPanel; ++t) lowest = simd::minimum<float>(lowest, value[t][v]);
      nearer |= simd::lanes_less<float>(lowest, found[v].second);
      least[v] = simd::minimum<float>(least[v], lowest);
    }
    if (nearer != 0) SearchCentres::insert(value, panel, found);
  }
  return distances.below(least);
}

}  // namespace

CentrePanels::CentrePanels(const FeatureScaling& scaling, const std::vector<double>& centres)
    : k_(static_cast<Index>(centres.size()) / scaling.features()), d_(scaling.features()) {
  const Index panels = (k_ + kPanel - 1) / kPanel, padded_k = panels * kPanel;
  constexpr Index kMaxRuns = 32 * kRows;
  run_centres_ = (panels + kMaxRuns - 1) / kMaxRuns * kPanel;
  // Vectors of centres are read beyond the last panel.
  negated_.assign(size_t(padded_k * d_ + kLanes), 0.0F);
  half_squares_.assign(size_t(padded_k + kLanes), kInfinity);
  double longest = 0.0;
  for (Index j = 0; j < k_; ++j) {
    double square = 0.0;
    for (Index c = 0; c < d_; ++c) {
      const double e = (centres[size_t(j * d_ + c)] - scaling.shift[size_t(c)]) *
                       scaling.float32_scale[size_t(c)];
      negated_[size_t((j / kPanel * d_ + c) * kPanel + j % kPanel)] = static_cast<float>(-e);
      square += e * e;
    }
    half_squares_[size_t(j)] = static_cast<float>(0.5 * square);
    longest = std::max(longest, square);
  }
  longest_ = static_cast<float>(std::sqrt(longest));
}

void CentrePanels::propose(const float* tile, float* label, float* margin) const {
  const bool many = k_ >= kManyCentres;
  many ? search<SearchPanels>(tile, label, margin) : search<SearchCentres>(tile, label, margin);
}

template <class Search>
void CentrePanels::search(const float* tile, float* label, float* margin) const {
  constexpr Index kCacheBytes = Index{16} * 1024;
  const Index panels = (k_ + kPanel - 1) / kPanel;
  const Index at_once = std::max(Index{1}, kCacheBytes / (kPanel * d_ * Index{sizeof(float)}));
  TwoSmallest smallest[kTileRows / kRows][kVectors];
  for (Index begin = 0; begin < panels; begin += at_once) {
    const Index end = std::min(panels, begin + at_once);
    for (Index group = 0; group < kTileRows / kRows; ++group) {
      TwoSmallest found[kVectors];
      std::copy_n(smallest[group], kVectors, found);
      for (Index panel = begin; panel < end; ++panel) {
        Packs value[kPanel];
        compare_panel(tile + group * kRows, negated_.data() + panel * kPanel * d_,
                      half_squares_.data() + panel * kPanel, d_, value);
        Search::insert(value, panel, found);
      }
      std::copy_n(found, kVectors, smallest[group]);
    }
  }
  for (Index group = 0; group < kTileRows / kRows; ++group) {
    const Index first = group * kRows;
    Packs square, bound;
    squared_lengths(tile + first, d_, square);
    error_bound(square, d_, longest_, bound);
    for (int v = 0; v < kVectors; ++v) {
      TwoSmallest& found = smallest[group][v];
      Search::finish(tile + first + v * kLanes, negated_.data(), half_squares_.data(), d_, found);
      const Pack gap = simd::subtract<float>(found.second, found.first);
      simd::store(label + first + v * kLanes, found.number);
      simd::store(margin + first + v * kLanes, simd::subtract<float>(gap, bound[v]));
    }
  }
}

Index CentrePanels::rows_at_once() { return kRows; }

Index CentrePanels::propose(const float* rows, const std::int32_t* likely,
                            const PanelBounds& bounds, float* label, float* margin) const {
  const Index panels = (k_ + kPanel - 1) / kPanel, n_runs = runs();
  const Index run_panels = run_centres_ / kPanel;
  const Distances distances(rows, d_, longest_, bounds.unit);
  TwoSmallest found[kVectors];
  std::uint8_t* const bound = bounds.bound;
  Index compared = 0;
  const auto compare_run = [&](Index run) {
    ++compared;
    const Index end = std::min(panels, (run + 1) * run_panels);
    return compare_panels(rows, negated_.data(), half_squares_.data(), d_, run * run_panels, end,
                          distances, found);
  };
  for (Index run = 0; run < n_runs; ++run) bound[run] -= std::min(bound[run], bounds.move[run]);
  Index first_runs[kRows], n_first = 0;
  std::uint8_t first_bounds[kRows];
  for (Index i = 0; i < kRows; ++i) {
    const Index run = run_of(likely[i]);
    if (bound[run] == Distances::kCompared) continue;
    bound[run] = Distances::kCompared;
    first_runs[n_first] = run;
    first_bounds[n_first++] = compare_run(run);
  }
  const std::uint8_t excluding = distances.excluding(found);
  for (Index run = 0; run < n_runs; ++run) {
    if (bound[run] <= excluding) bound[run] = compare_run(run);
  }
  for (Index i = 0; i < n_first; ++i) bound[first_runs[i]] = first_bounds[i];
  for (int v = 0; v < kVectors; ++v) {
    const Pack gap = simd::subtract<float>(found[v].second, found[v].first);
    simd::store(label + v * kLanes, found[v].number);
    simd::store(margin + v * kLanes, simd::subtract<float>(gap, distances.error(v)));
  }
  return compared;
}

}  // namespace gaussmix
