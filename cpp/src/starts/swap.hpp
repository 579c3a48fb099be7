// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "gaussmix/mixture.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"
#include "support/random.hpp"

namespace gaussmix {

/// A mixture that EM found, with one component moved elsewhere: a start from which EM may find a
/// better one (random swap EM: Zhao, Hautamaki, Karkkainen, Franti 2012).
struct Swap {
  Index component;
  Mixture mixture;
};

template <class T>
class Swaps {
 public:
  /// For a mixture of at least two components, found in the data.
  /// \throws Interrupted
  Swaps(Execution& execution, const Dataset<T>& data, const Mixture& mixture);

  /// Moves a component to a row, with 1/k of the weight and the mean covariance of the others. The
  /// row is drawn with probability proportional to its weight times the difference of its
  /// log-density from the highest; the component with equal probabilities, unless one is given.
  /// Nothing if all rows are explained equally well, or the covariance has no factor, for rounding.
  std::optional<Swap> draw(const RandomStream& random,
                           std::optional<Index> component = std::nullopt) const;

 private:
  std::optional<Mixture> moved(Index component, Index row) const;

  const Dataset<T>& data_;
  const Mixture& mixture_;
  std::vector<double> cumulative_;  // what the probabilities of rows are proportional to, summed up
};

}  // namespace gaussmix
