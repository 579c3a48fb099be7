// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "rows/blocks.hpp"

namespace gaussmix {

/// A responsibility below this changes nothing: the weight with which a component is not yet empty
/// is 10 eps n, and beside that all of them together are 5e-10.
inline constexpr double kNegligible = 1e-24;

/// The M-step's inner part: weighted moments of the rows of one block about any place, in double
/// whatever the rows are. One object serves one thread, block after block and component after
/// component.
template <class T>
class BlockMoments {
 public:
  BlockMoments() = default;
  BlockMoments(const BlockMoments&) = delete;
  BlockMoments& operator=(const BlockMoments&) = delete;
  virtual ~BlockMoments() = default;

  /// The rows from here on, which the other calls refer to: those of a block, sharing in a
  /// component by so much each. shares: block.length aligned numbers >= 0, zero past block.rows.
  /// Returns the sum of the shares.
  virtual double take(const RowSequence<T>& rows, Index first, const Block<T>& block,
                      const double* shares) = 0;

  /// Takes the differences of the rows to a place: first[c] = sum of share (x_c - place_c), and
  /// second[c] that of share (x_c - place_c)^2.
  virtual void centre(const double* place, double* first, double* second) = 0;

  /// scatter (d x d, the lower triangle) += sum of share (x - place) (x - place)^T.
  virtual void add_products(double* scatter) = 0;
};

/// The moments for d features. With `products` false, add_products will not be called. A share of
/// `negligible` or less may count as none.
template <class T>
std::unique_ptr<BlockMoments<T>> make_block_moments(Index d, bool products,
                                                    double negligible = kNegligible);

}  // namespace gaussmix
