// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "rows/blocks.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

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

  /// Whether each row's responsibilities are sure to sum to 1.
  virtual bool complete() const { return false; }

  /// k x d numbers: for each component a place near the rows that share in it; nullptr where none
  /// is known.
  virtual const double* places() const { return nullptr; }

  /// Whether the products of component j are to be summed in double: T is, or may be, too coarse.
  virtual bool in_double(Index /*j*/) const { return false; }

  /// Shares out the rows of a block, which stand at places first, first + 1, ... of the order.
  /// Where keep_going says no, it may leave off with anything in place.
  virtual void fill(Index first, const Block<T>& block, Shares<T>& shares,
                    const KeepGoing& keep_going) const = 0;
};

}  // namespace gaussmix
