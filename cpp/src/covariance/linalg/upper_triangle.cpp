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

// Rows are computed in groups, in tiles of up to kVectors vectors, whose sums stay in registers.
constexpr int kGroup = 4;
constexpr int kVectors = simd::kUnroll<double> == 4 ? 4 : 3;

// Panels of so many rows are updated by matrix products.
constexpr Index kPanel = 128;
static_assert(kPanel % kGroup == 0 && kPanel % L == 0);

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;

template <int V>
using Tile = Pack[kGroup][V];

// product = left right, where left(q, m) = left[q row_step + m column_step], and `right` has
// `count` rows that lie `stride` apart.
template <int V>
EIGEN_ALWAYS_INLINE void multiply(const double* left, Index row_step, Index column_step,
                                  const double* right, Index stride, Index count,
                                  Tile<V>& product) {
  for (auto& row : product) std::fill_n(row, V, simd::broadcast(0.0));
  for (Index m = 0; m < count; ++m, left += column_step, right += stride) {
    Pack x[V];
    for (int v = 0; v < V; ++v) x[v] = simd::load(right + v * L);
    for (Index q = 0; q < kGroup; ++q) {
      const Pack factor = simd::broadcast(left[q * row_step]);
      for (int v = 0; v < V; ++v) {
        product[q][v] = simd::multiply_add<double>(factor, x[v], product[q][v]);
      }
    }
  }
}

// The diagonal block of R in a group's rows: its entries above the diagonal, negated, the diagonal
// (set when R is computed), and the inverse of the diagonal.
struct DiagonalBlock {
  double minus_above[kGroup][kGroup];
  double diagonal[kGroup], inverse[kGroup];
};

// Columns c, c + 1, ... of row r of the identity.
Pack identity(Index r, Index c) {
  alignas(64) double numbers[L] = {};
  if (r >= c && r < c + L) numbers[r - c] = 1.0;
  return simd::load(numbers);
}

// An upper triangular matrix R, which the solution X of R X = B overwrites. Rows and columns of the
// identity follow the last, up to whole groups and vectors.
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

  // Overwrites `a` with R, R^T R = a; false if a is not positive definite.
  bool factorize(const KeepGoing& keep_going) {
    for (Index first = 0; first < size_; first += kPanel) {
      if (!keep_going()) return false;
      const Index end = std::min(first + kPanel, size_);
      if (first > 0) subtract_rows_above(first, end);
      for (Index i = first; i < end; i += kGroup) {
        if (!factorize_group(i, first)) return false;
      }
    }
    return true;
  }

  // Overwrites R with X, R X = B: x_i = (b_i - sum_{m > i} r_im x_m) / r_ii, from the last row up.
  // B is upper triangular; b(r, c) gives columns c, c + 1, ... of its row r, for all rows of R.
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

  void copy_to(double* out, Index d) { Eigen::Map<Matrix>(out, d, d) = rows(0, d, 0, d); }

 private:
  static constexpr Index kSide = std::max<Index>(kGroup, L);

  double* row(Index r) { return numbers_.data() + r * stride_; }
  const double* row(Index r) const { return numbers_.data() + r * stride_; }
  Rows rows(Index first, Index end, Index first_column, Index end_column) {
    return {row(first) + first_column, end - first, end_column - first_column,
            Eigen::OuterStride<>(stride_)};
  }

  // Calls use(V, c) for tiles of V vectors from column c on, from the right end to the vector that
  // holds column `first`.
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

  // Subtracts R^T R of the rows above a panel from its rows.
  void subtract_rows_above(Index first, Index end) {
    const auto above = rows(0, first, first, end).transpose();
    rows(first, end, first, end).triangularView<Eigen::Upper>() -=
        above * rows(0, first, first, end);
    if (end < size_) {
      rows(first, end, end, size_).noalias() -= above * rows(0, first, end, size_);
    }
  }

  // Past the panel's end, overwrites its rows with minus their product with the rows of X below.
  void multiply_solved(Index first, Index end) {
    const Matrix beside = -rows(first, end, end, size_);
    rows(first, end, end, size_).noalias() =
        beside * rows(end, size_, end, size_).triangularView<Eigen::Upper>();
  }

  // Subtracts R^T R of the rows above in the panel from a group's rows, then eliminates within it.
  bool factorize_group(Index i, Index panel) {
    for_each_tile(i, [&](auto vectors, Index c) {
      Tile<vectors()> product;
      multiply<vectors()>(row(panel) + i, 1, stride_, row(panel) + c, stride_, i - panel, product);
      unrolled<kGroup>([&](auto q) {
        unrolled<vectors()>([&](auto v) {
          double* const out = row(i + q()) + c + v() * L;
          simd::store(out, simd::subtract<double>(simd::load(out), product[q()][v()]));
        });
      });
    });
    DiagonalBlock block;
    if (!factorize_block(i, block)) return false;
    for_each_tile(i, [&](auto vectors, Index c) {
      for (int v = 0; v < vectors(); ++v) {
        Pack x[kGroup];
        for (Index q = 0; q < kGroup; ++q) {
          double* const out = row(i + q) + c + v * L;
          x[q] = simd::load(out);
          for (Index p = 0; p < q; ++p) {
            const Pack factor = simd::broadcast(block.minus_above[p][q]);
            x[q] = simd::multiply_add<double>(factor, x[p], x[q]);
          }
          x[q] = simd::multiply<double>(x[q], simd::broadcast(block.inverse[q]));
          simd::store(out, x[q]);
        }
      }
    });
    // Vectors round differently from the scalar code, and a pivot may be rounding errors alone:
    // keep the one that was tested.
    for (Index q = 0; q < kGroup; ++q) row(i + q)[i + q] = block.diagonal[q];
    return true;
  }

  bool factorize_block(Index i, DiagonalBlock& block) const {
    for (Index p = 0; p < kGroup; ++p) {
      for (Index q = p; q < kGroup; ++q) {
        double rest = row(i + p)[i + q];
        for (Index m = 0; m < p; ++m) rest -= block.minus_above[m][p] * block.minus_above[m][q];
        if (q == p) {
          if (!(rest > 0.0 && std::isfinite(rest))) return false;
          block.diagonal[p] = std::sqrt(rest);
          block.inverse[p] = 1.0 / block.diagonal[p];
        } else {
          block.minus_above[p][q] = -rest * block.inverse[p];
        }
      }
    }
    return true;
  }

  // Up to column `end`, the end of the panel, the group's rows are still R's; past it, they are to
  // be added to the right-hand side.
  template <class RightHandSide>
  void solve_group(Index i, Index end, const RightHandSide& b) {
    DiagonalBlock block;
    for (Index p = 0; p < kGroup; ++p) {
      const double* const entries = row(i + p) + i;
      std::transform(entries, entries + kGroup, block.minus_above[p], std::negate<>());
      block.inverse[p] = 1.0 / entries[p];
    }
    const Index below = i + kGroup;
    for_each_tile(i, [&](auto vectors, Index c) {
      constexpr int V = vectors();
      Tile<V> x;
      const Index last = std::min(c + V * L, end);
      multiply<V>(row(i) + below, stride_, 1, row(below) + c, stride_, last - below, x);
      unrolled<kGroup>([&](auto from_last) {
        constexpr int q = kGroup - 1 - from_last();
        const Pack inverse = simd::broadcast(block.inverse[q]);
        unrolled<V>([&](auto v) {
          const Index column = c + v() * L;
          double* const out = row(i + q) + column;
          Pack rest = simd::subtract<double>(b(i + q, column), x[q][v()]);
          if (column >= end) rest = simd::add<double>(rest, simd::load(out));
          unrolled<from_last()>([&](auto from_q) {
            constexpr int p = q + 1 + from_q();
            const Pack factor = simd::broadcast(block.minus_above[q][p]);
            rest = simd::multiply_add<double>(factor, x[p][v()], rest);
          });
          x[q][v()] = simd::multiply<double>(rest, inverse);
          simd::store(out, x[q][v()]);
        });
      });
    });
  }

  Index size_, stride_;
  AlignedArray<double> numbers_;
};

