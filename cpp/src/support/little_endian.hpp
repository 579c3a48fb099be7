// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstring>

namespace gaussmix {

/// An unsigned integer from its bytes, the lowest first. Compilers make a plain load of it.
template <class Unsigned>
Unsigned read_little_endian(const void* bytes) {
  const auto* const begin = static_cast<const unsigned char*>(bytes);
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value |= static_cast<Unsigned>(begin[i]) << (8 * i);
  }
  return value;
}

/// A floating-point number from the bytes of the unsigned integer with its bits.
template <class Float, class Unsigned>
Float read_float(const void* bytes) {
  static_assert(sizeof(Float) == sizeof(Unsigned));
  const auto bits = read_little_endian<Unsigned>(bytes);
  Float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Writes what read_little_endian reads.
template <class Unsigned>
void write_little_endian(Unsigned value, char* bytes) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

/// Writes what read_float reads.
template <class Unsigned, class Float>
void write_float(Float value, char* bytes) {
  static_assert(sizeof(Float) == sizeof(Unsigned));
  Unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  write_little_endian(bits, bytes);
}

}  // namespace gaussmix
