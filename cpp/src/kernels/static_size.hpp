// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// use(std::integral_constant<int, d>()) for d in [1, kMost]: code for a size known when it is
/// compiled. A value-initialised result, such as nullptr, for any other d.
template <int kMost, class Use>
auto with_static_size(Index d, const Use& use) -> decltype(use(std::integral_constant<int, 1>())) {
  if constexpr (kMost >= 1) {
    if (d == kMost) return use(std::integral_constant<int, kMost>());
    return with_static_size<kMost - 1>(d, use);
  }
  return {};
}

}  // namespace gaussmix
