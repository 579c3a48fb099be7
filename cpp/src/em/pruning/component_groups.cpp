// SPDX-License-Identifier: BSD-3-Clause
#include "em/pruning/component_groups.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gaussmix {
namespace {

using Members = std::vector<Index>::iterator;

// The feature in which the means of these components lie furthest apart.
Index widest_feature(const Mixture& mixture, Members first, Members last) {
  const Index d = mixture.n_features();
  Index widest = 0;
  double most = -1.0;
  for (Index c = 0; c < d; ++c) {
    const auto mean = [&](Index j) { return mixture.means()[size_t(j * d + c)]; };
    const auto [low, high] =
        std::minmax_element(first, last, [&](Index a, Index b) { return mean(a) < mean(b); });
    const double width = mean(*high) - mean(*low);
    if (width > most) most = width, widest = c;
  }
  return widest;
}

}  // namespace

// Cuts them in the widest feature, as a k-d tree does, into shares of half of the groups each.
ComponentGroups::ComponentGroups(const Mixture& mixture, Index count)
    : group_(size_t(mixture.n_components())) {
  struct Share {
    Members first, last;
    Index groups;
  };
  const Index d = mixture.n_features();
  std::vector<Index> members(group_.size());
  std::iota(members.begin(), members.end(), Index{0});
  std::vector<Share> left = {{members.begin(), members.end(), count}};
  while (!left.empty()) {
    const auto [first, last, groups] = left.back();
    left.pop_back();
    if (groups == 1) {
      for (auto j = first; j != last; ++j) group_[size_t(*j)] = this->count();
      sizes_.push_back(last - first);
      continue;
    }
    const Index c = widest_feature(mixture, first, last);
    const Index half = groups / 2;
    const auto middle = first + (last - first) * half / groups;
    std::nth_element(first, middle, last, [&](Index a, Index b) {
      const double x = mixture.means()[size_t(a * d + c)], y = mixture.means()[size_t(b * d + c)];
      return x < y || (x == y && a < b);
    });
    left.push_back({middle, last, groups - half});
    left.push_back({first, middle, half});
  }
}

}  // namespace gaussmix
