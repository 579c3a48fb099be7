// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
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

// "GMXSTAT", the version, and then in little endian: form, k, d, unit exponent, for each scatter 1,
// or 0 where nothing was added to it; numbers: row weight, log-likelihood, weights, moment weights,
// reference, mean differences, the scatters of 1, of matrices their lower triangles; and XXH64 of
// all before.
constexpr std::string_view kMark = "GMXSTAT\1";
constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr const char* kDamaged = "these are no bytes of Statistics, or they are damaged";

template <class Word>
void append(std::string& bytes, Word word) {
  static_assert(sizeof(Word) == kWord);
  bytes.resize(bytes.size() + kWord);
  write_little_endian(word, &bytes[bytes.size() - kWord]);
}

bool is_matrix(ScatterForm form) {
  return form == ScatterForm::full || form == ScatterForm::pooled;
}

// How many numbers of a scatter mean something.
std::uint64_t count_of(ScatterForm form, std::uint64_t d) {
  if (form == ScatterForm::none) return 0;
  return is_matrix(form) ? d * (d + 1) / 2 : d;
}

// Calls use(offset) for each of them.
template <class Use>
void for_each_number(ScatterForm form, Index d, const Use& use) {
  if (form == ScatterForm::none) return;
  for (Index r = 0; r < (is_matrix(form) ? d : 1); ++r) {
    for (Index c = 0; c < (is_matrix(form) ? r + 1 : d); ++c) use(size_t(r * d + c));
  }
}

class Reader {
 public:
  // Nothing is read before the hash is found right.
  explicit Reader(std::string_view bytes) : bytes_(bytes) {
    require(bytes.size() >= kMark.size() + kWord && bytes.substr(0, kMark.size()) == kMark &&
                bytes.size() % kWord == 0,
            kDamaged);
    bytes_.remove_suffix(kWord);
    const auto hash = read_little_endian<std::uint64_t>(bytes_.data() + bytes_.size());
    require(hash == xxh64({bytes_}), kDamaged);
    bytes_.remove_prefix(kMark.size());
  }

  template <class Word>
  Word next() {
    static_assert(sizeof(Word) == kWord);
    require(words_left() > 0, kDamaged);
    const auto word = read_little_endian<Word>(bytes_.data());
    bytes_.remove_prefix(kWord);
    return word;
  }
  std::vector<double> numbers(std::uint64_t count) {
    require(count <= words_left(), kDamaged);
    std::vector<double> values(count);
    for (double& value : values) value = next<double>();
    return values;
  }
  std::uint64_t words_left() const { return bytes_.size() / kWord; }

 private:
  std::string_view bytes_;
};

}  // namespace

constexpr std::int64_t kMostExponent = 1 << 20;  // of the unit of weights

bool Statistics::is_valid() const {
  const auto are_weights = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(),
                       [](double value) { return value >= 0.0 && std::isfinite(value); });
  };
  const auto has_nan = [](const std::vector<double>& values) {
    return std::any_of(values.begin(), values.end(),
                       [](double value) { return std::isnan(value); });
  };
  bool scatters_have_nan = false;
  for (const auto& scatter : scatters_) {
    if (scatter.empty()) continue;
    for_each_number(form(), n_features(), [&](std::size_t offset) {
      scatters_have_nan = scatters_have_nan || std::isnan(scatter[offset]);
    });
  }
  return are_weights(weights_) && are_weights(moment_weights_) && are_weights({row_weight_}) &&
         std::abs(static_cast<std::int64_t>(unit_exponent_)) <= kMostExponent &&
         !has_nan(differences_) && !has_nan({log_likelihood_}) && !scatters_have_nan;
}

std::string Statistics::to_bytes() const {
  require(is_valid(),
          "these Statistics overflowed, or their unit is out of range: they have no bytes");
  std::string bytes(kMark);
  for (const Index word : {static_cast<Index>(form()), n_components(), n_features(),
                           static_cast<Index>(unit_exponent_)}) {
    append(bytes, static_cast<std::uint64_t>(word));
  }
  for (const auto& scatter : scatters_) append(bytes, std::uint64_t{!scatter.empty()});
  append(bytes, row_weight_);
  append(bytes, log_likelihood_);
  const auto append_numbers = [&bytes](const std::vector<double>& numbers) {
    for (const double number : numbers) append(bytes, number);
  };
  append_numbers(weights_);
  append_numbers(moment_weights_);
  append_numbers(shared_->reference);
  append_numbers(differences_);
  for (const auto& scatter : scatters_) {
    if (scatter.empty()) continue;
    for_each_number(form(), n_features(),
                    [&](std::size_t offset) { append(bytes, scatter[offset]); });
  }
  append(bytes, xxh64({bytes}));
  return bytes;
}

Statistics Statistics::from_bytes(std::string_view bytes) {
  constexpr std::uint64_t kMostFeatures = 1 << 16;  // of a matrix, which few bytes could ask for
  Reader reader(bytes);
  const auto number = reader.next<std::uint64_t>();
  require(number <= static_cast<std::uint64_t>(ScatterForm::none), kDamaged);
  const auto form = static_cast<ScatterForm>(number);
  const auto k = reader.next<std::uint64_t>(), d = reader.next<std::uint64_t>();
  require(k >= 1 && d >= 1 && k <= reader.words_left() && d <= reader.words_left() / k &&
              (!is_matrix(form) || d <= kMostFeatures),
          kDamaged);
  const auto exponent = reader.next<std::int64_t>();
  require(exponent >= -kMostExponent && exponent <= kMostExponent, kDamaged);
  std::vector<bool> is_kept(form == ScatterForm::pooled ? 1 : k);
  for (auto&& flag : is_kept) {
    const auto word = reader.next<std::uint64_t>();
    require(word <= (form == ScatterForm::none ? 0U : 1U), kDamaged);
    flag = word == 1;
  }
  const auto row_weight = reader.next<double>(), log_likelihood = reader.next<double>();
  auto weights = reader.numbers(k), moment_weights = reader.numbers(k);
  auto reference = reader.numbers(k * d), differences = reader.numbers(k * d);
  Statistics result(form, static_cast<Index>(k), static_cast<Index>(d), std::move(reference));
  result.unit_exponent_ = static_cast<int>(exponent);
  result.weights_ = std::move(weights);
  result.moment_weights_ = std::move(moment_weights);
  result.differences_ = std::move(differences);
  result.row_weight_ = row_weight;
  result.log_likelihood_ = log_likelihood;
  for (std::size_t b = 0; b < is_kept.size(); ++b) {
    if (!is_kept[b]) continue;
    require(count_of(form, d) <= reader.words_left(), kDamaged);
    auto& scatter = result.scatters_[b];
    scatter.assign(size_t(result.scatter_size()), 0.0);
    for_each_number(form, result.n_features(),
                    [&](std::size_t offset) { scatter[offset] = reader.next<double>(); });
  }
  require(reader.words_left() == 0 && result.is_valid(), kDamaged);
  return result;
}

}  // namespace gaussmix
