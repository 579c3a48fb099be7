// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <vector>

#include "simd/simd.hpp"
#include "statistics/moments/active_rows.hpp"

namespace gaussmix {

/// Moments with features as vector lanes: the active rows are copied one after another, less the
/// centre and times the root of their weight, and multiplied with each other in tiles that stay in
/// registers. The cost grows with the number of active rows.
template <class T>
class RowMoments {
 public:
  explicit RowMoments(Index d)
      : d_(d), stride_(column_stride<double>((d + kSide - 1) / kSide * kSide)) {
    centre_.assign(stride_, 0.0);
    first_.resize(stride_);
    second_.resize(stride_);
  }

  /// The active rows of the block whose rows stand at positions first, first + 1, ...
  void set_rows(const ActiveRows& active, const double* weights, const RowSequence<T>& rows,
                Index first) {
    count_ = (active.rows() + kAtOnce - 1) / kAtOnce * kAtOnce;
    roots_.assign(padded(count_), 0.0);
    rows_.clear();
    active.for_each_row([&](Index row) {
      roots_[static_cast<Index>(rows_.size())] = weights[row];
      rows_.push_back(rows.row(first + row));
    });
    if (!rows_.empty()) rows_.resize(size_t(count_), rows_.back());
    for (Index i = 0; i < count_; i += simd::kLanes<double>) {
      simd::store(roots_.data() + i, simd::square_root<double>(simd::load(roots_.data() + i)));
    }
  }

  /// The same as in BlockMoments.
  void moments_about(const double* centre, double* first, double* second) {
    std::copy_n(centre, d_, centre_.data());
    if (centred_.size() < count_ * stride_) centred_.assign(count_ * stride_, 0.0);
    first_.fill(0.0);
    second_.fill(0.0);
    for (Index i = 0; i < count_; i += kAtOnce) centre_rows(i);
    std::copy_n(first_.data(), d_, first);
    std::copy_n(second_.data(), d_, second);
  }

  void add_products(double* scatter) const {
    constexpr Index kInCache = 64;
    for (Index i = 0; i < count_; i += kInCache) {
      add_products_of(centred_.data() + i * stride_, std::min(kInCache, count_ - i), scatter);
    }
  }

 private:
  static constexpr Index kAtOnce = 4;
  // A tile of kTileRows x 3 vectors of products has to stay in registers.
  static constexpr Index kTileRows = simd::kLanes<double> * sizeof(double) == 64 ? 8 : 4;
  static constexpr Index kSide = std::max(kTileRows, simd::kLanes<double>);

  // centred = sqrt(weight) (x - centre) for kAtOnce rows.
  EIGEN_DONT_INLINE void centre_rows(Index i) {
    using Pack = simd::Pack<double>;
    constexpr Index L = simd::kLanes<double>;
    const T* rows[kAtOnce];
    Pack root[kAtOnce];
    for (Index r = 0; r < kAtOnce; ++r) {
      rows[r] = rows_[size_t(i + r)];
      root[r] = simd::broadcast(roots_[i + r]);
    }
    // By value: a member would be read again after each store.
    const auto centre_features = [&rows, &root, centre = centre_.data(), firsts = first_.data(),
                                  seconds = second_.data(), out = centred_.data() + i * stride_,
                                  stride = stride_](Index c, Index numbers) {
      Pack first = simd::load(firsts + c), second = simd::load(seconds + c);
      for (Index r = 0; r < kAtOnce; ++r) {
        const Pack x = simd::load_up_to_as_double(numbers, rows[r] + c);
        const Pack value =
            simd::multiply<double>(root[r], simd::subtract<double>(x, simd::load(centre + c)));
        simd::store(out + r * stride + c, value);
        first = simd::multiply_add<double>(root[r], value, first);
        second = simd::multiply_add<double>(value, value, second);
      }
      simd::store(firsts + c, first);
      simd::store(seconds + c, second);
    };
    const Index whole = d_ / L * L, rest = d_ - whole;
    for (Index c = 0; c < whole; c += L) centre_features(c, L);
    if (rest > 0) centre_features(whole, rest);
  }

  void add_products_of(const double* rows, Index count, double* scatter) const {
    constexpr Index L = simd::kLanes<double>;
    for (Index b = 0; b < d_; b += 3 * L) {
      for (Index a = b / kTileRows * kTileRows; a < d_; a += kTileRows) {
        const Index vectors = (std::min(a + kTileRows, d_) - b + L - 1) / L;  // to the diagonal
        if (vectors == 1) add_tile<1>(rows, count, a, b, scatter);
        if (vectors == 2) add_tile<2>(rows, count, a, b, scatter);
        if (vectors >= 3) add_tile<3>(rows, count, a, b, scatter);
      }
    }
  }

  // The products of features a, a + 1, ... with B vectors of features from b on.
  template <int B>
  EIGEN_DONT_INLINE void add_tile(const double* row, Index count, Index a, Index b,
                                  double* scatter) const {
    constexpr Index L = simd::kLanes<double>;
    using Pack = simd::Pack<double>;
    // An addition waits for the one before: few sums are split, for even and odd rows.
    constexpr int kApart = kTileRows * B < 8 ? 2 : 1;
    static_assert(kAtOnce % kApart == 0);
    Pack sums[kApart][kTileRows][B];
    for (auto& tile : sums) {
      for (auto& vectors : tile) std::fill(vectors, vectors + B, simd::broadcast(0.0));
    }
    for (Index i = 0; i < count; i += kApart) {
      for (auto& tile : sums) {
        Pack right[B];
        for (int v = 0; v < B; ++v) right[v] = simd::load(row + b + v * L);
        for (Index s = 0; s < kTileRows; ++s) {
          const Pack left = simd::broadcast(row[a + s]);
          for (int v = 0; v < B; ++v)
            tile[s][v] = simd::multiply_add<double>(left, right[v], tile[s][v]);
        }
        row += stride_;
      }
    }
    for (Index s = 0; s < std::min(kTileRows, d_ - a); ++s) {
      for (int v = 0; v < B; ++v) {
        alignas(64) double lanes[L];
        simd::store(lanes, kApart == 1 ? sums[0][s][v]
                                       : simd::add<double>(sums[0][s][v], sums[kApart - 1][s][v]));
        double* const out = scatter + (a + s) * d_ + b + v * L;
        // The triangle above the diagonal may hold anything.
        const Index stored = d_ - b - v * L;
        if (stored >= L) {
          for (Index l = 0; l < L; ++l) out[l] += lanes[l];
        } else {
          for (Index l = 0; l < stored; ++l) out[l] += lanes[l];
        }
      }
    }
  }

  Index d_, stride_, count_ = 0;  // count_: of the active rows, rounded up to kAtOnce
  std::vector<const T*> rows_;
  AlignedArray<double> roots_;  // of the weights; 0 of the rows that are added at the end
  AlignedArray<double> centre_, first_, second_, centred_;
};

}  // namespace gaussmix
