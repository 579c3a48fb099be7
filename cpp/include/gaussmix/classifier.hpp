// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/mixture.hpp"
#include "gaussmix/predictor.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// A mixture whose components belong to classes, prepared for classifying rows of T, the scalar
/// type of the mixture: mixture discriminant analysis (Hastie, Tibshirani 1996). The probability of
/// a class is the sum of the responsibilities of its components; those weights of the mixture are
/// the class's prior probability times that of the component in it.
///
/// As of a Predictor, the methods for one row, a pointer to d numbers, allocate nothing and throw
/// nothing, and each thread needs an object; those for tables are const. A row has the same bits
/// either way, on any number of threads.
template <class T>
class GAUSSMIX_EXPORT Classifier {
 public:
  /// \param component_classes k numbers, of each component its class: 0, 1, ..., each at least
  /// once.
  /// \throws std::invalid_argument for others, if the mixture's scalar type is not T, or if it has
  /// a noise component.
  Classifier(const Mixture& mixture, std::vector<std::int32_t> component_classes);
  /// Safe while the other scores a row.
  Classifier(const Classifier& other);
  Classifier& operator=(const Classifier&) = default;
  Classifier(Classifier&&) noexcept = default;
  Classifier& operator=(Classifier&&) noexcept = default;
  ~Classifier() = default;

  Index n_classes() const noexcept { return static_cast<Index>(probabilities_.size()); }
  Index n_features() const noexcept { return predictor_.n_features(); }

  /// out: n_classes probabilities, which sum to 1.
  void probabilities(const T* x, T* out) noexcept;
  /// out: their logarithms, right where the probabilities are too small to be represented.
  void log_probabilities(const T* x, T* out) noexcept;
  /// The class with the largest probability for x; the first of equals.
  Index predict(const T* x) noexcept;

  /// out: n x n_classes.
  void probabilities(TableView<T> rows, T* out, int n_threads = 1) const;
  /// out: n x n_classes.
  void log_probabilities(TableView<T> rows, T* out, int n_threads = 1) const;
  /// out: n classes.
  void predict(TableView<T> rows, Index* out, int n_threads = 1) const;

 private:
  void add_by_class(const T* responsibilities, T* out) const noexcept;
  void log_add_by_class(const T* log_responsibilities, T* sums, T* out) const noexcept;

  Predictor<T> predictor_;
  std::vector<std::int32_t> classes_;
  std::vector<T> responsibilities_, probabilities_;  // of one row
};

extern template class GAUSSMIX_EXPORT Classifier<float>;
extern template class GAUSSMIX_EXPORT Classifier<double>;

}  // namespace gaussmix
