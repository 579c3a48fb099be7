// SPDX-License-Identifier: BSD-3-Clause
#include "model_file/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "gaussmix/model_file.hpp"

namespace gaussmix {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// The length of the UTF-8 sequence that `text` begins with, or 0 if it begins with none.
std::size_t sequence_length(std::string_view text) {
  constexpr std::array<unsigned, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const unsigned first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (first < 0xC0 || first > 0xF4 || text.size() < length) return 0;
  unsigned code_point = first & (0x7FU >> length);
  for (const char c : text.substr(1, length - 1)) {
    const unsigned next = static_cast<unsigned char>(c);
    if ((next & 0xC0U) != 0x80U) return 0;
    code_point = code_point << 6U | (next & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
  const bool sound = code_point >= kSmallest[length] && code_point < 0x110000 && !surrogate;
  return sound ? length : 0;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
    return;
  }
  unsigned shift = code_point < 0x800 ? 6 : code_point < 0x10000 ? 12 : 18;
  const std::uint32_t mark = shift == 6 ? 0xC0U : shift == 12 ? 0xE0U : 0xF0U;
  for (out += static_cast<char>(mark | code_point >> shift); shift > 0;) {
    shift -= 6;
    out += static_cast<char>(0x80U | (code_point >> shift & 0x3FU));
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 0xFU]};
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

void JsonReader::fail(const std::string& problem) const {
  throw ModelFileError(name_ + ", byte " + std::to_string(position_) + ": " + problem);
}

std::size_t JsonReader::position() {
  position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
  return position_;
}

bool JsonReader::accept(char wanted) {
  if (position() == text_.size()) fail("the JSON text ends too early");
  if (text_[position_] != wanted) return false;
  ++position_;
  return true;
}

void JsonReader::expect(char wanted) {
  if (!accept(wanted)) fail(std::string("JSON should have '") + wanted + "' here");
}

void JsonReader::end() {
  if (position() != text_.size()) fail("something follows the JSON value");
}

void JsonReader::check_distinct(std::vector<std::string> keys) const {
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
    fail("a key occurs twice in the JSON object that ends here");
  }
}

std::vector<std::uint64_t> JsonReader::sizes() {
  std::vector<std::uint64_t> found;
  sequence('[', ']', [&] { found.push_back(size()); });
  return found;
}

std::uint64_t JsonReader::size() {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  const std::string_view rest = text_.substr(position());
  const std::string_view token = rest.substr(0, rest.find_first_of(",] \t\r\n"));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  const bool leading_zero = token.size() > 1 && token[0] == '0';
  if (error != std::errc() || end != token.data() + token.size() || leading_zero ||
      value > kLargest) {
    fail("a number should be an integer from 0 to 2^63 - 1");
  }
  position_ += token.size();
  return value;
}

std::string JsonReader::string() {
  expect('"');
  std::string out;
  for (;;) {
    if (position_ == text_.size()) fail("a JSON string does not end");
    const char c = text_[position_];
    if (static_cast<unsigned char>(c) < 0x20) fail("a control character is in a JSON string");
    ++position_;
    if (c == '"') return out;
    if (c == '\\') {
      escape(out);
    } else {
      out += c;
    }
  }
}

void JsonReader::escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrtu", kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t name = position_ < text_.size() ? kNames.find(text_[position_]) : kNames.npos;
  if (name == kNames.npos) fail("JSON has no such escape");
  ++position_;
  if (name < kMeanings.size()) {
    out += kMeanings[name];
    return;
  }
  std::uint32_t code_point = code_unit();
  if (code_point >= 0xD800 && code_point < 0xE000) {
    std::uint32_t low = 0;
    if (code_point < 0xDC00 && text_.substr(position_, 2) == "\\u") {
      position_ += 2;
      low = code_unit();
    }
    if (low < 0xDC00 || low >= 0xE000) fail("a JSON string has half of a surrogate pair");
    code_point = 0x10000 + ((code_point - 0xD800) << 10U) + (low - 0xDC00);
  }
  append_utf8(out, code_point);
}

std::uint32_t JsonReader::code_unit() {
  const std::string_view digits = text_.substr(position_, 4);
  std::uint32_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  if (digits.size() < 4 || end != digits.data() + 4) {
    fail("a JSON escape \\u needs four hexadecimal digits");
  }
  position_ += 4;
  return value;
}

}  // namespace gaussmix
