// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// The container: eight bytes with the length of a header, the header in JSON, the tensors' bytes.
namespace gaussmix::safetensors {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLongestHeader = std::size_t{1} << 20U;

struct Tensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< its bytes, counted from the end of the header
};

/// A text of the metadata, and the byte of the file at which it begins.
struct Text {
  std::string value;
  std::size_t begin = 0;
};

struct Contents {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, Text> metadata;
  std::string_view buffer;  ///< what follows the header
};

/// \throws ModelFileError unless `sound`.
void check(bool sound, const std::string& problem);

/// The length of the header, from the bytes that a file begins with.
/// \throws ModelFileError if they are fewer than 8, or it is not between 2 and 1 MiB.
std::size_t header_length(std::string_view file);

/// The parts of a file.
/// \throws ModelFileError unless the header is as the format asks for, and the tensors cover the
///   buffer without gap or overlap, each as long as its shape says.
Contents parse(std::string_view file);

}  // namespace gaussmix::safetensors
