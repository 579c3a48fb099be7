// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace gaussmix {

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw (2011): 128 random
/// bits, a function of a counter and a key. No state, so any thread can make any draw.
inline std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) noexcept {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32U) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32U) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

/// What a draw is for; draws for different purposes are independent.
enum class Purpose : std::uint32_t { responsibilities, rows, centres, sample, swaps, clusterings };

/// The random numbers of one start: draw number `index` is a function of (seed, start, purpose,
/// index) alone.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint32_t start, Purpose purpose,
               std::uint32_t substream = 0) noexcept
      : seed_(seed), start_(start), tag_(static_cast<std::uint32_t>(purpose) << 24U | substream) {}

  /// Uniform on the open interval (0, 1): the midpoints of 2^52 equal parts.
  double uniform(std::uint64_t index) const noexcept {
    const auto bits = philox4x32_10(
        {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32U), start_, tag_},
        {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32U)});
    const std::uint64_t word = std::uint64_t{bits[1]} << 32U | bits[0];
    return (static_cast<double>(word >> 12U) + 0.5) * 0x1p-52;
  }

 private:
  std::uint64_t seed_;
  std::uint32_t start_, tag_;
};

}  // namespace gaussmix
