// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <vector>

#include "rows/dataset.hpp"
#include "support/parallel.hpp"
#include "support/random.hpp"

namespace gaussmix {

/// k rows without replacement, the chance of each proportional to its weight: those with the
/// smallest exponential draws of rate weight (Efraimidis, Spirakis 2006).
/// \return k row numbers.
/// \throws Interrupted
template <class T>
std::vector<Index> random_rows(Execution& execution, const Dataset<T>& data, Index k,
                               const RandomStream& random);

/// How many rows tell where k clusters lie.
inline Index rows_for_clusters(Index k) {
  constexpr Index kLeast = 20000, kRowsPerCluster = 256;
  return std::max(kLeast, kRowsPerCluster * k);
}

/// The rows of a data set, or of many a sample.
///
/// The rows, laid end to end by weight, are cut into as many stretches of equal weight as the
/// sample is to have rows, and a point is drawn in each (systematic sampling with unequal
/// probabilities: Madow 1949); the row that it falls into is in the sample, with as much weight as
/// points fell into it.
template <class T>
class Sample {
 public:
  /// All rows, if there are no more than `size`.
  Sample(const Dataset<T>& data, Index size, const RandomStream& random);
  /// Of another sample the rows with these numbers in it, which ascend.
  Sample(const Sample& other, const std::vector<Index>& rows);
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  const Dataset<T>& data() const { return sample_; }
  /// The number in all data of row i of the sample.
  Index number(Index i) const { return numbers_.empty() ? i : numbers_[size_t(i)]; }

 private:
  void reserve(Index size);
  void add(Index number, double weight, const T* row);
  Dataset<T> added() const;

  std::vector<Index> numbers_;  // none where the sample is all rows
  std::vector<T> values_;
  std::vector<double> weights_;
  Dataset<T> sample_;
};

}  // namespace gaussmix
