// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace gaussmix {

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw (2011): the block of
/// random bits that belongs to a counter and a key. No state, so any draw can be made by any
/// thread.
std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) noexcept;

/// What a draw is for; draws for different purposes are independent.
enum class Purpose : std::uint32_t { responsibilities, rows, centres, sample, swaps };

/// The random numbers of one start: draw number `index` is a function of (seed, start, purpose,
/// index) alone.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint32_t start, Purpose purpose,
               std::uint32_t substream = 0) noexcept
      : seed_(seed), start_(start), tag_(static_cast<std::uint32_t>(purpose) << 24U | substream) {}

  /// Uniform on the open interval (0, 1): the midpoints of 2^52 equal parts.
  double uniform(std::uint64_t index) const noexcept;

 private:
  std::uint64_t seed_;
  std::uint32_t start_, tag_;
};

}  // namespace gaussmix
