// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/validation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "parallel.hpp"

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
bool all_finite(TableView<T> rows, int n_threads) {
  constexpr Index kStretch = 4096;  // numbers, after which it is worth a look whether to go on
  if (rows.stride == rows.columns) rows = {rows.data, 1, rows.rows * rows.columns};
  const Index stretches = (rows.columns + kStretch - 1) / kStretch;
  std::atomic<bool> all{true};
  Execution execution(n_threads);
  const Index tasks = rows.rows * stretches;
  const auto operations = static_cast<double>(rows.rows) * static_cast<double>(rows.columns);
  parallel_for(execution, tasks, execution.workers(tasks, operations), [&](Index task, int) {
    const Index row = task / stretches, first = task % stretches * kStretch;
    if (!all) return;
    if (!all_finite(rows.row(row) + first, std::min(kStretch, rows.columns - first))) all = false;
  });
  return all;
}

template bool all_finite<float>(TableView<float>, int);
template bool all_finite<double>(TableView<double>, int);

}  // namespace gaussmix
