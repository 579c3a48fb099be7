// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gaussmix/statistics.hpp"
#include "support/little_endian.hpp"
#include "support/require.hpp"
#include "support/xxh64.hpp"

namespace gaussmix {
namespace {

// "GMXSTAT", the version, and then in little endian: form, k, d, unit exponent, a flag for each
// scatter that is not zeros; numbers: row weight, log-likelihood, weights, moment weights,
// reference, mean differences, those scatters; and XXH64 of all before.
constexpr std::string_view kMark = "GMXSTAT\1";
constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr const char* kDamaged = "these are no bytes of Statistics, or they are damaged";

class Writer {
 public:
  Writer() : bytes_(kMark) {}

  void add(std::uint64_t word) {
    char buffer[kWord];
    write_little_endian(word, buffer);
    bytes_.append(buffer, kWord);
  }
  void add(double number) {
    char buffer[kWord];
    write_float<std::uint64_t>(number, buffer);
    bytes_.append(buffer, kWord);
  }
  void add(const double* numbers, Index count) {
    for (Index i = 0; i < count; ++i) add(numbers[i]);
  }

  std::string finish() {
    Xxh64 hash;
    hash.add(bytes_);
    add(hash.value());
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

class Reader {
 public:
  // Nothing is believed before the hash is right.
  explicit Reader(std::string_view bytes) : bytes_(bytes) {
    require(bytes.size() >= kMark.size() + kWord && bytes.substr(0, kMark.size()) == kMark &&
                bytes.size() % kWord == 0,
            kDamaged);
    Xxh64 hash;
    hash.add(bytes.substr(0, bytes.size() - kWord));
    require(hash.value() == read_little_endian<std::uint64_t>(bytes.data() + bytes.size() - kWord),
            kDamaged);
    at_ = kMark.size();
  }

  std::uint64_t word() { return read_little_endian<std::uint64_t>(next()); }
  double number() { return read_float<double, std::uint64_t>(next()); }
  std::vector<double> numbers(std::uint64_t count) {
    require(count <= words_left(), kDamaged);
    std::vector<double> values;
    for (std::uint64_t i = 0; i < count; ++i) values.push_back(number());
    return values;
  }
  std::uint64_t words_left() const { return (bytes_.size() - at_) / kWord - 1; }

 private:
  const char* next() {
    require(words_left() > 0, kDamaged);
    at_ += kWord;
    return bytes_.data() + at_ - kWord;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

bool are_weights(const std::vector<double>& values) {
  for (const double value : values) {
    if (!(value >= 0.0 && std::isfinite(value))) return false;
  }
  return true;
}

bool has_nan(const std::vector<double>& values) {
  for (const double value : values) {
    if (std::isnan(value)) return true;
  }
  return false;
}

}  // namespace

std::string Statistics::to_bytes() const {
  require(are_weights(weights_) && are_weights(moment_weights_) && are_weights({row_weight_}) &&
              !has_nan(differences_) && !std::isnan(log_likelihood_),
          "these Statistics overflowed, and have no bytes");
  Writer writer;
  writer.add(static_cast<std::uint64_t>(form()));
  writer.add(static_cast<std::uint64_t>(n_components()));
  writer.add(static_cast<std::uint64_t>(n_features()));
  writer.add(static_cast<std::uint64_t>(std::int64_t{unit_exponent_}));
  const bool pooled = form() == ScatterForm::pooled;
  const auto is_kept = [&](Index b) {
    return !scatters_[at(b)].empty() && (pooled || moment_weight(b) != 0.0);
  };
  for (Index b = 0; b < n_scatters(); ++b) writer.add(std::uint64_t{is_kept(b)});
  writer.add(row_weight_);
  writer.add(log_likelihood_);
  for (const auto* values : {&weights_, &moment_weights_, &shared_->reference, &differences_}) {
    writer.add(values->data(), static_cast<Index>(values->size()));
  }
  for (Index b = 0; b < n_scatters(); ++b) {
    if (is_kept(b)) writer.add(scatters_[at(b)].data(), scatter_size());
  }
  return writer.finish();
}

Statistics Statistics::from_bytes(std::string_view bytes) {
  constexpr std::uint64_t kMostFeatures = 1 << 16;  // of a scatter, which may be made of nothing
  Reader reader(bytes);
  const std::uint64_t form = reader.word(), k = reader.word(), d = reader.word();
  require(form <= static_cast<std::uint64_t>(ScatterForm::none) && k >= 1 && d >= 1 &&
              k <= reader.words_left() && d <= reader.words_left() / k &&
              (d <= kMostFeatures || form > static_cast<std::uint64_t>(ScatterForm::pooled)),
          kDamaged);
  const auto exponent = static_cast<std::int64_t>(reader.word());
  constexpr std::int64_t kMostExponent = 1 << 20;
  require(exponent >= -kMostExponent && exponent <= kMostExponent, kDamaged);
  std::vector<char> kept;
  const auto scatter_form = static_cast<ScatterForm>(form);
  const std::uint64_t n_scatters = scatter_form == ScatterForm::pooled ? 1 : k;
  for (std::uint64_t b = 0; b < n_scatters; ++b) kept.push_back(reader.word() != 0 ? 1 : 0);
  const double row_weight = reader.number(), log_likelihood = reader.number();
  auto weights = reader.numbers(k), moment_weights = reader.numbers(k);
  auto reference = reader.numbers(k * d), differences = reader.numbers(k * d);
  require(are_weights(weights) && are_weights(moment_weights) && are_weights({row_weight}) &&
              !has_nan(differences) && !std::isnan(log_likelihood),
          kDamaged);
  Statistics result(scatter_form, static_cast<Index>(k), static_cast<Index>(d),
                    std::move(reference));
  result.unit_exponent_ = static_cast<int>(exponent);
  result.weights_ = std::move(weights);
  result.moment_weights_ = moment_weights;
  result.differences_ = std::move(differences);
  result.add_rows(row_weight, log_likelihood);
  for (std::uint64_t b = 0; b < n_scatters; ++b) {
    if (kept[b] == 0) continue;
    require(scatter_form == ScatterForm::pooled || moment_weights[b] > 0.0, kDamaged);
    result.scatters_[b] = reader.numbers(static_cast<std::uint64_t>(result.scatter_size()));
    require(!has_nan(result.scatters_[b]), kDamaged);
  }
  require(reader.words_left() == 0, kDamaged);
  return result;
}

}  // namespace gaussmix
