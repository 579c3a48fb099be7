// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
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

  bool weighted() const noexcept { return weights_ != nullptr; }
  double weight(Index row) const { return weights_ == nullptr ? 1.0 : weights_[row] * scale_; }
  double total_weight() const;
  /// The power of two by which the weights are scaled.
  double weight_scale() const { return scale_; }

  TableView<T> rows;

 private:
  const double* weights_;
  double scale_ = 1.0;
};

/// How the rows of a block are shared out over the components, which most blocks need few of.
template <class T>
struct Shares {
  std::vector<Index> components;     ///< those to which any row belongs; each once
  AlignedArray<T> responsibilities;  ///< k columns, block.stride apart; only theirs are written
  AlignedArray<T> log_density;       ///< of each row; zeros where there is no model yet
  AlignedArray<T> scratch;           ///< for whoever fills

  T* column(const Block<T>& block, Index j) { return responsibilities.data() + j * block.stride; }
};

/// Where responsibilities come from: an E-step, or the start of a fit.
template <class T>
class ResponsibilitySource {
 public:
  virtual ~ResponsibilitySource() = default;

  /// The order in which the rows are to be taken: n row numbers; nullptr for their own.
  virtual const std::int32_t* order() const { return nullptr; }

  /// Shares out the rows of a block, which stand at places first, first + 1, ... of the order.
  /// Where keep_going says no, it may leave off with anything in place.
  virtual void fill(Index first, const Block<T>& block, Shares<T>& shares,
                    const KeepGoing& keep_going) const = 0;
};

/// The statistics of all rows, each shared out over k components by its responsibilities times its
/// weight. Blocks are accumulated in parallel and merged in a fixed tree; no n x k array exists.
/// \throws Interrupted
template <class T>
Statistics accumulate(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form,
                      const ResponsibilitySource<T>& source);

}  // namespace gaussmix
