// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "covariance/families/family.hpp"
#include "gaussmix/fit.hpp"

namespace gaussmix {

const Family& family_of(const FitOptions& options);

/// The known labels and the component classes, for n rows and k components.
/// \throws std::invalid_argument
void validate_labels(const FitOptions& options, Index n, Index k, bool has_noise);

/// How many of the first mixture's three kinds of parameters are given.
int count_given(const FitOptions& options);

/// \throws std::invalid_argument for options, rows or weights that `fit` does not take
template <class T>
void validate_fit(TableView<T> rows, const FitOptions& options, const double* sample_weight);

}  // namespace gaussmix
