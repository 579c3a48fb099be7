// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/row_distances.hpp"

#include <algorithm>
#include <utility>

#include "kmeans/lloyd.hpp"
#include "simd/simd.hpp"

namespace gaussmix {
namespace {

constexpr Index kPanel = 4;
constexpr Index kLanes = simd::kLanes<float>;
// The vectors of rows at once: their sums have to stay in registers. Of one target, a tile is read
// in the order in which it lies in memory, as far as that goes.
constexpr int kVectors = simd::kUnroll<float>;
constexpr int kVectorsOfOne = std::min<int>(8, kTileRows / kLanes);
using Pack = simd::Pack<float>;

// out[t * kTileRows + i] = |u_i - e_t|^2, for the rows of a tile and N targets.
template <int N, int Vectors>
void squared_differences(const float* tile, const float* targets, Index d, float* out) {
  for (Index first = 0; first < kTileRows; first += Vectors * kLanes) {
    Pack sum[N][Vectors];
    for (auto& packs : sum) {
      for (Pack& number : packs) number = simd::broadcast(0.0F);
    }
    for (Index c = 0; c < d; ++c) {
      for (int t = 0; t < N; ++t) {
        const Pack e = simd::broadcast(targets[t * d + c]);
        for (int v = 0; v < Vectors; ++v) {
          const Pack u = simd::load(tile + c * kTileRows + first + v * kLanes);
          const Pack z = simd::subtract<float>(u, e);
          sum[t][v] = simd::multiply_add<float>(z, z, sum[t][v]);
        }
      }
    }
    for (int t = 0; t < N; ++t) {
      for (int v = 0; v < Vectors; ++v) {
        simd::store(out + t * kTileRows + first + v * kLanes, sum[t][v]);
      }
    }
  }
}

}  // namespace

template <class T>
RowDistances<T>::RowDistances(const PreparedRows<T>& rows, const std::vector<Index>& targets)
    : RowDistances(rows, values_of(rows.data().rows, targets)) {}

// Rounding to float32 moves a row and a target by at most eps (|u| + |e|) <= eps (2 |e| + |u - e|),
// so that a distance of 600 eps |e| or more is right within 1/256, and its square within 1%.
template <class T>
RowDistances<T>::RowDistances(const PreparedRows<T>& rows, std::vector<double> points)
    : rows_(rows), targets_(std::move(points)) {
  constexpr float kCancels = 600.0F * 0x1p-24F;
  const FeatureScaling& scaling = rows.scaling();
  for (auto point = targets_.begin(); point != targets_.end(); point += rows.features()) {
    float square = 0.0F;
    for (std::size_t c = 0; c < scaling.shift.size(); ++c) {
      const auto coordinate = static_cast<float>((point[static_cast<Index>(c)] - scaling.shift[c]) *
                                                 scaling.float32_scale[c]);
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
  const auto n_targets = static_cast<Index>(resolution_.size());
  for (Index t = 0; t < n_targets;) {
    const bool panel = t + kPanel <= n_targets;
    const auto measure =
        panel ? squared_differences<kPanel, kVectors> : squared_differences<1, kVectorsOfOne>;
    measure(rows_.tile(tile), coordinates_.data() + t * d, d, out + t * kTileRows);
    t += panel ? kPanel : 1;
  }
  for (Index t = 0; t < n_targets; ++t) {
    float* const distance = out + t * kTileRows;
    const float resolution = resolution_[size_t(t)];
    // Rare, and asked of all rows at once with vectors.
    unsigned cancels = 0;
    for (Index i = 0; i < kTileRows; ++i)
      cancels |= static_cast<unsigned>(!(distance[i] > resolution));
    for (Index i = 0; cancels != 0 && i < count; ++i) {
      if (!(distance[i] > resolution)) distance[i] = exact(first + i, t);
    }
  }
}

template <class T>
float RowDistances<T>::exact(Index row, Index target) const {
  const T* const x = rows_.row(row);
  const double* const y = targets_.data() + target * rows_.features();
  const double* const scale = rows_.scaling().float32_scale.data();
  double sum = 0.0;
  for (Index c = 0; c < rows_.features(); ++c) {
    const double z = (static_cast<double>(x[c]) - y[c]) * scale[c];
    sum += z * z;
  }
  return static_cast<float>(sum);
}

template class RowDistances<float>;
template class RowDistances<double>;

}  // namespace gaussmix
