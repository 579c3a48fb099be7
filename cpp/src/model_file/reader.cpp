// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "covariance/families/family.hpp"
#include "gaussmix/model_file.hpp"
#include "mixture/component_classes.hpp"
#include "model_file/check_covariances.hpp"
#include "model_file/files.hpp"
#include "model_file/format.hpp"
#include "model_file/json.hpp"
#include "model_file/safetensors.hpp"
#include "support/floating_point.hpp"
#include "support/little_endian.hpp"

namespace gaussmix {
namespace {

using model_format::TensorShape;
using safetensors::check;
using safetensors::Contents;
using safetensors::Tensor;
using safetensors::Text;

const Text& metadata(const Contents& contents, const std::string& key) {
  const auto found = contents.metadata.find(key);
  check(found != contents.metadata.end(), "its metadata have no " + key);
  return found->second;
}

const Tensor& tensor_of(const Contents& contents, const std::string& name) {
  const auto found = contents.tensors.find(name);
  check(found != contents.tensors.end(), "it has no tensor " + name);
  return found->second;
}

std::string_view bytes_of(const Contents& contents, const Tensor& tensor) {
  return contents.buffer.substr(size_t(tensor.begin), size_t(tensor.end - tensor.begin));
}

// A text that need not be there, and then is empty; a long one is a tensor of bytes instead of
// metadata.
std::string optional_text(const Contents& contents, const std::string& key) {
  const auto text = contents.metadata.find(key);
  const auto tensor = contents.tensors.find(key);
  std::string_view found;
  if (text != contents.metadata.end()) {
    found = text->second.value;
  } else if (tensor != contents.tensors.end() && tensor->second.dtype == "U8") {
    found = bytes_of(contents, tensor->second);
  } else {
    return {};
  }
  check(!found.empty() && is_utf8(found), "its " + key + " should be a JSON text in UTF-8");
  return std::string(found);
}

// MAJOR.MINOR: files of another minor version differ in what this one ignores. Returns whether it
// is a version with noise.
bool check_version(const Contents& contents) {
  const std::string& version = metadata(contents, "format_version").value;
  const std::size_t point = version.find('.');
  const auto is_number = [](const std::string& digits) {
    return !digits.empty() && digits.size() < 10 &&
           digits.find_first_not_of("0123456789") == digits.npos;
  };
  check(point != version.npos && is_number(version.substr(0, point)) &&
            is_number(version.substr(point + 1)),
        "its format_version should be a number like 1.0");
  const std::string major = version.substr(0, point);
  const bool with_noise = major == model_format::kMajorVersionWithNoise;
  check(with_noise || major == model_format::kMajorVersion,
        "its format is version " + version + ", this version of gaussmix reads 1.x and 2.x");
  return with_noise;
}

// The text has to stand in the file as it is, without escapes: its digits are blanked there.
void check_checksum(const Contents& contents, std::string_view file) {
  const auto& [text, begin] = metadata(contents, "checksum");
  const std::string_view prefix = model_format::kChecksumPrefix;
  const std::size_t length = prefix.size() + model_format::kChecksumDigits;
  check(text.size() == length && text.compare(0, prefix.size(), prefix) == 0 &&
            file.substr(begin, length) == text,
        "its checksum should be xxh64: and 16 hexadecimal digits");
  check(text.substr(prefix.size()) == model_format::checksum(file, begin + prefix.size()),
        "its checksum is wrong: it is damaged, or was changed");
}

CovarianceType read_covariance_type(const Contents& contents) {
  const auto& names = model_format::kCovarianceTypes;
  const auto found =
      std::find(names.begin(), names.end(), metadata(contents, "covariance_type").value);
  check(found != names.end(), "its covariance_type should be full, tied, diag or spherical");
  return static_cast<CovarianceType>(found - names.begin());
}

// nullptr: that of the type. A family that only a later version knows is read as that, too.
const Family* read_family(const Contents& contents, CovarianceType type) {
  const auto named = contents.metadata.find("family");
  if (named == contents.metadata.end()) return nullptr;
  for (const Family* family : families()) {
    if (family->name() != named->second.value) continue;
    check(family->type() == type, "its family has another covariance_type");
    return family;
  }
  return nullptr;
}

template <class Float>
std::vector<double> to_doubles(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(Float));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(read_little_endian<Float>(bytes.data() + i * sizeof(Float)));
  }
  return values;
}

