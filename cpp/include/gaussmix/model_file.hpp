// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// The bytes are no model file, are damaged, or are of a format that this version cannot read.
class GAUSSMIX_EXPORT ModelFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How well a model fits the rows it was fitted to.
struct FitSummary {
  Index n_rows = 0;             ///< at least 1
  double log_likelihood = 0.0;  ///< of all rows together
};

/// What a model file holds. docs/model-file.md describes the format.
struct SavedModel {
  explicit SavedModel(FitResult result) : fit(std::move(result)) {}

  FitResult fit;
  /// A name for each feature in UTF-8, or none at all. A lone surrogate, which Python's strings may
  /// hold, is three bytes, as UTF-8 would encode it.
  std::vector<std::string> feature_names;
  std::optional<FitSummary> summary;
  /// The arguments of the Python class's constructor, a JSON object; the core does not look into
  /// it.
  std::string parameters = "{}";
};

/// The model in `size` bytes at `data`, or in the file `path`. The mixture has the bits of the one
/// that was saved.
/// Memory is used in proportion to the bytes that are there, whatever they claim.
/// \throws ModelFileError for bytes that are no sound model file, std::system_error for a file that
///   cannot be read; nothing else but std::bad_alloc.
GAUSSMIX_EXPORT SavedModel load_model(const void* data, std::size_t size);
GAUSSMIX_EXPORT SavedModel load_model(const std::string& path);

/// The bytes of the model's file; equal models have equal bytes.
/// \throws std::invalid_argument for feature names that are not one a feature or not UTF-8, and for
///   parameters that are no JSON object.
GAUSSMIX_EXPORT std::string model_bytes(const SavedModel& model);

/// Writes the model to the file `path`, whole or not at all.
/// \throws std::invalid_argument as model_bytes, std::system_error if the file cannot be written.
GAUSSMIX_EXPORT void save_model(const std::string& path, const SavedModel& model);

}  // namespace gaussmix
