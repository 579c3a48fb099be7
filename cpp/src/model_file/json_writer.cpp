// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "model_file/json.hpp"
#include "model_file/utf8.hpp"

namespace gaussmix {
namespace {

void append_code_unit(std::string& out, unsigned value) {
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += "0123456789abcdef"[value >> shift & 0xFU];
}

template <class Number>
void append_digits(std::string& out, Number value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

// The first value, and what follows a bracket or a key, have no comma before them.
void JsonWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  string(name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  append_string(value);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_digits(text_, value);
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (std::isnan(value)) return string("nan");
  if (std::isinf(value)) return string(value > 0.0 ? "inf" : "-inf");
  separate();
  append_digits(text_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

void JsonWriter::append_string(std::string_view value) {
  text_ += '"';
  while (!value.empty()) {
    const std::size_t length = utf8_length(value);
    if (length == 0) throw std::invalid_argument("a text is not UTF-8");
    const auto byte = [&](std::size_t i) -> unsigned {
      return static_cast<unsigned char>(value[i]);
    };
    if (value[0] == '"' || value[0] == '\\') {
      text_ += {'\\', value[0]};
    } else if (byte(0) < 0x20) {
      append_code_unit(text_, byte(0));
    } else if (begins_with_surrogate(value)) {
      append_code_unit(text_, 0xD000U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU));
    } else {
      text_ += value.substr(0, length);
    }
    value.remove_prefix(length);
  }
  text_ += '"';
}

}  // namespace gaussmix