// The same of few rows, which need neither vectors nor memory.
template <int d>
bool small_inverse_cholesky(const double* a, double* inverse) {
  double r[d][d], reciprocal[d];
  double sum = 0.0;
  for (int i = 0; i < d; ++i) {
    for (int j = i; j < d; ++j) {
      double rest = a[i * d + j];
      for (int m = 0; m < i; ++m) rest -= r[m][i] * r[m][j];
      if (j > i) {
        r[i][j] = rest * reciprocal[i];
      } else if (rest > 0.0 && std::isfinite(rest)) {
        reciprocal[i] = 1.0 / std::sqrt(rest);
      } else {
        return false;
      }
    }
  }
  for (int i = d - 1; i >= 0; --i) {
    for (int j = 0; j < i; ++j) inverse[i * d + j] = 0.0;
    inverse[i * d + i] = reciprocal[i];
    for (int j = i + 1; j < d; ++j) {
      double rest = 0.0;
      for (int m = i + 1; m <= j; ++m) rest -= r[i][m] * inverse[m * d + j];
      inverse[i * d + j] = rest * reciprocal[i];
      sum += 0.0 * inverse[i * d + j];
    }
    sum += 0.0 * reciprocal[i];
  }
  return sum == 0.0;  // all are finite
}

}  // namespace

bool inverse_cholesky(Index d, const double* a, double* inverse, const KeepGoing& keep_going) {
  constexpr int kSmall = 8;
  if (d <= kSmall) {
    return with_static_size<kSmall>(
        d, [=](auto size) { return small_inverse_cholesky<size()>(a, inverse); });
  }
  UpperTriangle triangle(d, a);
  if (!triangle.factorize(keep_going) || !triangle.solve(identity, keep_going)) return false;
  triangle.copy_to(inverse, d);
  const Eigen::Map<const Eigen::ArrayXd> numbers(inverse, d * d);
  return (0.0 * numbers).sum() == 0.0;  // all are finite; Eigen's allFinite is not vectorised
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
