// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace gaussmix {

/// A number of 4 or 8 bytes from its bytes, the lowest first. Compilers make a plain load of it.
template <class Number>
Number read_little_endian(const void* bytes) {
  using Bits = std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>;
  static_assert(sizeof(Number) == sizeof(Bits));
  const auto* const begin = static_cast<const unsigned char*>(bytes);
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i) bits |= static_cast<Bits>(begin[i]) << (8 * i);
  Number number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

/// Writes what read_little_endian reads.
template <class Number>
void write_little_endian(Number number, char* bytes) {
  using Bits = std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>;
  static_assert(sizeof(Number) == sizeof(Bits));
  Bits bits;
  std::memcpy(&bits, &number, sizeof bits);
  for (std::size_t i = 0; i < sizeof bits; ++i) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
  }
}

}  // namespace gaussmix
