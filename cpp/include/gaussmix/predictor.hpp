// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "gaussmix/export.h"
#include "gaussmix/mixture.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Weighted means over rows.
struct MeanScores {
  double log_density;
  double log_largest;  ///< of the logarithm of a row's largest responsibility
};

/// A mixture prepared for scoring rows of T, the scalar type of the mixture.
///
/// One row, a pointer to d numbers, takes the least time: these methods allocate nothing, take no
/// lock, start no thread and throw nothing. They use a workspace of the predictor's own, so each
/// thread needs a predictor: a copy shares the prepared mixture and has a workspace for itself.
///
/// A table, a view of n rows of d numbers, is scored on up to `n_threads` threads, at least 1.
/// These methods are const, and many threads may call them on one predictor. They throw
/// std::invalid_argument for an n_threads below 1, and std::bad_alloc.
///
/// The result for a row depends on that row and the mixture alone: in a table of any size, on any
/// number of threads, it has the bits that the row gives singly.
///
/// With a noise component a row has a column more of responsibilities, the last, and the label -1
/// where that one is the largest.
///
/// Rows are meant to be finite, and nothing checks that they are. A row so far away that every
/// density is zero, or with a NaN or an infinity, has the log-density minus infinity, the same
/// responsibility for each component, and label 0; with a noise component it is noise.
template <class T>
class GAUSSMIX_EXPORT Predictor {
 public:
  /// \throws std::invalid_argument if the mixture's scalar type is not T.
  explicit Predictor(const Mixture& mixture);
  ~Predictor();
  Predictor(const Predictor& other);
  Predictor& operator=(const Predictor& other);
  Predictor(Predictor&& other) noexcept;
  Predictor& operator=(Predictor&& other) noexcept;

  Index n_components() const noexcept;
  /// How many responsibilities a row has: n_components(), and one more with a noise component.
  Index n_columns() const noexcept;
  Index n_features() const noexcept;

  /// The logarithm of the mixture's density at x.
  T log_density(const T* x) noexcept;
  /// out: n_columns() logarithms of the responsibilities of the components for x.
  void log_responsibilities(const T* x, T* out) noexcept;
  /// out: n_columns() responsibilities, which sum to 1.
  void responsibilities(const T* x, T* out) noexcept;
  /// The component with the largest responsibility for x, -1 for the noise; the first of equals.
  Index predict(const T* x) noexcept;

  /// out: n log-densities.
  void log_density(TableView<T> rows, T* out, int n_threads = 1) const;
  /// out: n x n_columns(), each row's logarithms of the responsibilities.
  void log_responsibilities(TableView<T> rows, T* out, int n_threads = 1) const;
  /// out: n x n_columns(), each row sums to 1.
  void responsibilities(TableView<T> rows, T* out, int n_threads = 1) const;
  /// out: n labels.
  void predict(TableView<T> rows, Index* out, int n_threads = 1) const;
  /// The mean log-density of the rows, weighted by n numbers >= 0 (nullptr: ones).
  double score(TableView<T> rows, const double* sample_weight = nullptr, int n_threads = 1) const;
  /// The same with the mean logarithm of the largest responsibility, by one pass over the rows.
  MeanScores mean_scores(TableView<T> rows, const double* sample_weight = nullptr,
                         int n_threads = 1) const;

 private:
  struct Prepared;
  struct Workspace;

  std::shared_ptr<const Prepared> prepared_;
  std::unique_ptr<Workspace> workspace_;
};

extern template class GAUSSMIX_EXPORT Predictor<float>;
extern template class GAUSSMIX_EXPORT Predictor<double>;

}  // namespace gaussmix
