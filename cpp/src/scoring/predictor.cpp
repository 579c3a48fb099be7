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
#include "scoring/row_scorer.hpp"
#include "support/floating_point.hpp"
#include "support/parallel.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// Few rows take less time one at a time than as a block, which is filled up to whole vectors.
template <class T>
bool better_singly(const TableView<T>& rows, int n_threads) {
  require(n_threads >= 1, "n_threads must be at least 1");
  constexpr Index kFew = 16;
  return rows.rows <= kFew;
}

// Calls use(scorer, i, x) for each row i.
template <class T, class Use>
void score_singly(const OneRowKernel<T>& kernel, const TableView<T>& rows, const Use& use) {
  const DefaultFloatingPoint environment;
  RowScorer<T> scorer(kernel);
  for (Index i = 0; i < rows.rows; ++i) use(scorer, i, rows.row(i));
}

// The block's columns, one a component, as rows of a row-major table.
template <class T>
void write_rows(const Block<T>& block, const T* columns, Index k, T* out) {
  for (Index i = 0; i < block.rows; ++i) {
    for (Index j = 0; j < k; ++j) out[i * k + j] = columns[j * block.stride + i];
  }
}

}  // namespace

template <class T>
struct Predictor<T>::Prepared {
  std::unique_ptr<const Kernel<T>> block;
  OneRowKernel<T> row;

  explicit Prepared(const Mixture& mixture)
      : block(make_kernel<T>(Densities::of(mixture))), row(Densities::of(mixture)) {}
};

template <class T>
struct Predictor<T>::Workspace : RowScorer<T> {
  using RowScorer<T>::RowScorer;
};

template <class T>
Predictor<T>::Predictor(const Mixture& mixture) {
  if (mixture.scalar_type() != scalar_type_of<T>()) {
    throw std::invalid_argument("Predictor: the scalar type of the mixture must be that of T");
  }
  const DefaultFloatingPoint environment;
  prepared_ = std::make_shared<const Prepared>(mixture);
  workspace_ = std::make_unique<Workspace>(prepared_->row);
}

template <class T>
Predictor<T>::Predictor(const Predictor& other)
    : prepared_(other.prepared_), workspace_(std::make_unique<Workspace>(prepared_->row)) {}

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
  return prepared_->row.components();
}

template <class T>
Index Predictor<T>::n_features() const noexcept {
  return prepared_->row.features();
}

template <class T>
T Predictor<T>::log_density(const T* x) noexcept {
  const DefaultFloatingPoint environment;
  return workspace_->log_density(x);
}

template <class T>
void Predictor<T>::log_responsibilities(const T* x, T* out) noexcept {
  const DefaultFloatingPoint environment;
  workspace_->log_responsibilities(x, out);
}

template <class T>
void Predictor<T>::responsibilities(const T* x, T* out) noexcept {
  const DefaultFloatingPoint environment;
  workspace_->responsibilities(x, out);
}

template <class T>
Index Predictor<T>::predict(const T* x) noexcept {
  const DefaultFloatingPoint environment;
  return workspace_->predict(x);
}

template <class T>
void Predictor<T>::log_density(TableView<T> rows, T* out, int n_threads) const {
  if (better_singly(rows, n_threads)) {
    return score_singly(prepared_->row, rows,
                        [&](auto& scorer, Index i, const T* x) { out[i] = scorer.log_density(x); });
  }
  const Index k = n_components();
  const auto components = all_components(k);
  Execution execution(n_threads);
  for_each_scored_block(execution, *prepared_->block, k, rows,
                        [&](Index, Index first, auto& block, auto& w) {
                          log_sum_exp(block, all_rows(block), components, w.log_densities.data(),
                                      w.log_density.data());
                          std::copy_n(w.log_density.data(), block.rows, out + first);
                        });
}

template <class T>
void Predictor<T>::log_responsibilities(TableView<T> rows, T* out, int n_threads) const {
  const Index k = n_components();
  if (better_singly(rows, n_threads)) {
    return score_singly(prepared_->row, rows, [&](auto& scorer, Index i, const T* x) {
      scorer.log_responsibilities(x, out + i * k);
    });
  }
  const auto components = all_components(k);
  Execution execution(n_threads);
  const T equal = -std::log(static_cast<T>(k));
  for_each_scored_block(
      execution, *prepared_->block, k, rows, [&](Index, Index first, auto& block, auto& w) {
        log_sum_exp(block, all_rows(block), components, w.log_densities.data(),
                    w.log_density.data());
        for (Index j = 0; j < k; ++j) {
          T* const column = w.log_densities.data() + j * block.stride;
          for (Index i = 0; i < block.rows; ++i) {
            const bool impossible = w.log_density[i] == -std::numeric_limits<T>::infinity();
            column[i] = impossible ? equal : column[i] - w.log_density[i];
          }
        }
        write_rows(block, w.log_densities.data(), k, out + first * k);
      });
}

template <class T>
void Predictor<T>::responsibilities(TableView<T> rows, T* out, int n_threads) const {
  const Index k = n_components();
  if (better_singly(rows, n_threads)) {
    return score_singly(prepared_->row, rows, [&](auto& scorer, Index i, const T* x) {
      scorer.responsibilities(x, out + i * k);
    });
  }
  const auto components = all_components(k);
  Execution execution(n_threads);
  for_each_scored_block(
      execution, *prepared_->block, k, rows, [&](Index, Index first, auto& block, auto& w) {
        normalize(block, all_rows(block), components, w.log_densities.data(), w.log_density.data());
        write_rows(block, w.log_densities.data(), k, out + first * k);
      });
}

template <class T>
void Predictor<T>::predict(TableView<T> rows, Index* out, int n_threads) const {
  if (better_singly(rows, n_threads)) {
    return score_singly(prepared_->row, rows,
                        [&](auto& scorer, Index i, const T* x) { out[i] = scorer.predict(x); });
  }
  const Index k = n_components();
  const auto components = all_components(k);
  Execution execution(n_threads);
  for_each_scored_block(
      execution, *prepared_->block, k, rows, [&](Index, Index first, auto& block, auto& w) {
        largest(block, {0, block.rows}, components, w.log_densities.data(), out + first);
      });
}

template <class T>
double Predictor<T>::score(TableView<T> rows, const double* sample_weight, int n_threads) const {
  const Index k = n_components();
  const auto components = all_components(k);
  Execution execution(n_threads);
  const Index leaves = Partition::of(rows.rows, rows.columns, k, sizeof(T)).leaves();
  std::vector<double> sums(static_cast<std::size_t>(leaves)), weights(sums);
  const auto add = [&](Index leaf, Index first, auto& block, auto& w) {
    log_sum_exp(block, all_rows(block), components, w.log_densities.data(), w.log_density.data());
    for (Index i = 0; i < block.rows; ++i) {
      const double weight = sample_weight == nullptr ? 1.0 : sample_weight[first + i];
      if (weight == 0.0) continue;
      sums[size_t(leaf)] += weight * static_cast<double>(w.log_density[i]);
      weights[size_t(leaf)] += weight;
    }
  };
  for_each_scored_block(execution, *prepared_->block, k, rows, add);
  return std::accumulate(sums.begin(), sums.end(), 0.0) /
         std::accumulate(weights.begin(), weights.end(), 0.0);
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace gaussmix
