// SPDX-License-Identifier: BSD-3-Clause
// What libFuzzer calls with bytes that it makes up, and test_fuzz_model_file with those it kept.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gaussmix/model_file.hpp"
#include "right_checksum.hpp"

namespace gaussmix {
namespace {

// Bytes are refused with ModelFileError, or make a model that can be written and read again. Any
// other exception, or a difference, ends the program.
void load_or_refuse(const std::string& bytes) {
  try {
    const std::string written = model_bytes(load_model(bytes.data(), bytes.size()));
    if (model_bytes(load_model(written.data(), written.size())) != written) std::abort();
  } catch (const ModelFileError&) {
    return;
  }
}

}  // namespace
}  // namespace gaussmix

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  gaussmix::load_or_refuse(bytes);
  gaussmix::load_or_refuse(gaussmix::made::with_right_checksum(bytes));
  return 0;
}
