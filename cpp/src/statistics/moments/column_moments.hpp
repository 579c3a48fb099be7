// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <type_traits>
#include <vector>

#include "simd/simd.hpp"
#include "simd/static_size.hpp"
#include "statistics/moments/active_rows.hpp"
#include "statistics/moments/block_moments.hpp"

namespace gaussmix {

/// Moments with rows as vector lanes. The columns of a block are multiplied with each other in
/// tiles of features, whose differences and sums stay in registers. The cost grows with the number
/// of vectors in which any row has a weight.
/// \tparam kProducts whether there is add_products
/// \tparam D the number of features where they are few: one tile of all of them and all rows of the
/// block; 0 for any other number.
template <class T, bool kProducts, int D = 0>
class ColumnMoments : public BlockMoments<T> {
 public:
  ColumnMoments(Index d, double negligible)
      : active_(negligible),
        d_(d),
        centre_(size_t(d)),
        diagonal_(size_t(kProducts ? d * kSide : 0)) {}

  double set_rows(const RowSequence<T>& /*rows*/, Index /*first*/, const Block<T>& block,
                  const double* weights) override {
    block_ = block;
    weights_ = weights;
    if (D > 0) return simd::sum_of(weights, block.length);
    active_.find(block.length, weights);
    return active_.sum();
  }

  void moments_about(const double* centre, double* first, double* second) override {
    std::copy_n(centre, d_, centre_.begin());
    for_each_side([&](auto side, Index a) { diagonal_tile<side()>(a, first + a, second + a); });
  }

  void add_products(double* scatter) override {
    if constexpr (kProducts) {
      for_each_side([&](auto side, Index a) {
        if constexpr (D == 0) {
          for (Index b = 0; b < a; b += kSide) add_tile<side()>(a, b, scatter);
        }
        for (Index s = 0; s < side(); ++s) {
          const double* const row = diagonal_.data() + (a + s) * kSide;
          for (Index t = 0; t <= s; ++t) scatter[(a + s) * d_ + a + t] += row[t];
        }
      });
    }
  }

 protected:
  const ActiveRows& active() const { return active_; }

 private:
  using Pack = simd::Pack<double>;
  static constexpr Index L = simd::kLanes<double>;
  // The sums of a tile of 4 x 4 features (3 x 3 of 16 registers) leave room for the differences.
  static constexpr int kSide = D > 0 ? D : L * sizeof(double) == 64 ? 4 : 3;

  // The vectors of rows that count, and the first row of each.
  Index vectors() const { return D > 0 ? block_.length / L : active_.vectors(); }
  Index row(Index vector) const { return D > 0 ? vector * L : active_.vector(vector).row; }

  // use(N, a) for the features a, a + 1, ... a + N - 1 of each side of a tile; N is kSide, or what
  // is left at the end.
  template <class Use>
  void for_each_side(const Use& use) const {
    Index a = 0;
    for (; a + kSide <= d_; a += kSide) use(std::integral_constant<int, kSide>(), a);
    with_static_size<D == 0 ? kSide - 1 : 0>(d_ - a, [&](auto side) {
      use(side, a);
      return true;
    });
  }

  // The differences of N features from c on to their centre, for a vector of rows.
  template <int N>
  class Differences {
   public:
    Differences(const ColumnMoments& moments, Index c)
        : column_(moments.block_.column(c)), stride_(moments.block_.stride) {
      for (int f = 0; f < N; ++f) centre_[f] = simd::broadcast(moments.centre_[size_t(c + f)]);
    }
    EIGEN_STRONG_INLINE Pack of(Index i, int f) const {
      return simd::subtract<double>(simd::load_as_double(column_ + f * stride_ + i), centre_[f]);
    }

   private:
    const T* column_;
    Index stride_;
    Pack centre_[N];
  };

  // The tile of N features with themselves: their first and second moments, and their products.
  template <int N>
  EIGEN_DONT_INLINE void diagonal_tile(Index a, double* first, double* second) {
    constexpr int kPairs = kProducts ? N * (N + 1) / 2 : N;
    Pack moments[N + kPairs];  // N first moments, then the lower triangle of the products
    unrolled<N + kPairs>([&](auto pair) { moments[pair] = simd::broadcast(0.0); });
    const Differences<N> differences(*this, a);
    for (Index v = 0; v < vectors(); ++v) {
      const Index i = row(v);
      const Pack weight = simd::load(weights_ + i);
      Pack difference[N];
      unrolled<N>([&](auto s) {
        difference[s] = differences.of(i, s);
        const Pack weighted = simd::multiply<double>(weight, difference[s]);
        moments[s] = simd::add<double>(moments[s], weighted);
        unrolled<kProducts ? s() + 1 : 1>([&](auto t) {
          constexpr int kOther = kProducts ? t() : s();
          constexpr int kPair = N + (kProducts ? s() * (s() + 1) / 2 + t() : s());
          moments[kPair] = simd::multiply_add<double>(weighted, difference[kOther], moments[kPair]);
        });
      });
    }
    alignas(64) double sums[simd::kWholeVectors<double, N + kPairs>];
    simd::sum_each<double>(moments, sums);
    for (int s = 0, pair = N; s < N; ++s) {
      first[s] = sums[s];
      for (int t = kProducts ? 0 : s; t <= s; ++t, ++pair) {
        second[s] = sums[pair];
        if (kProducts) diagonal_[size_t((a + s) * kSide + t)] = second[s];
      }
    }
  }

  // scatter += the products of N features from a on with kSide from b on.
  template <int N>
  EIGEN_DONT_INLINE void add_tile(Index a, Index b, double* scatter) const {
    Pack products[N * kSide];
    for (Pack& product : products) product = simd::broadcast(0.0);
    const Differences<N> left(*this, a);
    const Differences<kSide> right(*this, b);
    for (Index v = 0; v < vectors(); ++v) {
      const Index i = row(v);
      const Pack weight = simd::load(weights_ + i);
      Pack difference[kSide];
      for (int t = 0; t < kSide; ++t) difference[t] = right.of(i, t);
      for (int s = 0; s < N; ++s) {
        const Pack weighted = simd::multiply<double>(weight, left.of(i, s));
        for (int t = 0; t < kSide; ++t) {
          products[s * kSide + t] =
              simd::multiply_add<double>(weighted, difference[t], products[s * kSide + t]);
        }
      }
    }
    alignas(64) double sums[simd::kWholeVectors<double, N * kSide>];
    simd::sum_each<double>(products, sums);
    for (int s = 0; s < N; ++s) {
      double* const out = scatter + (a + s) * d_ + b;
      for (int t = 0; t < kSide; ++t) out[t] += sums[s * kSide + t];
    }
  }

  ActiveRows active_;
  Block<T> block_;
  const double* weights_ = nullptr;
  Index d_;
  std::vector<double> centre_, diagonal_;  // diagonal_: d x kSide, products of the tiles there
};

}  // namespace gaussmix
