// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/predictor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "densities/log_sum_exp.hpp"
#include "densities/one_row.hpp"
#include "densities/scored_blocks.hpp"
#include "support/floating_point.hpp"
#include "support/parallel.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

template <class T>
constexpr T kMinusInfinity = -std::numeric_limits<T>::infinity();

// Scores a table: few rows with one_row(predictor, i, x), which takes less time than a block, since
// a block is filled up to whole vectors; more with one_block(scored).
template <class T, class Prepared, class OneRow, class OneBlock>
void score_table(const Predictor<T>& shared, const Prepared& prepared, const TableView<T>& rows,
                 int n_threads, const OneRow& one_row, const OneBlock& one_block) {
  require(n_threads >= 1, "n_threads must be at least 1");
  constexpr Index kFew = 16;
  if (rows.rows <= kFew) {
    Predictor<T> predictor(shared);  // with a workspace of its own
    for (Index i = 0; i < rows.rows; ++i) one_row(predictor, i, rows.row(i));
    return;
  }
  Execution execution(n_threads);
  prepared.for_each_block(execution, rows, one_block);
}

// Writes the columns of a block to a row-major table.
template <class T>
void write_rows(const ScoredBlock<T>& scored, T* table) {
  const auto count = static_cast<Index>(scored.components.size());
  for (Index i = 0; i < scored.block.rows; ++i) {
    for (Index j = 0; j < count; ++j) {
      table[(scored.first + i) * count + j] = scored.log_densities[j * scored.block.stride + i];
    }
  }
}

// The weighted mean of a number that each row has, summed leaf by leaf of the partition.
class WeightedMean {
 public:
  template <class T>
  WeightedMean(const TableView<T>& rows, Index n_components)
      : sums_(size_t(Partition::of(rows.rows, rows.columns, n_components, sizeof(T)).leaves())),
        weights_(sums_) {}

  /// \param numbers of the block's rows
  template <class T>
  void add(const ScoredBlock<T>& scored, const double* sample_weight, const T* numbers) {
    const auto leaf = size_t(scored.leaf);
    for (Index i = 0; i < scored.block.rows; ++i) {
      const double weight = sample_weight == nullptr ? 1.0 : sample_weight[scored.first + i];
      if (weight == 0.0) continue;  // even if the number is minus infinity
      sums_[leaf] += weight * static_cast<double>(numbers[i]);
      weights_[leaf] += weight;
    }
  }

  double mean() const {
    return std::accumulate(sums_.begin(), sums_.end(), 0.0) /
           std::accumulate(weights_.begin(), weights_.end(), 0.0);
  }

 private:
  std::vector<double> sums_, weights_;  // of each leaf
};

}  // namespace

template <class T>
struct Predictor<T>::Prepared {
  explicit Prepared(const Densities& densities)
      : for_blocks(make_kernel<T>(densities)), for_row(densities) {}

  template <class Use>
  void for_each_block(Execution& execution, TableView<T> rows, const Use& use) const {
    for_each_scored_block(execution, *for_blocks, for_row.components(), for_row.log_noise(), rows,
                          use);
  }
  // The label of a column: that of the noise is -1.
  Index label(Index column) const noexcept { return column < for_row.components() ? column : -1; }

  KernelPointer<T> for_blocks;
  OneRowKernel<T> for_row;
};

// What scoring a single row writes to.
template <class T>
struct Predictor<T>::Workspace {
  explicit Workspace(const OneRowKernel<T>& kernel)
      : log_densities(kernel.padded_columns()),
        exponentials(kernel.padded_columns()),
        scratch(kernel.scratch_size()) {}

  RowDensity<T> log_sum_exp(const OneRowKernel<T>& kernel, const T* x) noexcept {
    kernel.log_densities(x, log_densities.data(), scratch.data());
    return log_sum_exp_row(log_densities.data(), kernel.columns(), exponentials.data());
  }

  AlignedArray<T> log_densities, exponentials, scratch;
};

template <class T>
Predictor<T>::Predictor(const Mixture& mixture) {
  if (mixture.scalar_type() != scalar_type_of<T>()) {
    throw std::invalid_argument("Predictor: the scalar type of the mixture must be that of T");
  }
  const DefaultFloatingPoint environment;
  prepared_ = std::make_shared<const Prepared>(Densities::of(mixture));
  workspace_ = std::make_unique<Workspace>(prepared_->for_row);
}

template <class T>
Predictor<T>::Predictor(const Predictor& other)
    : prepared_(other.prepared_), workspace_(std::make_unique<Workspace>(prepared_->for_row)) {}

template <class T>
Predictor<T>& Predictor<T>::operator=(const Predictor& other) {
  return *this = Predictor(other);
}

template <class T>
Predictor<T>::~Predictor() = default;
template <class T>
Predictor<T>::Predictor(Predictor&&) noexcept = default;
template <class T>
Predictor<T>& Predictor<T>::operator=(Predictor&&) noexcept = default;

template <class T>
Index Predictor<T>::n_components() const noexcept {
  return prepared_->for_row.components();
}

template <class T>
Index Predictor<T>::n_columns() const noexcept {
  return prepared_->for_row.columns();
}

template <class T>
Index Predictor<T>::n_features() const noexcept {
  return prepared_->for_row.features();
}

