// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace gaussmix {

using Index = std::ptrdiff_t;

/// How a mixture's covariances are stored, and which of them are free parameters.
///
/// | value     | covariances            | shape of the array |
/// |-----------|------------------------|--------------------|
/// | full      | one matrix a component | k x d x d          |
/// | tied      | one matrix for all     | d x d              |
/// | diag      | one vector a component | k x d              |
/// | spherical | one number a component | k                  |
enum class CovarianceType { full, tied, diag, spherical };

/// Where the first responsibilities of a start come from.
enum class InitParams {
  kmeans,            ///< k-means labels: a matrix of zeros and ones
  kmeans_plus_plus,  ///< the rows that greedy k-means++ picks
  random,            ///< uniform draws, each row divided by its sum
  random_from_data,  ///< k different rows
};

/// What to do with a component that EM cannot re-estimate.
enum class Degenerate {
  repair,  ///< mend it, go on, and report it in FitResult::repairs
  raise,   ///< throw DegenerateError
};

/// How the iterations of a start that runs to its end are made fewer.
enum class Acceleration {
  none,     ///< plain EM
  squarem,  ///< extrapolations (Varadhan, Roland 2008, scheme S3), taken where they gain
};

/// The floating-point type of the data that a model was fitted to and scores.
enum class ScalarType { float32, float64 };

template <class T>
constexpr ScalarType scalar_type_of();
template <>
constexpr ScalarType scalar_type_of<float>() {
  return ScalarType::float32;
}
template <>
constexpr ScalarType scalar_type_of<double>() {
  return ScalarType::float64;
}

/// A table of rows x columns numbers, each row without gaps, owned by somebody else.
template <class T>
struct TableView {
  const T* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index stride = columns;  ///< how many numbers from one row to the next; by default no gap

  const T* row(Index i) const noexcept { return data + i * stride; }
  /// Rows first, first + 1, ... first + count - 1.
  TableView part(Index first, Index count) const noexcept {
    return {row(first), count, columns, stride};
  }
};

}  // namespace gaussmix
