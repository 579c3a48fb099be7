// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gaussmix {

/// XXH64 with seed 0, a 64-bit hash of bytes that come in pieces.
///
/// Collet, "xxHash fast digest algorithm", version 0.1.1 (2018), doc/xxhash_spec.md of xxHash.
class Xxh64 {
 public:
  Xxh64();
  void add(std::string_view bytes);
  /// The hash of all bytes added so far.
  std::uint64_t value() const;

 private:
  static constexpr std::size_t kStripe = 32;

  void add_stripe(std::string_view stripe);

  std::array<std::uint64_t, 4> lanes_;
  std::array<char, kStripe> rest_{};  // of the bytes, those that fill no stripe yet
  std::size_t rest_size_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace gaussmix
