// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/linalg/upper_triangle.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>

#include "rows/blocks.hpp"
#include "simd/simd.hpp"
#include "simd/static_size.hpp"

namespace gaussmix {
namespace {

using Pack = simd::Pack<double>;
constexpr Index L = simd::kLanes<double>;

// Rows are made in groups of so many, in tiles of so many vectors: their sums stay in registers.
constexpr int kGroup = 4;
constexpr int kVectors = simd::kUnroll<double> == 4 ? 4 : 3;

// What lies between panels of so many rows is the business of matrix products.
constexpr Index kPanel = 128;
static_assert(kPanel % kGroup == 0 && kPanel % L == 0);

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;

// A tile: V vectors of each row of a group.
template <int V>
using Tile = Pack[kGroup][V];

// sums[q] = sum_m left[m step + q across] times row m of `right`, over `count` rows that lie
// `stride` apart.
template <int V>
EIGEN_ALWAYS_INLINE void sum_products(const double* left, Index step, Index across,
                                      const double* right, Index stride, Index count,
                                      Tile<V>& sums) {
  for (auto& row : sums) std::fill(row, row + V, simd::broadcast(0.0));
  for (Index m = 0; m < count; ++m, left += step, right += stride) {
    Pack x[V];
    for (int v = 0; v < V; ++v) x[v] = simd::load(right + v * L);
    for (Index q = 0; q < kGroup; ++q) {
      const Pack factor = simd::broadcast(left[q * across]);
      for (int v = 0; v < V; ++v) sums[q][v] = simd::multiply_add<double>(factor, x[v], sums[q][v]);
    }
  }
}

// The corner of R that belongs to a group: its entries above the diagonal, negated, and the
// diagonal (where it is made) and its inverse.
struct Corner {
  double minus_above[kGroup][kGroup];
  double diagonal[kGroup], inverse[kGroup];
};

// Vector c, c + 1, ... of row r of the identity.
Pack identity(Index r, Index c) {
  alignas(64) double numbers[L] = {};
  if (r >= c && r < c + L) numbers[r - c] = 1.0;
  return simd::load(numbers);
}

// R, upper triangular, with R^T R = a; and then solutions of R X = B, in the same place. There are
// rows and columns of the identity past the last, to the end of a group and of a vector.
class UpperTriangle {
 public:
  UpperTriangle(Index d, const double* a)
      : size_((d + kSide - 1) / kSide * kSide), stride_(column_stride<double>(size_)) {
    numbers_.assign(size_ * stride_, 0.0);
    for (Index r = 0; r < size_; ++r) {
      if (r < d) std::copy(a + r * d + r, a + (r + 1) * d, row(r) + r);
      if (r >= d) row(r)[r] = 1.0;
    }
  }

  // a becomes R. False where it is not positive definite.
  bool factorize(const KeepGoing& keep_going) {
    for (Index first = 0; first < size_; first += kPanel) {
      if (!keep_going()) return false;
      const Index end = std::min(first + kPanel, size_);
      if (first > 0) free_panel(first, end);
      for (Index i = first; i < end; i += kGroup) {
        if (!factorize_group(i, first)) return false;
      }
    }
    return true;
  }

  // R becomes X with R X = B: x_i = (b_i - sum_{m > i} r_im x_m) / r_ii, from the last row up. B is
  // upper triangular; b(r, c) is its vector c, c + 1, ... of row r, for all that R has.
  template <class RightHandSide>
  bool solve(const RightHandSide& b, const KeepGoing& keep_going) {
    for (Index first = (size_ - 1) / kPanel * kPanel; first >= 0; first -= kPanel) {
      if (!keep_going()) return false;
      const Index end = std::min(first + kPanel, size_);
      if (end < size_) multiply_solved(first, end);
      for (Index i = end - kGroup; i >= first; i -= kGroup) solve_group(i, end, b);
    }
    return true;
  }

  void copy_to(double* out, Index d) const {
    for (Index r = 0; r < d; ++r) std::copy_n(row(r), d, out + r * d);
  }

 private:
  static constexpr Index kSide = std::max<Index>(kGroup, L);

  double* row(Index r) { return numbers_.data() + r * stride_; }
  const double* row(Index r) const { return numbers_.data() + r * stride_; }
  Rows rows(Index first, Index end, Index first_column, Index end_column) {
    return {row(first) + first_column, end - first, end_column - first_column,
            Eigen::OuterStride<>(stride_)};
  }

  // use(V, c) for tiles of V vectors from column c on, which together reach from the vector that
  // has column `first` to the last, from right to left.
  template <class Use>
  void for_each_tile(Index first, const Use& use) {
    const Index start = first / L * L;
    for (Index left = (size_ - start) / L; left > 0; left -= std::min<Index>(left, kVectors)) {
      with_static_size<kVectors>(std::min<Index>(left, kVectors), [&](auto vectors) {
        use(vectors, start + (left - vectors()) * L);
        return true;
      });
    }
  }

  // Frees the rows of a panel of those above.
  void free_panel(Index first, Index end) {
    const auto above = rows(0, first, first, end).transpose();
    rows(first, end, first, end).triangularView<Eigen::Upper>() -=
        above * rows(0, first, first, end);
    if (end < size_) {
      rows(first, end, end, size_).noalias() -= above * rows(0, first, end, size_);
    }
  }

