// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

namespace gaussmix {

/// The length of the UTF-8 sequence that `text` begins with, or 0 if it begins with none
/// (The Unicode Standard, table 3-7, but with surrogates, which Python's strings may hold).
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(2)) return 0;
  if (first < 0xF0) return first == 0xE0 && second < 0xA0 ? 0 : 3;
  const bool in_range = !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second > 0x8F);
  return continues(3) && in_range ? 4 : 0;
}

/// Whether `text`, which begins with a sequence of UTF-8, begins with a surrogate.
inline bool begins_with_surrogate(std::string_view text) {
  return static_cast<unsigned char>(text[0]) == 0xED && static_cast<unsigned char>(text[1]) >= 0xA0;
}

}  // namespace gaussmix
