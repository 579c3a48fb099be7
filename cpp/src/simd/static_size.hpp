// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// use(std::integral_constant<int, d>()) for d in [1, kMost], so that its code is compiled for each
/// size. For any other d a value-initialised result, such as nullptr.
template <int kMost, class Use>
auto with_static_size(Index d, const Use& use) -> decltype(use(std::integral_constant<int, 1>())) {
  if constexpr (kMost >= 1) {
    if (d == kMost) return use(std::integral_constant<int, kMost>());
    return with_static_size<kMost - 1>(d, use);
  }
  return {};
}

template <class Use, int... kNumbers>
void for_each_number(const Use& use, std::integer_sequence<int, kNumbers...> /*numbers*/) {
  (use(std::integral_constant<int, kNumbers>()), ...);
}
/// use(std::integral_constant<int, i>()) for i in [0, N): an unrolled loop. Compilers unroll late,
/// and may keep an array of vectors in memory until then.
template <int N, class Use>
void unrolled(const Use& use) {
  for_each_number(use, std::make_integer_sequence<int, N>());
}

}  // namespace gaussmix
