// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// Components in groups of neighbours, which share a bound where one for each takes too much
/// memory. A group of one is a component.
class ComponentGroups {
 public:
  /// \param count how many groups, from 1 to the number of components
  ComponentGroups(const Mixture& mixture, Index count);

  Index count() const { return static_cast<Index>(sizes_.size()); }
  Index of(Index component) const { return group_[size_t(component)]; }
  const std::vector<Index>& sizes() const { return sizes_; }

 private:
  std::vector<Index> group_, sizes_;
};

}  // namespace gaussmix
