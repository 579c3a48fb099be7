// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "accumulate.hpp"

namespace gaussmix {

/// The first responsibilities of start number `start`, as InitParams says; they depend on the
/// data, the seed and that number alone.
/// \throws Interrupted
template <class T>
std::unique_ptr<const ResponsibilitySource<T>> first_responsibilities(
    Execution& execution, const Dataset<T>& data, Index k, InitParams init_params,
    std::uint64_t seed, std::uint32_t start);

}  // namespace gaussmix
