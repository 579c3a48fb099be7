// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/export.h"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Whether no number of a table is infinite or not a number: what `fit` refuses, and what a
/// Predictor, which has no time to look, takes as it comes.
/// \param n_threads at least 1
template <class T>
bool all_finite(TableView<T> rows, int n_threads = 1);

extern template GAUSSMIX_EXPORT bool all_finite<float>(TableView<float>, int);
extern template GAUSSMIX_EXPORT bool all_finite<double>(TableView<double>, int);

}  // namespace gaussmix
