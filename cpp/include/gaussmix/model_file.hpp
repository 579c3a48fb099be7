// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// The bytes are no model file, are damaged, or are of a format that this version cannot read.
class GAUSSMIX_EXPORT ModelFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a model file holds: a mixture, and JSON texts that the core carries without looking into
/// them. docs/model-file.md describes the format.
struct SavedModel {
  explicit SavedModel(Mixture of) : mixture(std::move(of)) {}

  Mixture mixture;
  /// Each in UTF-8; an empty one is not in the file.
  std::string feature_names;  ///< an array with a string for each feature
  std::string fit;            ///< an object: how the mixture was found
  std::string parameters;     ///< an object: arguments of the Python class's constructor
  std::string classes;        ///< an object: what Python knows of the classes of a classifier

  /// Of each component its class, as a Classifier takes it; empty if the file has a mixture alone.
  std::vector<std::int32_t> component_classes;
};

/// The model in `size` bytes at `data`, or in the file `path`. The mixture has the bits of the one
/// that was saved; whether the texts are JSON is not looked at.
/// Memory is used in proportion to the bytes that are there, whatever they claim.
/// \throws ModelFileError for bytes that are no sound model file, std::system_error for a file that
///   cannot be read; nothing else but std::bad_alloc.
GAUSSMIX_EXPORT SavedModel load_model(const void* data, std::size_t size);
GAUSSMIX_EXPORT SavedModel load_model(const std::string& path);

/// The bytes of the model's file; equal models have equal bytes.
/// \throws std::invalid_argument for texts that are not UTF-8, `classes` without
///   component_classes, and component_classes that a Classifier does not take.
GAUSSMIX_EXPORT std::string model_bytes(const SavedModel& model);

/// Writes the model to the file `path`, whole or not at all.
/// \throws std::invalid_argument as model_bytes, std::system_error if the file cannot be written.
GAUSSMIX_EXPORT void save_model(const std::string& path, const SavedModel& model);

}  // namespace gaussmix
