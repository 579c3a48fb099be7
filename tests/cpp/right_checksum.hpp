// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "model_file/format.hpp"

namespace gaussmix::made {

/// The bytes of a model file with the right digits in its checksum, if it has a place for them:
/// else no change would get any further than the checksum.
inline std::string with_right_checksum(std::string file) {
  const std::string mark = "\"checksum\":\"xxh64:";
  const std::size_t digits = file.find(mark) + mark.size();
  if (digits < mark.size() || digits + model_format::kChecksumDigits > file.size()) return file;
  file.replace(digits, model_format::kChecksumDigits, model_format::checksum(file, digits));
  return file;
}

}  // namespace gaussmix::made
