// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <type_traits>
#include <vector>

#include "simd/simd.hpp"
#include "simd/static_size.hpp"
#include "statistics/moments/active_rows.hpp"

namespace gaussmix {

/// Moments with rows as vector lanes. The columns of a block are multiplied with each other in
/// tiles of features, whose differences and sums stay in registers. What it costs depends on the
/// vectors in which any row has a weight. Without kProducts there is no add_products.
template <class T, bool kProducts>
class ColumnMoments {
 public:
  explicit ColumnMoments(Index d) : d_(d), centre_(size_t(d)) {
    if (kProducts) corners_.resize(size_t(d * kSide));
  }

  /// The same as in BlockMoments, of the active rows. `active` and the block have to be there
  /// until the next call.
  void moments_about(const ActiveRows& active, const Block<T>& block, const double* centre,
                     double* first, double* second) {
    active_ = &active;
    block_ = block;
    std::copy_n(centre, d_, centre_.begin());
    for_each_side([&](auto side, Index a) { corner<side()>(a, first + a, second + a); });
  }

  void add_products(double* scatter) const {
    for_each_side([&](auto side, Index a) {
      for (Index b = 0; b < a; b += kSide) add_tile<side()>(a, b, scatter);
      for (Index s = 0; s < side(); ++s) {
        const double* const row = corners_.data() + (a + s) * kSide;
        for (Index t = 0; t <= s; ++t) scatter[(a + s) * d_ + a + t] += row[t];
      }
    });
  }

 private:
  using Pack = simd::Pack<double>;
  static constexpr Index L = simd::kLanes<double>;
  // The sums of a tile of kSide x kSide features leave registers for their differences.
  static constexpr int kSide = L * sizeof(double) == 64 ? 4 : 3;

  // use(N, a) for the features a, a + 1, ... a + N - 1 of each side of a tile: kSide, or what is
  // left.
  template <class Use>
  void for_each_side(const Use& use) const {
    Index a = 0;
    for (; a + kSide <= d_; a += kSide) use(std::integral_constant<int, kSide>(), a);
    with_static_size<kSide - 1>(d_ - a, [&](auto side) {
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
    EIGEN_STRONG_INLINE Pack of(Index row, int f) const {
      return simd::subtract<double>(simd::load_as_double(column_ + f * stride_ + row), centre_[f]);
    }

   private:
    const T* column_;
    Index stride_;
    Pack centre_[N];
  };

  // The tile of N features with themselves: their first and second moments, and their products.
  template <int N>
  EIGEN_DONT_INLINE void corner(Index a, double* first, double* second) {
    constexpr int kPairs = kProducts ? N * (N + 1) / 2 : N;
    Pack moments[N + kPairs];  // N first moments, then the lower triangle of the products
    for (Pack& moment : moments) moment = simd::broadcast(0.0);
    const Differences<N> differences(*this, a);
    const ActiveRows& active = *active_;
    for (Index v = 0; v < active.vectors(); ++v) {
      const Index row = active.vector(v).row;
      const Pack weight = simd::load(active.weights() + row);
      Pack difference[N];
      unrolled<N>([&](auto s) {
        difference[s] = differences.of(row, s);
        const Pack weighted = simd::multiply<double>(weight, difference[s]);
        moments[s] = simd::add<double>(moments[s], weighted);
        unrolled<kProducts ? s() + 1 : 1>([&](auto t) {
          constexpr int kOther = kProducts ? t() : s();
          constexpr int kPair = N + (kProducts ? s() * (s() + 1) / 2 + t() : s());
          moments[kPair] = simd::multiply_add<double>(weighted, difference[kOther], moments[kPair]);
        });
      });
    }
    alignas(64) double sums[simd::kFilledUp<double, N + kPairs>];
    simd::sum_each<double>(moments, sums);
    for (int s = 0, pair = N; s < N; ++s) {
      first[s] = sums[s];
      for (int t = kProducts ? 0 : s; t <= s; ++t, ++pair) {
        second[s] = sums[pair];
        if (kProducts) corners_[size_t((a + s) * kSide + t)] = second[s];
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
    const ActiveRows& active = *active_;
    for (Index v = 0; v < active.vectors(); ++v) {
      const Index row = active.vector(v).row;
      const Pack weight = simd::load(active.weights() + row);
      Pack difference[kSide];
      for (int t = 0; t < kSide; ++t) difference[t] = right.of(row, t);
      for (int s = 0; s < N; ++s) {
        const Pack weighted = simd::multiply<double>(weight, left.of(row, s));
        for (int t = 0; t < kSide; ++t) {
          products[s * kSide + t] =
              simd::multiply_add<double>(weighted, difference[t], products[s * kSide + t]);
        }
      }
    }
    alignas(64) double sums[simd::kFilledUp<double, N * kSide>];
    simd::sum_each<double>(products, sums);
    for (int s = 0; s < N; ++s) {
      double* const out = scatter + (a + s) * d_ + b;
      for (int t = 0; t < kSide; ++t) out[t] += sums[s * kSide + t];
    }
  }

  Index d_;
  std::vector<double> centre_;
  const ActiveRows* active_ = nullptr;
  Block<T> block_;
  std::vector<double> corners_;  // kSide a feature: its products with those of its side
};

}  // namespace gaussmix
