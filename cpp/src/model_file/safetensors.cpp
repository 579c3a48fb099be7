// SPDX-License-Identifier: BSD-3-Clause
#include "model_file/safetensors.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <utility>

#include "gaussmix/model_file.hpp"
#include "model_file/json.hpp"
#include "support/little_endian.hpp"

namespace gaussmix::safetensors {
namespace {

// The bytes of one element; 0 for a type that this version does not know.
std::uint64_t element_size(std::string_view dtype) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), dtype) != names.end();
  };
  if (is_one_of({"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"})) return 1;
  if (is_one_of({"U16", "I16", "F16", "BF16"})) return 2;
  if (is_one_of({"U32", "I32", "F32"})) return 4;
  return is_one_of({"U64", "I64", "F64"}) ? 8 : 0;
}

// The length is computed without overflow: 0 stays 0, and no other product may exceed 2^63 - 1.
void check_length(const JsonReader& reader, const Tensor& tensor) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  std::uint64_t length = element_size(tensor.dtype);
  if (length == 0) return;
  for (const std::uint64_t size : tensor.shape) {
    if (length != 0 && size > kLargest / length) reader.fail("the shape of a tensor is too large");
    length *= size;
  }
  if (length != tensor.end - tensor.begin) {
    reader.fail("the shape of a tensor does not fit its data_offsets");
  }
}

Tensor read_tensor(JsonReader& reader) {
  Tensor tensor;
  std::vector<std::uint64_t> offsets;
  int keys = 0;
  reader.object([&](const std::string& key) {
    ++keys;
    if (key == "dtype") {
      tensor.dtype = reader.string();
    } else if (key == "shape") {
      tensor.shape = reader.sizes();
    } else if (key == "data_offsets") {
      offsets = reader.sizes();
    } else {
      reader.fail("a tensor has dtype, shape and data_offsets, nothing else");
    }
  });
  if (keys != 3) reader.fail("a tensor needs dtype, shape and data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    reader.fail("data_offsets should be where the tensor begins and where it ends");
  }
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  check_length(reader, tensor);
  return tensor;
}

// Sorted, each tensor has to begin where the one before ends.
void check_coverage(const Contents& contents) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;
  for (const auto& [name, tensor] : contents.tensors)
    extents.emplace_back(tensor.begin, tensor.end);
  std::sort(extents.begin(), extents.end());
  std::uint64_t covered = 0;
  for (const auto& [begin, end] : extents) {
    check(begin == covered, "its tensors overlap or leave a gap");
    covered = end;
  }
  check(covered == contents.buffer.size(),
        "its tensors take " + std::to_string(covered) + " bytes, but " +
            std::to_string(contents.buffer.size()) + " bytes follow the header");
}

}  // namespace

void check(bool sound, const std::string& problem) {
  if (!sound) throw ModelFileError(problem);
}

std::size_t header_length(std::string_view file) {
  check(file.size() >= kLengthBytes,
        "it has " + std::to_string(file.size()) + " bytes, too few for a header");
  const auto length = read_little_endian<std::uint64_t>(file.data());
  check(length >= 2 && length <= kLongestHeader,
        "its header would have " + std::to_string(length) +
            " bytes, which is not between 2 and 1 MiB: this is another kind of file");
  return size_t(length);
}

Contents parse(std::string_view file) {
  const std::size_t length = header_length(file);
  check(length <= file.size() - kLengthBytes, "it ends within its header");
  const std::string_view header = file.substr(kLengthBytes, length);
  check(is_utf8(header), "its header is not UTF-8");
  Contents contents;
  contents.buffer = file.substr(kLengthBytes + length);
  JsonReader reader(header);
  if (header[0] != '{') reader.fail("it should begin with '{'");
  reader.object([&](const std::string& name) {
    if (name == "__metadata__") {
      reader.object([&](const std::string& key) {
        const std::size_t begin = kLengthBytes + reader.position() + 1;
        contents.metadata[key] = {reader.string(), begin};
      });
    } else {
      contents.tensors[name] = read_tensor(reader);
    }
  });
  reader.end();
  check_coverage(contents);
  return contents;
}

}  // namespace gaussmix::safetensors
