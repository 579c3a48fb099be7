// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/block_moments.hpp"

#include <utility>

#include "kernels/lane_moments.hpp"
#include "kernels/row_moments.hpp"
#include "kernels/static_size.hpp"

namespace gaussmix {
namespace {

// The sums of six features fit the registers of AVX-512.
constexpr int kMostInLanes = 6;

template <class T, bool kProducts>
std::unique_ptr<BlockMoments<T>> make(Index d) {
  using Moments = std::unique_ptr<BlockMoments<T>>;
  auto lanes = with_static_size<kMostInLanes>(d, [](auto size) -> Moments {
    return std::make_unique<LaneMoments<T, size(), kProducts>>();
  });
  return lanes ? std::move(lanes) : std::make_unique<RowMoments<T>>(d);
}

}  // namespace

template <class T>
std::unique_ptr<BlockMoments<T>> make_block_moments(Index d, bool products) {
  return products ? make<T, true>(d) : make<T, false>(d);
}

template std::unique_ptr<BlockMoments<float>> make_block_moments<float>(Index, bool);
template std::unique_ptr<BlockMoments<double>> make_block_moments<double>(Index, bool);

}  // namespace gaussmix
