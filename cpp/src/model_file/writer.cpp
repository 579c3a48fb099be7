// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gaussmix/model_file.hpp"
#include "mixture/component_classes.hpp"
#include "model_file/files.hpp"
#include "model_file/format.hpp"
#include "model_file/json.hpp"
#include "model_file/safetensors.hpp"
#include "support/floating_point.hpp"
#include "support/little_endian.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

using model_format::TensorShape;

// Of texts longer than this the bytes go into the buffer, so that the header stays within its
// bound.
constexpr std::size_t kLongestText = std::size_t{1} << 17U;

// The parts of a file, in the order in which they are added.
struct Parts {
  std::string metadata, tensors;  // of the header: each `,"key":value`
  std::string buffer;
};

// What comes next in the buffer is a tensor of `length` bytes.
void announce(Parts& parts, const char* name, std::string_view dtype, const TensorShape& shape,
              std::size_t length) {
  std::string sizes;
  for (const std::uint64_t size : shape) {
    sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
  }
  const std::size_t begin = parts.buffer.size();
  parts.tensors += std::string(",\"") + name + R"(":{"dtype":")" + std::string(dtype) +
                   R"(","shape":[)" + sizes + R"(],"data_offsets":[)" + std::to_string(begin) +
                   "," + std::to_string(begin + length) + "]}";
}

template <class Float>
void add_numbers(Parts& parts, const char* name, std::string_view dtype, const TensorShape& shape,
                 const std::vector<double>& values) {
  const std::size_t length = values.size() * sizeof(Float), begin = parts.buffer.size();
  announce(parts, name, dtype, shape, length);
  parts.buffer.resize(begin + length);
  for (std::size_t i = 0; i < values.size(); ++i) {
    write_little_endian(static_cast<Float>(values[i]), &parts.buffer[begin + i * sizeof(Float)]);
  }
}

void add_mixture(Parts& parts, const Mixture& mixture) {
  const auto k = static_cast<std::uint64_t>(mixture.n_components());
  const auto d = static_cast<std::uint64_t>(mixture.n_features());
  const TensorShape shape = model_format::covariance_shape(mixture.covariance_type(), k, d);
  const bool single = mixture.scalar_type() == ScalarType::float32;
  const std::string_view dtype = single ? "F32" : "F64";
  const auto add = single ? add_numbers<float> : add_numbers<double>;
  add(parts, "weights", dtype, {k}, mixture.weights());
  add(parts, "means", dtype, {k, d}, mixture.means());
  add(parts, "covariances", dtype, shape, mixture.covariances());
  add(parts, "precisions_cholesky", dtype, shape, mixture.precisions_cholesky());
  if (!mixture.noise()) return;
  const Noise& noise = *mixture.noise();
  add(parts, "noise_weight", dtype, {1}, {noise.weight});
  add(parts, "noise_corner", dtype, {d}, noise.corner);
  add(parts, "noise_widths", dtype, {d}, noise.widths);
  if (!noise.axes.empty()) add(parts, "noise_axes", dtype, {d, d}, noise.axes);
}

void add_text(Parts& parts, const char* key, const std::string& text) {
  if (text.empty()) return;
  if (!is_utf8(text)) throw std::invalid_argument(std::string(key) + " is not UTF-8");
  const std::string json = json_string(text);
  if (json.size() <= kLongestText) {
    parts.metadata += std::string(",\"") + key + "\":" + json;
  } else {
    announce(parts, key, "U8", {text.size()}, text.size());
    parts.buffer += text;
  }
}

// A JSON array, or nothing for none.
std::string array_of(const std::vector<std::int32_t>& numbers) {
  std::string text;
  for (const std::int32_t number : numbers) {
    text += (text.empty() ? "[" : ",") + std::to_string(number);
  }
  return text.empty() ? text : text + "]";
}

std::string_view version_of(const SavedModel& model, bool is_of_type) {
  if (model.mixture.noise()) return model_format::kVersionWithNoise;
  if (!model.component_classes.empty()) return model_format::kVersionWithClasses;
  return is_of_type ? model_format::kVersion : model_format::kVersionWithFamily;
}

}  // namespace

std::string model_bytes(const SavedModel& model) {
  const DefaultFloatingPoint environment;
  if (!model.component_classes.empty() || !model.classes.empty()) {
    count_classes(model.component_classes, model.mixture.n_components());
    require(!model.mixture.noise(), "the mixture of a classifier must have no noise component");
  }
  Parts parts;
  add_mixture(parts, model.mixture);
  add_text(parts, "feature_names", model.feature_names);
  add_text(parts, "fit", model.fit);
  add_text(parts, "parameters", model.parameters);
  add_text(parts, "component_classes", array_of(model.component_classes));
  add_text(parts, "classes", model.classes);

  using namespace model_format;
  const auto type = size_t(model.mixture.covariance_type());
  const std::string family = model.mixture.family();
  const bool is_of_type = family == kCovarianceTypes[type];
  std::string file(safetensors::kLengthBytes, '\0');
  file.append(R"({"__metadata__":{"checksum":")").append(kChecksumPrefix);
  const std::size_t digits = file.size();
  file.append(kChecksumDigits, '0');
  file.append(R"(","format_version":")").append(version_of(model, is_of_type));
  file.append(R"(","covariance_type":")").append(kCovarianceTypes[type]);
  if (!is_of_type) file.append(R"(","family":")").append(family);
  file.append("\"" + parts.metadata + "}" + parts.tensors + "}");
  file.resize((file.size() + 63) / 64 * 64, ' ');
  write_little_endian(std::uint64_t{file.size() - safetensors::kLengthBytes}, file.data());
  file += parts.buffer;
  file.replace(digits, kChecksumDigits, checksum(file, digits));
  return file;
}

void save_model(const std::string& path, const SavedModel& model) {
  replace_file(path, model_bytes(model));
}

void Mixture::save(const std::string& path) const { save_model(path, SavedModel(*this)); }

}  // namespace gaussmix
