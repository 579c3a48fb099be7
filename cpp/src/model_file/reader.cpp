// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gaussmix/model_file.hpp"
#include "model_file/check_covariances.hpp"
#include "model_file/files.hpp"
#include "model_file/fit_history.hpp"
#include "model_file/format.hpp"
#include "model_file/json.hpp"
#include "model_file/safetensors.hpp"
#include "support/floating_point.hpp"
#include "support/little_endian.hpp"

namespace gaussmix {
namespace {

using model_format::TensorShape;
using safetensors::Contents;
using safetensors::Tensor;
using safetensors::Text;

const Text& metadata(const Contents& contents, const char* key) {
  const auto found = contents.metadata.find(key);
  if (found == contents.metadata.end()) {
    throw ModelFileError(std::string("its metadata have no ") + key);
  }
  return found->second;
}

std::string_view bytes_of(const Contents& contents, const Tensor& tensor) {
  return contents.buffer.substr(size_t(tensor.begin), size_t(tensor.end - tensor.begin));
}

// A text that need not be there; a long one is a tensor of bytes instead of metadata.
std::optional<std::string_view> optional_text(const Contents& contents, const char* key) {
  const auto text = contents.metadata.find(key);
  if (text != contents.metadata.end()) return text->second.value;
  const auto tensor = contents.tensors.find(key);
  if (tensor == contents.tensors.end() || tensor->second.dtype != "U8") return std::nullopt;
  return bytes_of(contents, tensor->second);
}

// MAJOR.MINOR: files of another minor version differ in what this one ignores.
void check_version(const Contents& contents) {
  const std::string_view version = metadata(contents, "format_version").value;
  const std::size_t point = version.find('.');
  const auto is_number = [](std::string_view digits) {
    return !digits.empty() && digits.size() < 10 &&
           digits.find_first_not_of("0123456789") == digits.npos;
  };
  if (point == version.npos || !is_number(version.substr(0, point)) ||
      !is_number(version.substr(point + 1))) {
    throw ModelFileError("its format_version should be a number like 1.0");
  }
  if (version.substr(0, point) != model_format::kMajorVersion) {
    throw ModelFileError("its format is version " + std::string(version) +
                         ", this version of gaussmix reads 1.x");
  }
}

// The text has to stand in the file as it is, without escapes: its digits are blanked there.
void check_checksum(const Contents& contents, std::string_view file) {
  const auto& [text, place] = metadata(contents, "checksum");
  const std::string_view prefix = model_format::kChecksumPrefix;
  const std::size_t length = prefix.size() + model_format::kChecksumDigits;
  if (text.size() != length || text.compare(0, prefix.size(), prefix) != 0 ||
      file.substr(place, length) != text) {
    throw ModelFileError("its checksum should be xxh64: and 16 hexadecimal digits");
  }
  const std::size_t digits = place + prefix.size();
  if (text.substr(prefix.size()) != model_format::checksum(file, digits)) {
    throw ModelFileError("its checksum is wrong: it is damaged, or was changed");
  }
}

CovarianceType read_covariance_type(const Contents& contents) {
  const std::string& name = metadata(contents, "covariance_type").value;
  for (const CovarianceType type : model_format::kCovarianceTypes) {
    if (name == model_format::name_of(type)) return type;
  }
  throw ModelFileError("its covariance_type should be full, tied, diag or spherical");
}

const Tensor& tensor_of(const Contents& contents, const char* name) {
  const auto found = contents.tensors.find(name);
  if (found == contents.tensors.end()) {
    throw ModelFileError(std::string("it has no tensor ") + name);
  }
  return found->second;
}

template <class Float, class Unsigned>
std::vector<double> to_doubles(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(Float));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(read_float<Float, Unsigned>(bytes.data() + i * sizeof(Float)));
  }
  return values;
}

// The tensor's numbers. That it is as long as its shape says is known.
std::vector<double> read_numbers(const Contents& contents, const char* name,
                                 const TensorShape& shape, ScalarType scalar) {
  const Tensor& tensor = tensor_of(contents, name);
  if (tensor.dtype != model_format::name_of(scalar)) {
    throw ModelFileError(std::string("its tensor ") + name + " should have the dtype of weights, " +
                         model_format::name_of(scalar));
  }
  if (tensor.shape != shape) {
    throw ModelFileError(std::string("its tensor ") + name + " has the wrong shape");
  }
  const std::string_view bytes = bytes_of(contents, tensor);
  return scalar == ScalarType::float32 ? to_doubles<float, std::uint32_t>(bytes)
                                       : to_doubles<double, std::uint64_t>(bytes);
}

