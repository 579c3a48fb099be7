// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// How the covariances of a mixture lie in memory: `blocks` of `size` numbers, of which all
/// components have one each, or all share one.
struct CovarianceLayout {
  enum class Kind { matrix, vector, scalar };

  Kind kind;
  bool shared;
  Index blocks, size;

  static CovarianceLayout of(const Mixture::Shape& shape);
  /// The shape of the public arrays, of d features: blocks x d x d, d x d, blocks x d or blocks.
  std::vector<Index> array_shape(Index d) const;
  Index total() const { return blocks * size; }
  /// Where the numbers of component j begin.
  Index offset(Index j) const { return shared ? 0 : j * size; }
  /// The first component that block b belongs to, or -1 where all share it.
  Index component(Index b) const { return shared ? -1 : b; }
};

}  // namespace gaussmix
