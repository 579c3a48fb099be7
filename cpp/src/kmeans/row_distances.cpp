// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/row_distances.hpp"

#include <algorithm>
#include <utility>

#include "simd/simd.hpp"

namespace gaussmix {
namespace {

constexpr Index kPanel = 4;
constexpr int kVectors = simd::kUnroll<float>;
constexpr Index kLanes = simd::kLanes<float>;
using Pack = simd::Pack<float>;

// out[p * kTileRows + i] = |u_i - e_p|^2, for the rows of a tile and P picks.
template <int P>
void squared_differences(const float* tile, const float* picks, Index d, float* out) {
  for (Index first = 0; first < kTileRows; first += kVectors * kLanes) {
    Pack sum[P][kVectors];
    for (auto& strip : sum) {
      for (Pack& number : strip) number = simd::broadcast(0.0F);
    }
    for (Index c = 0; c < d; ++c) {
      for (int p = 0; p < P; ++p) {
        const Pack e = simd::broadcast(picks[p * d + c]);
        for (int v = 0; v < kVectors; ++v) {
          const Pack u = simd::load(tile + c * kTileRows + first + v * kLanes);
          const Pack z = simd::subtract<float>(u, e);
          sum[p][v] = simd::multiply_add<float>(z, z, sum[p][v]);
        }
      }
    }
    for (int p = 0; p < P; ++p) {
      for (int v = 0; v < kVectors; ++v) {
        simd::store(out + p * kTileRows + first + v * kLanes, sum[p][v]);
      }
    }
  }
}

}  // namespace

// Rounding to float32 moves a row and a pick by at most eps (|u| + |e|) <= eps (2 |e| + |u - e|),
// so that a distance of 600 eps |e| or more is right within 1/256, and its square within 1%.
template <class T>
RowDistances<T>::RowDistances(const PreparedRows<T>& rows, std::vector<Index> picks)
    : rows_(rows), picks_(std::move(picks)) {
  constexpr float kCancels = 600.0F * 0x1p-24F;
  const Index d = rows.features();
  for (const Index pick : picks_) {
    const float* const u = rows.tile(pick / kTileRows) + pick % kTileRows;
    float square = 0.0F;
    for (Index c = 0; c < d; ++c) {
      const float coordinate = u[c * kTileRows];
      coordinates_.push_back(coordinate);
      square += coordinate * coordinate;
    }
    resolution_.push_back(kCancels * kCancels * square);
  }
}

template <class T>
void RowDistances<T>::of_tile(Index tile, float* out) const {
  const Index d = rows_.features(), first = tile * kTileRows;
  const Index count = std::min(kTileRows, rows_.rows() - first);
  for (Index p = 0; p < n_picks();) {
    const bool panel = p + kPanel <= n_picks();
    const auto measure = panel ? squared_differences<kPanel> : squared_differences<1>;
    measure(rows_.tile(tile), coordinates_.data() + p * d, d, out + p * kTileRows);
    p += panel ? kPanel : 1;
  }
  for (Index p = 0; p < n_picks(); ++p) {
    float* const distance = out + p * kTileRows;
    const float resolution = resolution_[size_t(p)];
    for (Index i = 0; i < count; ++i) {
      if (!(distance[i] > resolution)) distance[i] = exact(first + i, picks_[size_t(p)]);
    }
  }
}

template <class T>
float RowDistances<T>::exact(Index row, Index pick) const {
  const T *const x = rows_.row(row), *const y = rows_.row(pick);
  double sum = 0.0;
  for (Index c = 0; c < rows_.features(); ++c) {
    const double z =
        (static_cast<double>(x[c]) - static_cast<double>(y[c])) * rows_.scaling().scale[size_t(c)];
    sum += z * z;
  }
  return static_cast<float>(sum);
}

template class RowDistances<float>;
template class RowDistances<double>;

}  // namespace gaussmix