// The scalar type that weights have and all others should have.
ScalarType read_scalar_type(const Contents& contents) {
  const std::string& dtype = tensor_of(contents, "weights").dtype;
  if (dtype == "F32") return ScalarType::float32;
  if (dtype != "F64") throw ModelFileError("its tensor weights should be F32 or F64");
  return ScalarType::float64;
}

// The numbers of components and features.
std::pair<std::uint64_t, std::uint64_t> read_sizes(const Contents& contents) {
  const TensorShape& weights = tensor_of(contents, "weights").shape;
  const TensorShape& means = tensor_of(contents, "means").shape;
  if (weights.size() != 1 || means.size() != 2) {
    throw ModelFileError("its weights should have one dimension, its means two");
  }
  return {weights[0], means[1]};
}

Mixture read_mixture(const Contents& contents) {
  const CovarianceType type = read_covariance_type(contents);
  const ScalarType scalar = read_scalar_type(contents);
  const auto [k, d] = read_sizes(contents);
  const TensorShape matrices = model_format::covariance_shape(type, k, d);
  const auto numbers = [&](const char* name, const TensorShape& of) {
    return read_numbers(contents, name, of, scalar);
  };
  auto weights = numbers("weights", {k});
  auto means = numbers("means", {k, d});
  auto covariances = numbers("covariances", matrices);
  auto precisions_cholesky = numbers("precisions_cholesky", matrices);
  const Mixture::Shape shape{type, static_cast<Index>(k), static_cast<Index>(d)};
  try {
    Mixture mixture =
        Mixture::from_precisions_cholesky(shape, scalar, std::move(weights), std::move(means),
                                          std::move(precisions_cholesky), std::move(covariances));
    if (covariances_are_sound(mixture)) return mixture;
  } catch (const std::invalid_argument& error) {
    throw ModelFileError(std::string("its mixture is unsound: ") + error.what());
  }
  throw ModelFileError(
      "its covariances are not symmetric and positive definite, or do not belong to its "
      "precisions_cholesky");
}

std::vector<std::string> read_feature_names(std::string_view json, Index features) {
  std::vector<std::string> names;
  JsonReader reader(json, "feature_names");
  reader.array([&] { names.push_back(reader.string_with_surrogates()); });
  reader.end();
  if (static_cast<Index>(names.size()) != features) {
    throw ModelFileError("it has " + std::to_string(names.size()) + " feature_names for " +
                         std::to_string(features) + " features");
  }
  return names;
}

std::string read_parameters(std::string_view json) {
  JsonReader reader(json, "parameters");
  reader.object([&](const std::string&) { reader.skip(); });
  reader.end();
  return std::string(json);
}

SavedModel read_model(std::string_view file) {
  const DefaultFloatingPoint environment;
  const Contents contents = safetensors::parse(file);
  check_version(contents);
  check_checksum(contents, file);
  SavedModel model(FitResult::of(read_mixture(contents)));
  if (const auto json = optional_text(contents, "feature_names")) {
    model.feature_names = read_feature_names(*json, model.fit.mixture.n_features());
  }
  if (const auto json = optional_text(contents, "fit")) read_fit_history(*json, model);
  if (const auto json = optional_text(contents, "parameters")) {
    model.parameters = read_parameters(*json);
  }
  return model;
}

}  // namespace

SavedModel load_model(const void* data, std::size_t size) {
  try {
    return read_model({static_cast<const char*>(data), size});
  } catch (const ModelFileError& error) {
    throw ModelFileError(std::string("this is not a usable model file: ") + error.what());
  }
}

SavedModel load_model(const std::string& path) {
  try {
    return read_model(read_model_file(path));
  } catch (const ModelFileError& error) {
    throw ModelFileError(path + " is not a usable model file: " + error.what());
  }
}

Mixture Mixture::load(const void* data, std::size_t size) {
  return std::move(load_model(data, size).fit.mixture);
}

Mixture Mixture::load(const std::string& path) { return std::move(load_model(path).fit.mixture); }

}  // namespace gaussmix
