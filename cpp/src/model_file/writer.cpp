// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gaussmix/model_file.hpp"
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

// Of texts longer than this the bytes go into the buffer, so that the header stays within its
// bound.
constexpr std::size_t kLongestText = std::size_t{1} << 17U;

struct Tensor {
  const char* name;
  const char* dtype;
  TensorShape shape;
  std::string bytes;
};

struct Text {
  const char* key;
  std::string value;
};

template <class Float, class Unsigned>
std::string to_bytes(const std::vector<double>& values) {
  std::string bytes(values.size() * sizeof(Float), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    write_float<Unsigned>(static_cast<Float>(values[i]), bytes.data() + i * sizeof(Float));
  }
  return bytes;
}

std::vector<Tensor> tensors_of(const Mixture& mixture) {
  const auto k = static_cast<std::uint64_t>(mixture.n_components());
  const auto d = static_cast<std::uint64_t>(mixture.n_features());
  const TensorShape matrices = model_format::covariance_shape(mixture.covariance_type(), k, d);
  const bool single = mixture.scalar_type() == ScalarType::float32;
  const auto tensor = [&](const char* name, TensorShape shape, const std::vector<double>& values) {
    return Tensor{
        name, model_format::name_of(mixture.scalar_type()), std::move(shape),
        single ? to_bytes<float, std::uint32_t>(values) : to_bytes<double, std::uint64_t>(values)};
  };
  return {tensor("weights", {k}, mixture.weights()), tensor("means", {k, d}, mixture.means()),
          tensor("covariances", matrices, mixture.covariances()),
          tensor("precisions_cholesky", matrices, mixture.precisions_cholesky())};
}

std::string feature_names_json(const SavedModel& model) {
  if (model.feature_names.size() != size_t(model.fit.mixture.n_features())) {
    throw std::invalid_argument("feature_names has " + std::to_string(model.feature_names.size()) +
                                " names for " + std::to_string(model.fit.mixture.n_features()) +
                                " features");
  }
  JsonWriter json;
  json.open('[');
  for (const std::string& name : model.feature_names) json.string(name);
  json.close(']');
  return json.text();
}

std::vector<Text> texts_of(const SavedModel& model) {
  try {
    JsonReader reader(model.parameters, "parameters");
    reader.object([&](const std::string&) { reader.skip(); });
    reader.end();
  } catch (const ModelFileError& error) {
    throw std::invalid_argument(std::string("parameters must be a JSON object: ") + error.what());
  }
  std::vector<Text> texts;
  if (!model.feature_names.empty()) texts.push_back({"feature_names", feature_names_json(model)});
  texts.push_back({"fit", fit_history_json(model)});
  texts.push_back({"parameters", model.parameters});
  return texts;
}

void write_tensor(JsonWriter& json, const Tensor& tensor, std::size_t begin) {
  json.key(tensor.name).open('{');
  json.key("dtype").string(tensor.dtype);
  json.key("shape").open('[');
  for (const std::uint64_t size : tensor.shape) json.integer(static_cast<std::int64_t>(size));
  json.close(']');
  json.key("data_offsets").open('[');
  json.integer(static_cast<std::int64_t>(begin));
  json.integer(static_cast<std::int64_t>(begin + tensor.bytes.size()));
  json.close(']').close('}');
}

// The header, in which the digits of the checksum, which comes first, are zeros; and their place.
std::pair<std::string, std::size_t> make_header(const Mixture& mixture,
                                                const std::vector<Text>& texts,
                                                const std::vector<Tensor>& tensors) {
  JsonWriter json;
  json.open('{').key("__metadata__").open('{').key("checksum");
  const std::size_t digits = json.text().size() + 1 + model_format::kChecksumPrefix.size();
  json.string(std::string(model_format::kChecksumPrefix) +
              std::string(model_format::kChecksumDigits, '0'));
  json.key("format_version").string(model_format::kVersion);
  json.key("covariance_type").string(model_format::name_of(mixture.covariance_type()));
  for (const Text& text : texts) json.key(text.key).string(text.value);
  json.close('}');
  std::size_t begin = 0;
  for (const Tensor& tensor : tensors) {
    write_tensor(json, tensor, begin);
    begin += tensor.bytes.size();
  }
  json.close('}');
  return {json.text(), digits};
}

}  // namespace

std::string model_bytes(const SavedModel& model) {
  const DefaultFloatingPoint environment;
  std::vector<Tensor> tensors = tensors_of(model.fit.mixture);
  std::vector<Text> texts;
  for (Text& text : texts_of(model)) {
    JsonWriter json;
    if (json.string(text.value).text().size() <= kLongestText) {
      texts.push_back(std::move(text));
    } else {
      const TensorShape shape{text.value.size()};
      tensors.push_back({text.key, "U8", shape, std::move(text.value)});
    }
  }
  auto [header, digits] = make_header(model.fit.mixture, texts, tensors);
  header.resize(
      (safetensors::kLengthBytes + header.size() + 63) / 64 * 64 - safetensors::kLengthBytes, ' ');
  std::string file(safetensors::kLengthBytes, '\0');
  write_little_endian(static_cast<std::uint64_t>(header.size()), file.data());
  file += header;
  std::size_t size = file.size();
  for (const Tensor& tensor : tensors) size += tensor.bytes.size();
  file.reserve(size);
  for (const Tensor& tensor : tensors) file += tensor.bytes;
  digits += safetensors::kLengthBytes;
  file.replace(digits, model_format::kChecksumDigits, model_format::checksum(file, digits));
  return file;
}

void save_model(const std::string& path, const SavedModel& model) {
  replace_file(path, model_bytes(model));
}

void Mixture::save(const std::string& path) const {
  save_model(path, SavedModel(FitResult::of(*this)));
}

}  // namespace gaussmix
