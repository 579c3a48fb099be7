// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gaussmix/types.hpp"
#include "support/require.hpp"

namespace gaussmix {

/// The number of classes that the components of a mixture belong to.
/// \throws std::invalid_argument unless they are a number a component, and each class from 0 to the
///   largest has one
inline Index count_classes(const std::vector<std::int32_t>& classes, Index n_components) {
  require(n_components > 0 && static_cast<Index>(classes.size()) == n_components,
          "component_classes must be a number a component");
  for (const std::int32_t own : classes) {
    require(own >= 0 && own < n_components, "component_classes must be in [0, n_components)");
  }
  std::vector<char> found(size_t(*std::max_element(classes.begin(), classes.end())) + 1, 0);
  for (const std::int32_t own : classes) found[size_t(own)] = 1;
  require(std::find(found.begin(), found.end(), 0) == found.end(),
          "component_classes must have each class up to the largest");
  return static_cast<Index>(found.size());
}

}  // namespace gaussmix
