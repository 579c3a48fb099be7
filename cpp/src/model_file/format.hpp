// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gaussmix/types.hpp"

// What the reader and the writer of model files have in common; docs/model-file.md explains it.
namespace gaussmix::model_format {

/// What every reader understands, what has a `family` that older ones ignore, and what has classes
/// that older ones ignore; and what older ones must refuse, since noise changes scores.
constexpr std::string_view kVersion = "1.0", kVersionWithFamily = "1.1",
                           kVersionWithClasses = "1.2", kVersionWithNoise = "2.0";
constexpr std::string_view kMajorVersion = "1", kMajorVersionWithNoise = "2";

/// The names of the values of CovarianceType, in their order.
constexpr std::array<std::string_view, 4> kCovarianceTypes{"full", "tied", "diag", "spherical"};

using TensorShape = std::vector<std::uint64_t>;

/// The shape of the array of covariances of k components and d features.
TensorShape covariance_shape(CovarianceType type, std::uint64_t k, std::uint64_t d);

/// A checksum in a file is this and 16 hexadecimal digits.
constexpr std::string_view kChecksumPrefix = "xxh64:";
constexpr std::size_t kChecksumDigits = 16;

/// The 16 digits for a file in which they begin at byte `digits`. They themselves count as zeros.
std::string checksum(std::string_view file, std::size_t digits);

}  // namespace gaussmix::model_format