// The tensor's numbers. That it is as long as its shape says is known.
std::vector<double> read_numbers(const Contents& contents, const std::string& name,
                                 const TensorShape& shape, const std::string& dtype) {
  const Tensor& tensor = tensor_of(contents, name);
  check(tensor.dtype == dtype,
        "its tensor " + name + " should have the dtype of weights, " + dtype);
  check(tensor.shape == shape, "its tensor " + name + " has the wrong shape");
  const std::string_view bytes = bytes_of(contents, tensor);
  return dtype == "F32" ? to_doubles<float>(bytes) : to_doubles<double>(bytes);
}

Noise read_noise(const Contents& contents, std::uint64_t d, const std::string& dtype) {
  const auto numbers = [&](const char* name, const TensorShape& shape) {
    return read_numbers(contents, name, shape, dtype);
  };
  Noise noise;
  noise.weight = numbers("noise_weight", {1})[0];
  noise.corner = numbers("noise_corner", {d});
  noise.widths = numbers("noise_widths", {d});
  if (contents.tensors.count("noise_axes") > 0) noise.axes = numbers("noise_axes", {d, d});
  return noise;
}

Mixture read_mixture(const Contents& contents, bool with_noise) {
  const CovarianceType type = read_covariance_type(contents);
  const Tensor& first = tensor_of(contents, "weights");
  const Tensor& second = tensor_of(contents, "means");
  check(first.dtype == "F32" || first.dtype == "F64", "its tensor weights should be F32 or F64");
  check(first.shape.size() == 1 && second.shape.size() == 2,
        "its weights should have one dimension, its means two");
  const auto scalar = first.dtype == "F32" ? ScalarType::float32 : ScalarType::float64;
  const std::uint64_t k = first.shape[0], d = second.shape[1];
  const TensorShape covariance_shape = model_format::covariance_shape(type, k, d);
  const auto numbers = [&](const char* name, const TensorShape& shape) {
    return read_numbers(contents, name, shape, first.dtype);
  };
  auto weights = numbers("weights", {k});
  auto means = numbers("means", {k, d});
  auto covariances = numbers("covariances", covariance_shape);
  auto precisions_cholesky = numbers("precisions_cholesky", covariance_shape);
  std::optional<Noise> noise;
  if (with_noise) noise = read_noise(contents, d, first.dtype);
  const Mixture::Shape shape{type, static_cast<Index>(k), static_cast<Index>(d),
                             read_family(contents, type)};
  try {
    Mixture mixture = Mixture::from_precisions_cholesky(
        shape, scalar, std::move(weights), std::move(means), std::move(precisions_cholesky),
        std::move(covariances), std::move(noise));
    if (covariances_are_sound(mixture)) return mixture;
  } catch (const std::invalid_argument& error) {
    throw ModelFileError(std::string("its mixture is unsound: ") + error.what());
  }
  throw ModelFileError(
      "its covariances are not symmetric and positive definite, or do not belong to its "
      "precisions_cholesky");
}

// Of each of k components its class; empty where the file has none.
std::vector<std::int32_t> read_component_classes(const Contents& contents, std::uint64_t k) {
  const std::string text = optional_text(contents, "component_classes");
  if (text.empty()) return {};
  JsonReader json(text, "component_classes");
  const std::vector<std::uint64_t> numbers = json.sizes();
  json.end();
  std::vector<std::int32_t> classes;
  for (const std::uint64_t number : numbers) {
    check(number < k, "its component_classes should be less than its number of components");
    classes.push_back(static_cast<std::int32_t>(number));
  }
  try {
    count_classes(classes, static_cast<Index>(k));
  } catch (const std::invalid_argument& error) {
    throw ModelFileError(std::string("its ") + error.what());
  }
  return classes;
}

SavedModel read_model(std::string_view file) {
  const DefaultFloatingPoint environment;
  const Contents contents = safetensors::parse(file);
  const bool with_noise = check_version(contents);
  check_checksum(contents, file);
  SavedModel model(read_mixture(contents, with_noise));
  model.feature_names = optional_text(contents, "feature_names");
  model.fit = optional_text(contents, "fit");
  model.parameters = optional_text(contents, "parameters");
  model.classes = optional_text(contents, "classes");
  model.component_classes =
      read_component_classes(contents, static_cast<std::uint64_t>(model.mixture.n_components()));
  check(model.classes.empty() || !model.component_classes.empty(),
        "it has classes, but no component_classes");
  check(!with_noise || model.component_classes.empty(), "it has classes and a noise component");
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
  return std::move(load_model(data, size).mixture);
}

Mixture Mixture::load(const std::string& path) { return std::move(load_model(path).mixture); }

}  // namespace gaussmix
