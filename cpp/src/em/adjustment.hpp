// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>

#include "rows/blocks.hpp"

namespace gaussmix {

/// Which rows a block has: those at positions first, first + 1, ... of an order, the last again and
/// again past their number.
struct BlockRows {
  Index first, count;
  const std::int32_t* order;  ///< nullptr: that of the table

  Index number(Index i) const {
    const Index position = first + std::min(i, count - 1);
    return order == nullptr ? position : order[position];
  }
};

/// A change of rows' log-densities in an E-step, before they are normalised: known labels, say.
template <class T>
class Adjustment {
 public:
  Adjustment() = default;
  Adjustment(const Adjustment&) = delete;
  Adjustment& operator=(const Adjustment&) = delete;
  virtual ~Adjustment() = default;

  /// Whether it leaves a log-density as it is or makes it minus infinity, the same ones in every
  /// E-step. Then pruning goes on: its bounds hold of what is forbidden too, and a row whose
  /// components are all forbidden but one keeps every component from being passed over until that
  /// one is known.
  virtual bool only_forbids() const = 0;

  /// Changes a column of log-densities under component j, for rows of a range; what a row gets
  /// depends on it alone.
  virtual void adjust(const BlockRows& rows, RowRange range, Index j, T* column) const = 0;
};

}  // namespace gaussmix
