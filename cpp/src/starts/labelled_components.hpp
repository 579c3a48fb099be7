// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "em/known_labels.hpp"
#include "rows/dataset.hpp"

namespace gaussmix {

/// Which components have labelled rows, of their class, and where these lie.
struct LabelledComponents {
  std::vector<Index> labelled, others;  ///< components, in ascending order
  std::vector<double> means;            ///< of the labelled ones' labelled rows, each d numbers

  /// Points of all components, k x d: the means, and in the place of the others the given ones.
  std::vector<double> with_points(const std::vector<double>& of_others, Index d) const;
};

/// \param known nullptr: no row is labelled
template <class T>
LabelledComponents labelled_components(const Dataset<T>& data, const KnownLabels<T>* known,
                                       Index k);

}  // namespace gaussmix
