// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/classifier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "mixture/component_classes.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

template <class T>
constexpr T kMinusInfinity = -std::numeric_limits<T>::infinity();

// Calls use(i, numbers) for each row i of a table, with the k numbers that fill(part, numbers)
// computes for a part of the rows.
template <class T, class Fill, class Use>
void for_each_part(const TableView<T>& rows, Index k, const Fill& fill, const Use& use) {
  constexpr Index kNumbers = Index{1} << 20U;
  const Index length = std::min(rows.rows, std::max(Index{256}, kNumbers / k));
  std::vector<T> numbers(size_t(length * k));
  for (Index first = 0; first < rows.rows; first += length) {
    const auto part = rows.part(first, std::min(length, rows.rows - first));
    fill(part, numbers.data());
    for (Index i = 0; i < part.rows; ++i) use(first + i, numbers.data() + i * k);
  }
}

}  // namespace

template <class T>
Classifier<T>::Classifier(const Mixture& mixture, std::vector<std::int32_t> component_classes)
    : predictor_(mixture),
      classes_(std::move(component_classes)),
      responsibilities_(size_t(mixture.n_components())),
      probabilities_(size_t(count_classes(classes_, mixture.n_components()))) {
  require(!mixture.noise(), "the mixture of a classifier must have no noise component");
}

template <class T>
Classifier<T>::Classifier(const Classifier& other)
    : predictor_(other.predictor_),
      classes_(other.classes_),
      responsibilities_(other.responsibilities_.size()),
      probabilities_(other.probabilities_.size()) {}

// In the order of the components.
template <class T>
void Classifier<T>::add_by_class(const T* responsibilities, T* out) const noexcept {
  std::fill_n(out, n_classes(), T(0));
  for (std::size_t j = 0; j < classes_.size(); ++j) out[classes_[j]] += responsibilities[j];
}

// log sum exp(l_j) = largest l + log sum exp(l_j - largest l) in each class.
template <class T>
void Classifier<T>::log_add_by_class(const T* log_responsibilities, T* sums,
                                     T* out) const noexcept {
  std::fill_n(out, n_classes(), kMinusInfinity<T>);
  std::fill_n(sums, n_classes(), T(0));
  for (std::size_t j = 0; j < classes_.size(); ++j) {
    T& largest = out[classes_[j]];
    largest = std::max(largest, log_responsibilities[j]);
  }
  for (std::size_t j = 0; j < classes_.size(); ++j) {
    const T largest = out[classes_[j]];
    if (largest == kMinusInfinity<T>) continue;
    sums[classes_[j]] += std::exp(log_responsibilities[j] - largest);
  }
  for (Index c = 0; c < n_classes(); ++c) {
    if (out[c] != kMinusInfinity<T>) out[c] += std::log(sums[c]);
  }
}

template <class T>
void Classifier<T>::probabilities(const T* x, T* out) noexcept {
  const DefaultFloatingPoint environment;
  predictor_.responsibilities(x, responsibilities_.data());
  add_by_class(responsibilities_.data(), out);
}

template <class T>
void Classifier<T>::log_probabilities(const T* x, T* out) noexcept {
  const DefaultFloatingPoint environment;
  predictor_.log_responsibilities(x, responsibilities_.data());
  log_add_by_class(responsibilities_.data(), probabilities_.data(), out);
}

template <class T>
Index Classifier<T>::predict(const T* x) noexcept {
  probabilities(x, probabilities_.data());
  return std::max_element(probabilities_.begin(), probabilities_.end()) - probabilities_.begin();
}

template <class T>
void Classifier<T>::probabilities(TableView<T> rows, T* out, int n_threads) const {
  const DefaultFloatingPoint environment;
  for_each_part(
      rows, predictor_.n_components(),
      [&](const TableView<T>& part, T* numbers) {
        predictor_.responsibilities(part, numbers, n_threads);
      },
      [&](Index i, const T* numbers) { add_by_class(numbers, out + i * n_classes()); });
}

template <class T>
void Classifier<T>::log_probabilities(TableView<T> rows, T* out, int n_threads) const {
  const DefaultFloatingPoint environment;
  std::vector<T> sums(probabilities_.size());
  for_each_part(
      rows, predictor_.n_components(),
      [&](const TableView<T>& part, T* numbers) {
        predictor_.log_responsibilities(part, numbers, n_threads);
      },
      [&](Index i, const T* numbers) {
        log_add_by_class(numbers, sums.data(), out + i * n_classes());
      });
}

template <class T>
void Classifier<T>::predict(TableView<T> rows, Index* out, int n_threads) const {
  const DefaultFloatingPoint environment;
  std::vector<T> of_row(probabilities_.size());
  for_each_part(
      rows, predictor_.n_components(),
      [&](const TableView<T>& part, T* numbers) {
        predictor_.responsibilities(part, numbers, n_threads);
      },
      [&](Index i, const T* numbers) {
        add_by_class(numbers, of_row.data());
        out[i] = std::max_element(of_row.begin(), of_row.end()) - of_row.begin();
      });
}

template class Classifier<float>;
template class Classifier<double>;

}  // namespace gaussmix
