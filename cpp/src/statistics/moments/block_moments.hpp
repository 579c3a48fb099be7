// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "rows/blocks.hpp"
#include "support/interface.hpp"

namespace gaussmix {

/// A responsibility below this changes nothing: a component counts as empty up to a weight of
/// 10 eps n, and all such responsibilities together are 5e-10 of that.
inline constexpr double kNegligible = 1e-24;

/// The M-step's inner part: weighted moments of the rows of one block about any centre, in double
/// whatever the rows are. One object serves one thread, block after block and component after
/// component.
template <class T>
class BlockMoments : public Interface {
 public:
  /// Sets the rows that the other calls refer to: those of a block, which stand at positions first,
  /// first + 1, ... of `rows`.
  /// \param weights in a component: block.length aligned numbers >= 0, zero past block.rows, which
  /// have to be there until the next call
  /// \return the sum of the weights
  virtual double set_rows(const RowSequence<T>& rows, Index first, const Block<T>& block,
                          const double* weights) = 0;

  /// first[c] = sum of weight (x_c - centre_c), and second[c] = sum of weight (x_c - centre_c)^2.
  virtual void moments_about(const double* centre, double* first, double* second) = 0;

  /// scatter (d x d, the lower triangle) += sum of weight (x - centre) (x - centre)^T, the centre
  /// being that of the call of moments_about before.
  virtual void add_products(double* scatter) = 0;
};

/// How many single rows take as long as a vector of rows, whichever way is faster for each.
double rows_worth_a_vector(Index d, bool products);

/// The moments for d features. With `products` false, add_products will not be called. A weight of
/// `negligible` or less may count as none.
template <class T>
std::unique_ptr<BlockMoments<T>> make_block_moments(Index d, bool products,
                                                    double negligible = kNegligible);

}  // namespace gaussmix
