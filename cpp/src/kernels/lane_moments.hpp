// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "kernels/block_moments.hpp"
#include "simd.hpp"

namespace gaussmix {

/// For few features, D of them: rows are vector lanes, and all sums stay in registers.
template <class T, int D, bool kProducts>
class LaneMoments final : public BlockMoments<T> {
 public:
  double take(const RowSequence<T>& /*rows*/, Index /*first*/, const Block<T>& block,
              const T* shares) override {
    block_ = block;
    shares_ = shares;
    return static_cast<double>(Eigen::Map<const AlignedArray<T>>(shares, block.length).sum());
  }

  void largest_row(double* place) const override {
    Index row = 0;
    Eigen::Map<const AlignedArray<T>>(shares_, block_.length).maxCoeff(&row);
    for (int c = 0; c < D; ++c) place[c] = static_cast<double>(block_.column(c)[row]);
  }

  void centre(double* place, double* first, double* second) override {
    using Pack = simd::Pack<T>;
    Pack middle[D], sums[D], squares[D], products[kProducts ? kPairs : 1];
    const Pack zero = simd::broadcast(T(0));
    for (int a = 0; a < D; ++a) {
      middle[a] = simd::broadcast(static_cast<T>(place[a]));
      sums[a] = squares[a] = zero;
    }
    for (auto& product : products) product = zero;
    for (Index i = 0; i < block_.length; i += simd::kLanes<T>) {
      const Pack share = simd::load(shares_ + i);
      Pack difference[D];
      for (int a = 0, pair = 0; a < D; ++a) {
        difference[a] = simd::subtract<T>(simd::load(block_.column(a) + i), middle[a]);
        const Pack shared = simd::multiply<T>(share, difference[a]);
        sums[a] = simd::add<T>(sums[a], shared);
        squares[a] = simd::multiply_add<T>(shared, difference[a], squares[a]);
        for (int b = 0; kProducts && b < a; ++b, ++pair) {
          products[pair] = simd::multiply_add<T>(shared, difference[b], products[pair]);
        }
      }
    }
    for (int a = 0, pair = 0; a < D; ++a) {
      place[a] = static_cast<double>(static_cast<T>(place[a]));
      first[a] = static_cast<double>(simd::sum<T>(sums[a]));
      second[a] = static_cast<double>(simd::sum<T>(squares[a]));
      for (int b = 0; kProducts && b <= a; ++b) {
        const Pack& product = b < a ? products[pair++] : squares[a];
        products_[size_t(a) * size_t(D) + size_t(b)] = static_cast<double>(simd::sum<T>(product));
      }
    }
  }

  void add_products(double* scatter) override {
    for (std::size_t i = 0; i < products_.size(); ++i) scatter[i] += products_[i];
  }

 private:
  static constexpr int kPairs = D > 1 ? D * (D - 1) / 2 : 1;

  Block<T> block_;
  const T* shares_ = nullptr;
  std::array<double, size_t(D* D)> products_{};
};

}  // namespace gaussmix
