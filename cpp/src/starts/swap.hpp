// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
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

  /// Moves a component to a row, with 1/k of the components' weight and the mean covariance of the
  /// others. The row is drawn with probability proportional to its weight times the difference of
  /// its log-density from the highest; the component with equal probabilities among those given.
  /// Nothing if all rows are explained equally well, or rounding leaves the covariance singular.
  std::optional<Swap> draw(const RandomStream& random, const std::vector<Index>& components) const;

 private:
  std::optional<Mixture> moved(Index component, Index row) const;

  const Dataset<T>& data_;
  const Mixture& mixture_;
  std::vector<double> cumulative_;  // sums of what the rows' probabilities are proportional to
};

/// A component that contributes nothing to a mixture.
struct RedundantComponent {
  Index component;
  std::string reason;
};

/// The first of these components to which no row belongs: its weight is below 10 eps.
std::optional<RedundantComponent> find_empty(const Mixture& mixture,
                                             const std::vector<Index>& components);

/// The first of these components that equals an earlier one, or one that is not of these, but for
/// its weight: both Kullback-Leibler divergences are below 1e-3.
/// \param components in ascending order
std::optional<RedundantComponent> find_duplicate(const Mixture& mixture,
                                                 const std::vector<Index>& components);

}  // namespace gaussmix
