// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "rows/blocks.hpp"
#include "simd/simd.hpp"
#include "simd/static_size.hpp"

namespace gaussmix {

static_assert(kRowMultiple % (simd::kUnroll<float> * simd::kLanes<float>) == 0);
static_assert(kRowMultiple % (simd::kUnroll<double> * simd::kLanes<double>) == 0);

namespace {

// Of rows without gaps between them. Compilers make shuffles of it.
template <int D, class T>
void transpose_adjacent_rows(const T* rows, Index count, Index stride, T* out) {
  T* columns[D];
  for (int c = 0; c < D; ++c) columns[c] = out + c * stride;
  for (Index i = 0; i < count; ++i) {
    for (int c = 0; c < D; ++c) columns[c][i] = rows[i * D + c];
  }
}

}  // namespace

template <class T>
void transpose_rows(const RowSequence<T>& sequence, Index first, Index rows, Index length,
                    Index stride, T* out) {
  constexpr Index L = simd::kLanes<T>, kAhead = std::max<Index>(16, 2 * L);
  const Index d = sequence.table.columns;
  const auto row_or_last = [&](Index i) { return sequence.row(first + std::min(i, rows - 1)); };
  const bool adjacent = sequence.order == nullptr && sequence.table.stride == d;
  const bool transposed = adjacent && with_static_size<4>(d, [&](auto size) {
                            transpose_adjacent_rows<size()>(sequence.row(first), rows, stride, out);
                            return true;
                          });
  for (Index c = 0; c < d && transposed; ++c) {
    std::fill(out + c * stride + rows, out + c * stride + length, row_or_last(rows)[c]);
  }
  if (transposed) return;
  for (Index i = 0; i < length; i += L) {
    const T* row[L];
    for (Index r = 0; r < L; ++r) row[r] = row_or_last(i + r);
    // In an order of their own, rows come from anywhere.
    for (Index r = 0; r < L; ++r) simd::prefetch(d, row_or_last(i + kAhead + r));
    if (2 * d < L) {  // most of a square would be empty
      for (Index c = 0; c < d; ++c) {
        for (Index r = 0; r < L; ++r) out[c * stride + i + r] = row[r][c];
      }
      continue;
    }
    for (Index c = 0; c < d; c += L) {
      simd::Pack<T> square[L];
      for (Index r = 0; r < L; ++r) square[r] = simd::load_up_to(d - c, row[r] + c);
      simd::transpose<T>(square);
      for (Index r = 0; r < std::min(L, d - c); ++r) {
        simd::store(out + (c + r) * stride + i, square[r]);
      }
    }
  }
}

template void transpose_rows<float>(const RowSequence<float>&, Index, Index, Index, Index, float*);
template void transpose_rows<double>(const RowSequence<double>&, Index, Index, Index, Index,
                                     double*);

}  // namespace gaussmix
