// SPDX-License-Identifier: BSD-3-Clause
#include "model_file/format.hpp"

#include "support/xxh64.hpp"

namespace gaussmix::model_format {

TensorShape covariance_shape(CovarianceType type, std::uint64_t k, std::uint64_t d) {
  const bool matrices = type == CovarianceType::full || type == CovarianceType::tied;
  TensorShape shape(matrices ? 2 : type == CovarianceType::diag ? 1 : 0, d);
  if (type != CovarianceType::tied) shape.insert(shape.begin(), k);
  return shape;
}

std::string checksum(std::string_view file, std::size_t digits) {
  const std::uint64_t hash = xxh64({file.substr(0, digits), std::string(kChecksumDigits, '0'),
                                    file.substr(digits + kChecksumDigits)});
  std::string text;
  for (unsigned shift = 64; shift > 0; shift -= 4) {
    text += "0123456789abcdef"[hash >> (shift - 4) & 0xFU];
  }
  return text;
}

}  // namespace gaussmix::model_format