  // Past the panel's end, its rows become their products with the rows of X below, negated.
  void multiply_solved(Index first, Index end) {
    const Matrix beside = -rows(first, end, end, size_);
    rows(first, end, end, size_).noalias() =
        beside * rows(end, size_, end, size_).triangularView<Eigen::Upper>();
  }

  // Frees the rows of a group of those above, of the same panel, and then of each other.
  bool factorize_group(Index i, Index panel) {
    for_each_tile(i, [&](auto vectors, Index c) {
      Tile<vectors()> sums;
      sum_products<vectors()>(row(panel) + i, stride_, 1, row(panel) + c, stride_, i - panel, sums);
      unrolled<kGroup>([&](auto q) {
        unrolled<vectors()>([&](auto v) {
          double* const at = row(i + q()) + c + v() * L;
          simd::store(at, simd::subtract<double>(simd::load(at), sums[q()][v()]));
        });
      });
    });
    Corner corner;
    if (!factorize_corner(i, corner)) return false;
    for_each_tile(i, [&](auto vectors, Index c) {
      for (int v = 0; v < vectors(); ++v) {
        Pack x[kGroup];
        for (Index q = 0; q < kGroup; ++q) {
          double* const at = row(i + q) + c + v * L;
          x[q] = simd::load(at);
          for (Index p = 0; p < q; ++p) {
            const Pack factor = simd::broadcast(corner.minus_above[p][q]);
            x[q] = simd::multiply_add<double>(factor, x[p], x[q]);
          }
          x[q] = simd::multiply<double>(x[q], simd::broadcast(corner.inverse[q]));
          simd::store(at, x[q]);
        }
      }
    });
    // What is left of a lost pivot is the rounding of its sums, which is another one for vectors:
    // the pivot that was tested is the one that counts.
    for (Index q = 0; q < kGroup; ++q) row(i + q)[i + q] = corner.diagonal[q];
    return true;
  }

  bool factorize_corner(Index i, Corner& corner) const {
    for (Index p = 0; p < kGroup; ++p) {
      for (Index q = p; q < kGroup; ++q) {
        double rest = row(i + p)[i + q];
        for (Index m = 0; m < p; ++m) rest -= corner.minus_above[m][p] * corner.minus_above[m][q];
        if (q == p) {
          if (!(rest > 0.0 && std::isfinite(rest))) return false;
          corner.diagonal[p] = std::sqrt(rest);
          corner.inverse[p] = 1.0 / corner.diagonal[p];
        } else {
          corner.minus_above[p][q] = -rest * corner.inverse[p];
        }
      }
    }
    return true;
  }

  // Up to `end`, the end of their panel, the rows of a group are of R; past it, they are what is to
  // be added to the right-hand side.
  template <class RightHandSide>
  void solve_group(Index i, Index end, const RightHandSide& b) {
    Corner corner;
    for (Index p = 0; p < kGroup; ++p) {
      const double* const at = row(i + p) + i;
      std::transform(at, at + kGroup, corner.minus_above[p], std::negate<>());
      corner.inverse[p] = 1.0 / at[p];
    }
    const Index below = i + kGroup;
    for_each_tile(i, [&](auto vectors, Index c) {
      constexpr int V = vectors();
      Tile<V> x;
      const Index last = std::min(c + V * L, end);
      sum_products<V>(row(i) + below, 1, stride_, row(below) + c, stride_, last - below, x);
      unrolled<kGroup>([&](auto from_last) {
        constexpr int q = kGroup - 1 - from_last();
        const Pack inverse = simd::broadcast(corner.inverse[q]);
        unrolled<V>([&](auto v) {
          const Index column = c + v() * L;
          double* const at = row(i + q) + column;
          Pack rest = simd::subtract<double>(b(i + q, column), x[q][v()]);
          if (column >= end) rest = simd::add<double>(rest, simd::load(at));
          unrolled<from_last()>([&](auto from_q) {
            constexpr int p = q + 1 + from_q();
            const Pack factor = simd::broadcast(corner.minus_above[q][p]);
            rest = simd::multiply_add<double>(factor, x[p][v()], rest);
          });
          x[q][v()] = simd::multiply<double>(rest, inverse);
          simd::store(at, x[q][v()]);
        });
      });
    });
  }

  Index size_, stride_;
  AlignedArray<double> numbers_;
};

}  // namespace

bool inverse_cholesky(Index d, const double* a, double* inverse, const KeepGoing& keep_going) {
  UpperTriangle triangle(d, a);
  if (!triangle.factorize(keep_going) || !triangle.solve(identity, keep_going)) return false;
  triangle.copy_to(inverse, d);
  const Eigen::Map<const Eigen::ArrayXd> numbers(inverse, d * d);
  return (0.0 * numbers).sum() == 0.0;  // all are finite: Eigen's allFinite takes one at a time
}

bool solve_upper(Index d, const double* r, const double* b, double* solution,
                 const KeepGoing& keep_going) {
  const auto right_hand_side = [d, b](Index row, Index column) {
    if (row >= d || column >= d) return simd::broadcast(0.0);
    return simd::load_up_to(d - column, b + row * d + column);
  };
  UpperTriangle triangle(d, r);
  if (!triangle.solve(right_hand_side, keep_going)) return false;
  triangle.copy_to(solution, d);
  return true;
}

}  // namespace gaussmix
