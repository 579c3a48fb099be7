// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "gaussmix/mixture.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

template <class T>
class Kernel;

/// A mixture prepared for scoring. Immutable: many threads may use one at once.
///
/// T is the scalar type of the mixture. Every call takes n rows of d numbers; the result for a row
/// depends on that row and the mixture alone, so a batch gives the bits that its rows give singly.
template <class T>
class Predictor {
 public:
  /// \throws std::invalid_argument if the mixture's scalar type is not T.
  explicit Predictor(const Mixture& mixture);
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  Index n_components() const noexcept { return components_; }
  Index n_features() const noexcept { return features_; }

  /// out: n log-densities.
  void score_samples(TableView<T> rows, T* out, int n_threads) const;
  /// out: n x k, each row's logarithms of the responsibilities.
  void log_responsibilities(TableView<T> rows, T* out, int n_threads) const;
  /// out: n x k, each row sums to 1.
  void responsibilities(TableView<T> rows, T* out, int n_threads) const;
  /// out: n labels, the component with the largest responsibility; the first of equals.
  void predict(TableView<T> rows, Index* out, int n_threads) const;
  /// The mean log-density of the rows, weighted by n numbers >= 0 (nullptr: ones).
  double score(TableView<T> rows, const double* sample_weight, int n_threads) const;

 private:
  Index components_, features_;
  std::unique_ptr<const Kernel<T>> kernel_;
};

extern template class Predictor<float>;
extern template class Predictor<double>;

}  // namespace gaussmix
