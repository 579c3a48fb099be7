// SPDX-License-Identifier: BSD-3-Clause
#include "support/xxh64.hpp"

#include <array>
#include <cstddef>

#include "support/little_endian.hpp"

namespace gaussmix {
namespace {

constexpr std::size_t kStripe = 32;
using Lanes = std::array<std::uint64_t, kStripe / 8>;

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87U;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FU;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9U;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63U;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5U;

std::uint64_t rotate(std::uint64_t value, unsigned bits) {
  return value << bits | value >> (64 - bits);
}

// The names of the steps are those of the specification.
std::uint64_t round(std::uint64_t accumulator, std::uint64_t lane) {
  return rotate(accumulator + lane * kPrime2, 31) * kPrime1;
}

std::uint64_t merge_accumulator(std::uint64_t all, std::uint64_t accumulator) {
  return (all ^ round(0, accumulator)) * kPrime1 + kPrime4;
}

std::uint64_t avalanche(std::uint64_t all) {
  all = (all ^ all >> 33U) * kPrime2;
  all = (all ^ all >> 29U) * kPrime3;
  return all ^ all >> 32U;
}

void add_stripe(std::string_view stripe, Lanes& lanes) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    lanes[i] = round(lanes[i], read_little_endian<std::uint64_t>(stripe.data() + 8 * i));
  }
}

// The hash of a stream of `length` bytes, of which `rest` are the last, in no whole stripe.
std::uint64_t finish(std::uint64_t length, const Lanes& lanes, std::string_view rest) {
  std::uint64_t all = kPrime5;
  if (length >= kStripe) {
    all = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (const std::uint64_t lane : lanes) all = merge_accumulator(all, lane);
  }
  all += length;
  for (; rest.size() >= 8; rest.remove_prefix(8)) {
    all ^= round(0, read_little_endian<std::uint64_t>(rest.data()));
    all = rotate(all, 27) * kPrime1 + kPrime4;
  }
  if (rest.size() >= 4) {
    all ^= read_little_endian<std::uint32_t>(rest.data()) * kPrime1;
    all = rotate(all, 23) * kPrime2 + kPrime3;
    rest.remove_prefix(4);
  }
  for (const char byte : rest) {
    all ^= static_cast<unsigned char>(byte) * kPrime5;
    all = rotate(all, 11) * kPrime1;
  }
  return avalanche(all);
}

}  // namespace

std::uint64_t xxh64(std::initializer_list<std::string_view> pieces) {
  Lanes lanes{kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  std::uint64_t length = 0;
  std::array<char, kStripe> stripe;  // that a piece began
  std::size_t begun = 0;
  for (std::string_view piece : pieces) {
    length += piece.size();
    if (begun > 0) {
      const std::string_view next = piece.substr(0, kStripe - begun);
      begun += next.copy(stripe.data() + begun, next.size());
      piece.remove_prefix(next.size());
      if (begun < kStripe) continue;
      add_stripe({stripe.data(), kStripe}, lanes);
    }
    for (; piece.size() >= kStripe; piece.remove_prefix(kStripe)) add_stripe(piece, lanes);
    begun = piece.copy(stripe.data(), piece.size());
  }
  return finish(length, lanes, {stripe.data(), begun});
}

}  // namespace gaussmix
