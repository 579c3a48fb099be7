// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/validation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace gaussmix {
namespace {

// Without a branch, so that it becomes vector code; the sum is as wide as T for the same reason.
template <class T>
bool all_finite(const T* x, Index count) noexcept {
  using Count = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  Count others = 0;
  for (Index i = 0; i < count; ++i) {
    others |= static_cast<Count>(!(std::abs(x[i]) <= std::numeric_limits<T>::max()));
  }
  return others == 0;
}

}  // namespace

template <class T>
bool all_finite(TableView<T> rows) noexcept {
  constexpr Index kStretch = 4096;  // then it is worth a look whether to go on
  if (rows.stride == rows.columns) rows = {rows.data, 1, rows.rows * rows.columns};
  for (Index i = 0; i < rows.rows; ++i) {
    for (Index first = 0; first < rows.columns; first += kStretch) {
      const Index count = std::min(kStretch, rows.columns - first);
      if (!all_finite(rows.row(i) + first, count)) return false;
    }
  }
  return true;
}

template bool all_finite<float>(TableView<float>) noexcept;
template bool all_finite<double>(TableView<double>) noexcept;

}  // namespace gaussmix
