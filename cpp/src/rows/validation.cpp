// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/validation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "support/parallel.hpp"

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
  constexpr Index kNumbers = 4096;  // of a task
  const Index together = std::max<Index>(1, kNumbers / std::max<Index>(1, rows.columns));
  const Index tasks = (rows.rows + together - 1) / together;
  std::atomic<bool> all{true};
  const auto check = [&](Index task, int /*worker*/) {
    const Index first = task * together, count = std::min(together, rows.rows - first);
    const bool adjacent = rows.stride == rows.columns;  // then all rows are checked as one
    const Index checks = adjacent ? 1 : count, numbers = rows.columns * (adjacent ? count : 1);
    for (Index i = 0; i < checks && all; ++i) {
      if (!all_finite(rows.row(first + i), numbers)) all = false;
    }
  };
  Execution execution(n_threads);
  const auto operations = static_cast<double>(rows.rows) * static_cast<double>(rows.columns);
  parallel_for(execution, tasks, execution.workers(tasks, operations), check);
  return all;
}

template bool all_finite<float>(TableView<float>, int);
template bool all_finite<double>(TableView<double>, int);

}  // namespace gaussmix
