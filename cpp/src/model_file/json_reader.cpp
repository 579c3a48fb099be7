// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "gaussmix/model_file.hpp"
#include "model_file/json.hpp"
#include "model_file/utf8.hpp"

namespace gaussmix {
namespace {

constexpr int kDeepest = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto continuation = [&](unsigned shift) {
    return static_cast<char>(0x80U | (code_point >> shift & 0x3FU));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += {static_cast<char>(0xC0U | code_point >> 6U), continuation(0)};
  } else if (code_point < 0x10000) {
    out += {static_cast<char>(0xE0U | code_point >> 12U), continuation(6), continuation(0)};
  } else {
    out += {static_cast<char>(0xF0U | code_point >> 18U), continuation(12), continuation(6),
            continuation(0)};
  }
}

}  // namespace

void JsonReader::fail(const std::string& problem) const {
  throw ModelFileError(std::string(name_) + ", byte " + std::to_string(position_) + ": " + problem);
}

std::size_t JsonReader::position() {
  while (position_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
    ++position_;
  }
  return position_;
}

char JsonReader::peek() {
  if (position() == text_.size()) fail("the JSON text ends too early");
  return text_[position_];
}

void JsonReader::expect(char wanted) {
  if (peek() != wanted) fail(std::string("JSON should have '") + wanted + "' here");
  ++position_;
}

void JsonReader::end() {
  if (position() != text_.size()) fail("something follows the JSON value");
}

void JsonReader::open(char bracket) {
  expect(bracket);
  if (++depth_ > kDeepest) fail("JSON values nest too deep");
}

bool JsonReader::close_at_once(char bracket) {
  if (peek() != bracket) return false;
  ++position_;
  --depth_;
  return true;
}

bool JsonReader::continues(char bracket) {
  if (close_at_once(bracket)) return false;
  expect(',');
  return true;
}

void JsonReader::check_distinct(std::vector<std::string> keys) const {
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
    fail("a key occurs twice in the JSON object that ends here");
  }
}

bool JsonReader::accept(std::string_view word) {
  if (text_.substr(position(), word.size()) != word) return false;
  position_ += word.size();
  return true;
}

std::string JsonReader::string() {
  std::string out = string_with_surrogates();
  for (std::string_view rest = out; !rest.empty(); rest.remove_prefix(utf8_length(rest))) {
    if (begins_with_surrogate(rest)) fail("a JSON string has half of a surrogate pair");
  }
  return out;
}

std::string JsonReader::string_with_surrogates() {
  expect('"');
  std::string out;
  for (;;) {
    const std::string_view rest = text_.substr(position_);
    if (rest.empty()) fail("a JSON string does not end");
    if (rest[0] == '"') break;
    if (rest[0] == '\\') {
      escape(out);
      continue;
    }
    const std::size_t length = utf8_length(rest);
    if (length == 0 || begins_with_surrogate(rest)) fail("a JSON string is not UTF-8");
    if (length == 1 && rest[0] < ' ') fail("a control character is in a JSON string");
    out += rest.substr(0, length);
    position_ += length;
  }
  ++position_;
  return out;
}

void JsonReader::escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  ++position_;
  const char name = position_ < text_.size() ? text_[position_] : '\0';
  ++position_;
  if (const std::size_t i = kNames.find(name); i != std::string_view::npos) {
    out += kMeanings[i];
    return;
  }
  if (name != 'u') fail("JSON has no such escape");
  std::uint32_t code_point = code_unit();
  const bool high = code_point >= 0xD800 && code_point < 0xDC00;
  if (high && text_.substr(position_, 2) == "\\u") {
    const std::size_t after_high = position_;
    position_ += 2;
    const std::uint32_t low = code_unit();
    if (low >= 0xDC00 && low < 0xE000) {
      code_point = 0x10000 + ((code_point - 0xD800) << 10U) + (low - 0xDC00);
    } else {
      position_ = after_high;
    }
  }
  append_utf8(out, code_point);
}

std::uint32_t JsonReader::code_unit() {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i, ++position_) {
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    const char c = position_ < text_.size() ? text_[position_] : ' ';
    const std::size_t digit = kHex.find(c);
    if (digit == std::string_view::npos) fail("a JSON escape \\u needs four hexadecimal digits");
    value = value << 4U | static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
  }
  return value;
}

void JsonReader::digits() {
  if (position_ == text_.size() || !is_digit(text_[position_])) fail("a JSON number lacks a digit");
  while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
}

std::string_view JsonReader::number() {
  peek();
  const std::size_t begin = position_;
  const auto next_is_one_of = [&](std::string_view set) {
    const bool found =
        position_ < text_.size() && set.find(text_[position_]) != std::string_view::npos;
    if (found) ++position_;
    return found;
  };
  next_is_one_of("-");
  if (!next_is_one_of("0")) digits();
  if (next_is_one_of(".")) digits();
  if (next_is_one_of("eE")) {
    next_is_one_of("+-");
    digits();
  }
  return text_.substr(begin, position_ - begin);
}

std::int64_t JsonReader::integer() {
  const std::string_view token = number();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size()) {
    fail("a number is not an integer of 64 bits");
  }
  return value;
}

double JsonReader::real() {
  if (peek() == '"') {
    using Limits = std::numeric_limits<double>;
    const std::string name = string();
    if (name == "inf") return Limits::infinity();
    if (name == "-inf") return -Limits::infinity();
    if (name == "nan") return Limits::quiet_NaN();
    fail("a string stands where a number should");
  }
  const std::string_view token = number();
  double value = 0.0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc()) fail("a number does not fit into a double");
  return value;
}

bool JsonReader::boolean() {
  if (accept("true")) return true;
  if (!accept("false")) fail("JSON should have true or false here");
  return false;
}

void JsonReader::skip() {
  switch (peek()) {
    case '{':
      object([this](const std::string&) { skip(); });
      break;
    case '[':
      array([this] { skip(); });
      break;
    case '"':
      string();
      break;
    case 't':
    case 'f':
      boolean();
      break;
    case 'n':
      if (!accept("null")) fail("JSON should have null here");
      break;
    default:
      number();
  }
}

}  // namespace gaussmix
