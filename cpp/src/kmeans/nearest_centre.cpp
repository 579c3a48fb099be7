// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/nearest_centre.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "simd/simd.hpp"

namespace gaussmix {
namespace {

// The centres that are compared at once, and the vectors of rows.
constexpr Index kPanel = 4;
constexpr int kVectors = simd::kUnroll<float>;
constexpr Index kLanes = simd::kLanes<float>;
using Pack = simd::Pack<float>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A few vectors of numbers, one a row.
using Strip = Pack[kVectors];

// The best two values so far of each row, and which centre the best is of.
struct Ranking {
  Strip best, second, which;

  Ranking() {
    for (int v = 0; v < kVectors; ++v) {
      best[v] = second[v] = simd::broadcast(kInfinity);
      which[v] = simd::broadcast(0.0F);
    }
  }

  EIGEN_STRONG_INLINE void take(const Strip& value, Index centre) {
    const Pack index = simd::broadcast(static_cast<float>(centre));
    for (int v = 0; v < kVectors; ++v) {
      which[v] = simd::if_less<float>(value[v], best[v], index, which[v]);
      second[v] = simd::minimum<float>(second[v], simd::maximum<float>(best[v], value[v]));
      best[v] = simd::minimum<float>(best[v], value[v]);
    }
  }
};

EIGEN_STRONG_INLINE void load_strip(const float* from, Strip& strip) {
  for (int v = 0; v < kVectors; ++v) strip[v] = simd::load(from + v * kLanes);
}

// value[t] = |e_t|^2 / 2 - u.e_t for the centres of a panel.
EIGEN_STRONG_INLINE void compare_panel(const float* tile, const float* negated,
                                       const float* half_squares, Index d, Strip (&value)[kPanel]) {
  for (int t = 0; t < kPanel; ++t) {
    for (Pack& number : value[t]) number = simd::broadcast(half_squares[t]);
  }
  for (Index c = 0; c < d; ++c, tile += kTileRows, negated += kPanel) {
    Strip u;
    load_strip(tile, u);
    for (int t = 0; t < kPanel; ++t) {
      const Pack e = simd::broadcast(negated[t]);
      for (int v = 0; v < kVectors; ++v) {
        value[t][v] = simd::multiply_add<float>(e, u[v], value[t][v]);
      }
    }
  }
}

// By how much two values may seem to differ for rounding alone, for rows u and centres no longer
// than `longest`. Rounding u and e_j to float32, the d products and sums, and |e_j|^2 / 2 leave an
// error of at most (d + 4) eps (|u| |e_j| + |e_j|^2 / 2) (Higham 2002, section 3.1), besides what
// is lost below the normal numbers; and the distances that float64 would decide by have (d + 4) eps
// of their own. The rest of the factors is for the roundings in here.
EIGEN_STRONG_INLINE void error_bound(const float* tile, Index d, float longest, Strip& bound) {
  const float factor = 2.1F * static_cast<float>(d + 5);
  const Pack single = simd::broadcast(factor * 0x1p-24F * longest);
  const Pack twice = simd::broadcast(factor * 0x1p-53F);
  const Pack underflow = simd::broadcast(factor * std::numeric_limits<float>::min());
  Strip square;
  for (Pack& number : square) number = simd::broadcast(0.0F);
  for (Index c = 0; c < d; ++c, tile += kTileRows) {
    Strip u;
    load_strip(tile, u);
    for (int v = 0; v < kVectors; ++v) {
      square[v] = simd::multiply_add<float>(u[v], u[v], square[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    const Pack reach =
        simd::add<float>(simd::square_root<float>(square[v]), simd::broadcast(longest));
    const Pack slope = simd::multiply_add<float>(reach, twice, single);
    bound[v] = simd::multiply_add<float>(reach, slope, underflow);
  }
}

}  // namespace

NearestCentre::NearestCentre(FeatureScaling scaling, const std::vector<double>& centres)
    : scaling_(std::move(scaling)),
      k_(static_cast<Index>(centres.size()) / scaling_.features()),
      d_(scaling_.features()),
      centres_(centres) {
  constexpr Index L = simd::kLanes<double>;
  const Index panels = (k_ + kPanel - 1) / kPanel;
  padded_k_ = (k_ + L - 1) / L * L;
  negated_.assign(size_t(panels * kPanel * d_), 0.0F);
  half_squares_.assign(size_t(panels * kPanel), kInfinity);
  exact_.assign(d_ * padded_k_, std::numeric_limits<double>::infinity());
  double longest = 0.0;
  for (Index j = 0; j < k_; ++j) {
    double square = 0.0;
    for (Index c = 0; c < d_; ++c) {
      const double centre = centres[size_t(j * d_ + c)];
      const double e = (centre - scaling_.shift[size_t(c)]) * scaling_.scale[size_t(c)];
      negated_[size_t((j / kPanel * d_ + c) * kPanel + j % kPanel)] = static_cast<float>(-e);
      exact_[c * padded_k_ + j] = centre;
      square += e * e;
    }
    half_squares_[size_t(j)] = static_cast<float>(0.5 * square);
    longest = std::max(longest, square);
  }
  longest_ = static_cast<float>(std::sqrt(longest));
}

// label: the proposed centres of a tile's rows. lead: by how much more than the error bound each is
// better than the next; it is positive where the proposal is right.
void NearestCentre::propose(const float* tile, float* label, float* lead) const {
  for (Index first = 0; first < kTileRows; first += kVectors * kLanes) {
    Ranking ranking;
    for (Index panel = 0; panel < k_; panel += kPanel) {
      Strip value[kPanel];
      compare_panel(tile + first, negated_.data() + panel * d_, half_squares_.data() + panel, d_,
                    value);
      for (int t = 0; t < kPanel; ++t) ranking.take(value[t], panel + t);
    }
    Strip bound;
    error_bound(tile + first, d_, longest_, bound);
    for (int v = 0; v < kVectors; ++v) {
      const Pack gap = simd::subtract<float>(ranking.second[v], ranking.best[v]);
      simd::store(label + first + v * kLanes, ranking.which[v]);
      simd::store(lead + first + v * kLanes, simd::subtract<float>(gap, bound[v]));
    }
  }
}

template <class T>
void NearestCentre::find(const float* tile, const TableView<T>& rows, std::int32_t* label) const {
  alignas(64) float proposed[kTileRows];
  alignas(64) float lead[kTileRows];
  propose(tile, proposed, lead);
  for (Index i = 0; i < rows.rows; ++i) label[i] = static_cast<std::int32_t>(proposed[i]);
  for (Index i = 0; i < rows.rows; ++i) {
    if (!(lead[i] > 0.0F)) label[i] = decide(rows.row(i));
  }
}

template <class T>
void NearestCentre::find(const TableView<T>& rows, AlignedArray<float>& scratch,
                         std::int32_t* label) const {
  scratch.resize(d_ * kTileRows);
  for (Index first = 0; first < rows.rows; first += kTileRows) {
    const auto few = rows.part(first, std::min(kTileRows, rows.rows - first));
    write_tile(scaling_, few, scratch.data());
    find(scratch.data(), few, label + first);
  }
}

template <class T>
std::int32_t NearestCentre::decide(const T* row) const {
  AlignedArray<double> distances(padded_k_);
  squared_distances(row, distances.data());
  Index best = 0;
  for (Index j = 1; j < k_; ++j) {
    if (distances[j] < distances[best]) best = j;
  }
  return static_cast<std::int32_t>(best);
}

template <class T>
void NearestCentre::squared_distances(const T* row, double* out) const {
  for (Index j = 0; j < padded_k_; j += simd::kLanes<double>) {
    auto sum = simd::broadcast(0.0);
    for (Index c = 0; c < d_; ++c) {
      const auto centre = simd::load(exact_.data() + c * padded_k_ + j);
      const auto z = simd::multiply<double>(
          simd::subtract<double>(simd::broadcast(static_cast<double>(row[c])), centre),
          simd::broadcast(scaling_.scale[size_t(c)]));
      sum = simd::multiply_add<double>(z, z, sum);
    }
    simd::store(out + j, sum);
  }
}

template <class T>
double NearestCentre::squared_distance(const T* row, Index j) const {
  constexpr Index kSums = 8;  // side by side, to become vectors
  const double* const centre = centres_.data() + j * d_;
  const double* const scale = scaling_.scale.data();
  const auto square = [&](Index c) {
    const double z = (static_cast<double>(row[c]) - centre[c]) * scale[c];
    return z * z;
  };
  double sums[kSums] = {};
  Index c = 0;
  for (; c + kSums <= d_; c += kSums) {
    for (Index s = 0; s < kSums; ++s) sums[s] += square(c + s);
  }
  for (; c < d_; ++c) sums[0] += square(c);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template void NearestCentre::find(const float*, const TableView<float>&, std::int32_t*) const;
template void NearestCentre::find(const TableView<float>&, AlignedArray<float>&,
                                  std::int32_t*) const;
template void NearestCentre::squared_distances(const float*, double*) const;
template double NearestCentre::squared_distance(const float*, Index) const;
template void NearestCentre::find(const float*, const TableView<double>&, std::int32_t*) const;
template void NearestCentre::find(const TableView<double>&, AlignedArray<float>&,
                                  std::int32_t*) const;
template void NearestCentre::squared_distances(const double*, double*) const;
template double NearestCentre::squared_distance(const double*, Index) const;

}  // namespace gaussmix
