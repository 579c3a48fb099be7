// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "simd/simd.hpp"
#include "simd/static_size.hpp"
#include "statistics/moments/block_moments.hpp"

namespace gaussmix {

/// For few features, D of them: rows are vector lanes, and all sums stay in registers.
template <class T, int D, bool kProducts>
class LaneMoments final : public BlockMoments<T> {
 public:
  double set_rows(const RowSequence<T>& /*rows*/, Index /*first*/, const Block<T>& block,
                  const double* weights) override {
    block_ = block;
    weights_ = weights;
    return simd::sum_of(weights, block.length);
  }

  void moments_about(const double* centre, double* first, double* second) override {
    using Pack = simd::Pack<double>;
    Pack middle[D],
        moments[D + kPairs];  // D first moments, then the lower triangle of the products
    for (int a = 0; a < D; ++a) middle[a] = simd::broadcast(centre[a]);
    for (Pack& moment : moments) moment = simd::broadcast(0.0);
    for (Index i = 0; i < block_.length; i += simd::kLanes<double>) {
      const Pack weight = simd::load(weights_ + i);
      Pack difference[D];
      unrolled<D>([&](auto a) {
        difference[a] =
            simd::subtract<double>(simd::load_as_double(block_.column(a) + i), middle[a]);
        const Pack weighted = simd::multiply<double>(weight, difference[a]);
        moments[a] = simd::add<double>(moments[a], weighted);
        unrolled<kProducts ? a() + 1 : 1>([&](auto b) {
          constexpr int kOther = kProducts ? b() : a();
          constexpr int kPair = D + (kProducts ? a() * (a() + 1) / 2 + b() : a());
          moments[kPair] = simd::multiply_add<double>(weighted, difference[kOther], moments[kPair]);
        });
      });
    }
    alignas(64) double sums[simd::kFilledUp<double, D + kPairs>];
    simd::sum_each<double>(moments, sums);
    for (int a = 0, pair = D; a < D; ++a) {
      first[a] = sums[a];
      for (int b = kProducts ? 0 : a; b <= a; ++b, ++pair) {
        second[a] = sums[pair];
        if (kProducts) products_[size_t(a) * size_t(D) + size_t(b)] = second[a];
      }
    }
  }

  void add_products(double* scatter) override {
    for (std::size_t i = 0; i < products_.size(); ++i) scatter[i] += products_[i];
  }

 private:
  static constexpr int kPairs = kProducts ? D * (D + 1) / 2 : D;

  Block<T> block_;
  const double* weights_ = nullptr;
  std::array<double, size_t(D* D)> products_{};
};

}  // namespace gaussmix
