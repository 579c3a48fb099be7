// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gaussmix {

/// Reads a JSON text (RFC 8259) from front to back, without trust and without a tree in memory: the
/// caller says which value it expects next.
///
/// Stricter than the RFC: a key may not occur twice in an object, and values nest up to 16 deep.
/// \throws ModelFileError from every method, where the text is not as asked for.
class JsonReader {
 public:
  /// `name` is what messages call the text, which has to stay where it is.
  JsonReader(std::string_view text, const char* name) : text_(text), name_(name) {}

  /// Calls use(key) for each key of an object; it has to read, or skip, the value.
  template <class Use>
  void object(const Use& use) {
    open('{');
    std::vector<std::string> keys;
    for (bool more = !close_at_once('}'); more; more = continues('}')) {
      keys.push_back(string());
      expect(':');
      use(keys.back());
    }
    check_distinct(std::move(keys));
  }

  /// Calls use() for each element of an array; it has to read, or skip, the value.
  template <class Use>
  void array(const Use& use) {
    open('[');
    for (bool more = !close_at_once(']'); more; more = continues(']')) use();
  }

  /// A string in UTF-8.
  std::string string();
  /// The same, but an escaped lone surrogate is accepted and becomes three bytes.
  std::string string_with_surrogates();
  std::int64_t integer();
  /// A number, or one of the strings "inf", "-inf", "nan".
  double real();
  bool boolean();
  /// Reads a value of any kind and forgets it.
  void skip();
  /// There has to be no more than white space.
  void end();

  /// Where the next value begins.
  std::size_t position();

  [[noreturn]] void fail(const std::string& problem) const;

 private:
  char peek();
  void expect(char wanted);
  void open(char bracket);
  bool close_at_once(char bracket);
  bool continues(char bracket);
  void check_distinct(std::vector<std::string> keys) const;
  bool accept(std::string_view word);
  std::string_view number();
  void digits();
  void escape(std::string& out);
  std::uint32_t code_unit();

  std::string_view text_;
  const char* name_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

/// Writes a JSON text without spaces, value by value; it puts the commas itself.
class JsonWriter {
 public:
  /// The key of the value that is written next.
  JsonWriter& key(std::string_view name);
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  /// \throws std::invalid_argument for bytes that are not UTF-8; surrogates are escaped.
  JsonWriter& string(std::string_view value);
  JsonWriter& integer(std::int64_t value);
  /// With the digits that give the same bits again.
  JsonWriter& real(double value);
  JsonWriter& boolean(bool value);

  const std::string& text() const { return text_; }

 private:
  void separate();
  void append_string(std::string_view value);

  std::string text_;
  bool first_ = true;
};

}  // namespace gaussmix
