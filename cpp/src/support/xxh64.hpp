// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace gaussmix {

/// XXH64 with seed 0, a 64-bit hash, of the bytes of all pieces one after another.
///
/// Collet, "xxHash fast digest algorithm", version 0.1.1 (2018), doc/xxhash_spec.md of xxHash.
std::uint64_t xxh64(std::initializer_list<std::string_view> pieces);

}  // namespace gaussmix
