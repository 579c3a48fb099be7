// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/block_moments.hpp"

#include "kernels/lane_moments.hpp"
#include "kernels/row_moments.hpp"

namespace gaussmix {
namespace {

template <class T, bool kProducts>
std::unique_ptr<BlockMoments<T>> make(Index d) {
  switch (d) {
    case 1:
      return std::make_unique<LaneMoments<T, 1, kProducts>>();
    case 2:
      return std::make_unique<LaneMoments<T, 2, kProducts>>();
    case 3:
      return std::make_unique<LaneMoments<T, 3, kProducts>>();
    case 4:
      return std::make_unique<LaneMoments<T, 4, kProducts>>();
    case 5:
      return std::make_unique<LaneMoments<T, 5, kProducts>>();
    case 6:
      return std::make_unique<LaneMoments<T, 6, kProducts>>();
    default:
      return std::make_unique<RowMoments<T>>(d);
  }
}

}  // namespace

template <class T>
std::unique_ptr<BlockMoments<T>> make_block_moments(Index d, bool products) {
  return products ? make<T, true>(d) : make<T, false>(d);
}

template std::unique_ptr<BlockMoments<float>> make_block_moments<float>(Index, bool);
template std::unique_ptr<BlockMoments<double>> make_block_moments<double>(Index, bool);

}  // namespace gaussmix
