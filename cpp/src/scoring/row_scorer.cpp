// SPDX-License-Identifier: BSD-3-Clause
#include "scoring/row_scorer.hpp"

#include <cmath>
#include <limits>

#include "densities/log_sum_exp.hpp"

namespace gaussmix {

template <class T>
RowScorer<T>::RowScorer(const OneRowKernel<T>& kernel)
    : kernel_(kernel),
      log_densities_(kernel.padded_components()),
      exponentials_(kernel.padded_components()),
      scratch_(kernel.scratch_size()) {}

template <class T>
T RowScorer<T>::log_density(const T* x) noexcept {
  kernel_.log_densities(x, log_densities_.data(), scratch_.data());
  return log_sum_exp_row(log_densities_.data(), kernel_.components(), exponentials_.data())
      .log_density;
}

template <class T>
void RowScorer<T>::log_responsibilities(const T* x, T* out) noexcept {
  const Index k = kernel_.components();
  const T log_density = this->log_density(x);
  const bool impossible = log_density == -std::numeric_limits<T>::infinity();
  const T equal = -std::log(static_cast<T>(k));
  for (Index j = 0; j < k; ++j) out[j] = impossible ? equal : log_densities_[j] - log_density;
}

template <class T>
void RowScorer<T>::responsibilities(const T* x, T* out) noexcept {
  const Index k = kernel_.components();
  kernel_.log_densities(x, log_densities_.data(), scratch_.data());
  const T sum = log_sum_exp_row(log_densities_.data(), k, exponentials_.data()).sum;
  const T inverse = T(1) / sum, equal = T(1) / static_cast<T>(k);
  for (Index j = 0; j < k; ++j) out[j] = sum > T(0) ? exponentials_[j] * inverse : equal;
}

template <class T>
Index RowScorer<T>::predict(const T* x) noexcept {
  kernel_.log_densities(x, log_densities_.data(), scratch_.data());
  return largest_of_row(log_densities_.data(), kernel_.components());
}

template class RowScorer<float>;
template class RowScorer<double>;

}  // namespace gaussmix
