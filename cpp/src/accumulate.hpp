// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <vector>

#include "blocks.hpp"
#include "gaussmix/statistics.hpp"
#include "parallel.hpp"

namespace gaussmix {

/// The rows of a fit and their weights (nullptr: ones). Only the ratios of weights matter; a power
/// of two scales them so that the largest is in [1, 2), where no product with one can overflow.
template <class T>
class Dataset {
 public:
  Dataset(TableView<T> table, const double* row_weights);

  double weight(Index row) const { return weights_ == nullptr ? 1.0 : weights_[row] * scale_; }
  double total_weight() const;

  TableView<T> rows;

 private:
  const double* weights_;
  double scale_ = 1.0;
};

/// Where responsibilities come from: an E-step, or the start of a fit.
template <class T>
class ResponsibilitySource {
 public:
  virtual ~ResponsibilitySource() = default;

  /// How many T `fill` is given as aligned scratch.
  virtual Index scratch_size() const { return 0; }

  /// Writes the responsibilities of rows first, first + 1, ... of the data, which are the rows of
  /// the block: k columns, block.stride apart; and the logarithms of their densities, block.length
  /// numbers, zeros where there is no model yet.
  virtual void fill(Index first, const Block<T>& block, T* responsibilities, T* log_density,
                    T* scratch) const = 0;
};

/// The statistics of all rows, each shared out over k components by its responsibilities times its
/// weight. Blocks are accumulated in parallel and merged in a fixed tree; no n x k array exists.
/// \throws Interrupted
template <class T>
Statistics accumulate(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form,
                      const ResponsibilitySource<T>& source);

}  // namespace gaussmix
