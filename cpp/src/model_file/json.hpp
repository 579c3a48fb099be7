// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gaussmix {

/// Reads the JSON (RFC 8259) of a model file from front to back, without trust and without a tree
/// in memory: the caller says which value it expects next, so values nest as deep as it asks for.
///
/// Stricter than the RFC: a key may not occur twice in an object, and numbers are sizes.
/// \throws ModelFileError from every method, where the text is not as asked for.
class JsonReader {
 public:
  /// The text is UTF-8, and has to stay where it is; messages call it `name`.
  explicit JsonReader(std::string_view text, std::string name = "header")
      : text_(text), name_(std::move(name)) {}

  /// Calls use(key) for each key of an object; it has to read the value.
  template <class Use>
  void object(const Use& use) {
    std::vector<std::string> keys;
    sequence('{', '}', [&] {
      keys.push_back(string());
      expect(':');
      use(keys.back());
    });
    check_distinct(std::move(keys));
  }

  /// An array of integers from 0 to 2^63 - 1.
  std::vector<std::uint64_t> sizes();
  /// A string in UTF-8.
  std::string string();
  /// There has to be no more than white space.
  void end();
  /// Where the next value begins.
  std::size_t position();

  [[noreturn]] void fail(const std::string& problem) const;

 private:
  bool accept(char wanted);
  void expect(char wanted);
  template <class Read>
  void sequence(char first, char last, const Read& read) {
    expect(first);
    if (accept(last)) return;
    for (read(); !accept(last); read()) expect(',');
  }
  void check_distinct(std::vector<std::string> keys) const;
  std::uint64_t size();
  void escape(std::string& out);
  std::uint32_t code_unit();

  std::string_view text_;
  std::string name_;
  std::size_t position_ = 0;
};

/// The JSON string of a text in UTF-8.
std::string json_string(std::string_view text);

/// Whether a text is UTF-8 (The Unicode Standard, table 3-7).
bool is_utf8(std::string_view text);

}  // namespace gaussmix
