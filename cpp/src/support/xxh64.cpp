// SPDX-License-Identifier: BSD-3-Clause
#include "support/xxh64.hpp"

#include <algorithm>

#include "support/little_endian.hpp"

namespace gaussmix {
namespace {

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

}  // namespace

Xxh64::Xxh64() : lanes_{kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1} {}

void Xxh64::add_stripe(std::string_view stripe) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i] = round(lanes_[i], read_little_endian<std::uint64_t>(stripe.data() + 8 * i));
  }
}

void Xxh64::add(std::string_view bytes) {
  length_ += bytes.size();
  if (rest_size_ > 0) {
    const std::size_t taken = std::min(kStripe - rest_size_, bytes.size());
    std::copy_n(bytes.begin(), taken, rest_.begin() + rest_size_);
    bytes.remove_prefix(taken);
    rest_size_ += taken;
    if (rest_size_ < kStripe) return;
    add_stripe({rest_.data(), kStripe});
  }
  for (; bytes.size() >= kStripe; bytes.remove_prefix(kStripe)) add_stripe(bytes);
  std::copy(bytes.begin(), bytes.end(), rest_.begin());
  rest_size_ = bytes.size();
}

std::uint64_t Xxh64::value() const {
  std::uint64_t all = kPrime5;
  if (length_ >= kStripe) {
    all =
        rotate(lanes_[0], 1) + rotate(lanes_[1], 7) + rotate(lanes_[2], 12) + rotate(lanes_[3], 18);
    for (const std::uint64_t lane : lanes_) all = merge_accumulator(all, lane);
  }
  all += length_;
  std::string_view rest(rest_.data(), rest_size_);
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

}  // namespace gaussmix