template <class T>
T Predictor<T>::log_density(const T* x) noexcept {
  const DefaultFloatingPoint environment;
  return workspace_->log_sum_exp(prepared_->for_row, x).log_density;
}

template <class T>
void Predictor<T>::log_responsibilities(const T* x, T* out) noexcept {
  const DefaultFloatingPoint environment;
  const T log_density = workspace_->log_sum_exp(prepared_->for_row, x).log_density;
  const Index count = n_columns();
  if (log_density == kMinusInfinity<T>) {
    std::fill_n(out, count, -std::log(static_cast<T>(count)));
    return;
  }
  const T* const log_densities = workspace_->log_densities.data();
  for (Index j = 0; j < count; ++j) out[j] = log_densities[j] - log_density;
}

template <class T>
void Predictor<T>::responsibilities(const T* x, T* out) noexcept {
  const DefaultFloatingPoint environment;
  const T sum = workspace_->log_sum_exp(prepared_->for_row, x).sum;
  const Index count = n_columns();
  if (!(sum > T(0))) {
    std::fill_n(out, count, T(1) / static_cast<T>(count));
    return;
  }
  const T inverse = T(1) / sum;
  const T* const exponentials = workspace_->exponentials.data();
  for (Index j = 0; j < count; ++j) out[j] = exponentials[j] * inverse;
}

template <class T>
Index Predictor<T>::predict(const T* x) noexcept {
  const DefaultFloatingPoint environment;
  T* const log_densities = workspace_->log_densities.data();
  prepared_->for_row.log_densities(x, log_densities, workspace_->scratch.data());
  return prepared_->label(std::max_element(log_densities, log_densities + n_columns()) -
                          log_densities);
}

template <class T>
void Predictor<T>::log_density(TableView<T> rows, T* out, int n_threads) const {
  score_table(
      *this, *prepared_, rows, n_threads,
      [&](Predictor& single, Index i, const T* x) { out[i] = single.log_density(x); },
      [&](ScoredBlock<T>& scored) {
        scored.log_sum_exp();
        std::copy_n(scored.log_density.data(), scored.block.rows, out + scored.first);
      });
}

template <class T>
void Predictor<T>::log_responsibilities(TableView<T> rows, T* out, int n_threads) const {
  const Index count = n_columns();
  const T equal = -std::log(static_cast<T>(count));
  score_table(
      *this, *prepared_, rows, n_threads,
      [&](Predictor& single, Index i, const T* x) {
        single.log_responsibilities(x, out + i * count);
      },
      [&](ScoredBlock<T>& scored) {
        scored.log_sum_exp();
        const T* const log_density = scored.log_density.data();
        for (Index j = 0; j < count; ++j) {
          T* const column = scored.log_densities.data() + j * scored.block.stride;
          for (Index i = 0; i < scored.block.rows; ++i) {
            const bool impossible = log_density[i] == kMinusInfinity<T>;
            column[i] = impossible ? equal : column[i] - log_density[i];
          }
        }
        write_rows(scored, out);
      });
}

template <class T>
void Predictor<T>::responsibilities(TableView<T> rows, T* out, int n_threads) const {
  const Index count = n_columns();
  score_table(
      *this, *prepared_, rows, n_threads,
      [&](Predictor& single, Index i, const T* x) { single.responsibilities(x, out + i * count); },
      [&](ScoredBlock<T>& scored) {
        scored.normalize();
        write_rows(scored, out);
      });
}

template <class T>
void Predictor<T>::predict(TableView<T> rows, Index* out, int n_threads) const {
  score_table(
      *this, *prepared_, rows, n_threads,
      [&](Predictor& single, Index i, const T* x) { out[i] = single.predict(x); },
      [&](ScoredBlock<T>& scored) {
        const Index stride = scored.block.stride;
        for (Index i = 0; i < scored.block.rows; ++i) {
          const T* const row = scored.log_densities.data() + i;
          out[scored.first + i] = prepared_->label(*std::max_element(
              scored.components.begin(), scored.components.end(),
              [=](Index a, Index b) { return row[a * stride] < row[b * stride]; }));
        }
      });
}

template <class T>
double Predictor<T>::score(TableView<T> rows, const double* sample_weight, int n_threads) const {
  WeightedMean log_density(rows, n_components());
  Execution execution(n_threads);
  prepared_->for_each_block(execution, rows, [&](ScoredBlock<T>& scored) {
    scored.log_sum_exp();
    log_density.add(scored, sample_weight, scored.log_density.data());
  });
  return log_density.mean();
}

template <class T>
MeanScores Predictor<T>::mean_scores(TableView<T> rows, const double* sample_weight,
                                     int n_threads) const {
  WeightedMean log_density(rows, n_components()), log_largest(rows, n_components());
  const T equal = -std::log(static_cast<T>(n_columns()));
  Execution execution(n_threads);
  prepared_->for_each_block(execution, rows, [&](ScoredBlock<T>& scored) {
    scored.log_sum_exp();
    log_density.add(scored, sample_weight, scored.log_density.data());
    T* const largest = scored.largest_log_densities();
    for (Index i = 0; i < scored.block.rows; ++i) {
      const T log_sum = scored.log_density[i];
      largest[i] = log_sum == kMinusInfinity<T> ? equal : largest[i] - log_sum;
    }
    log_largest.add(scored, sample_weight, largest);
  });
  return {log_density.mean(), log_largest.mean()};
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace gaussmix
