// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"

#include <algorithm>

#include "support/require.hpp"

namespace gaussmix {

const std::vector<const Family*>& families() {
  static const std::vector<const Family*> all{&full_family(), &tied_family(), &diag_family(),
                                              &spherical_family()};
  return all;
}

const Family& family_of(CovarianceType type) { return *families()[static_cast<size_t>(type)]; }

const Family& family_of(const Mixture::Shape& shape) {
  return shape.family != nullptr ? *shape.family : family_of(shape.type);
}

const Family& family_named(const std::string& name) {
  const auto& all = families();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Family* family) { return family->name() == name; });
  require(found != all.end(), [&] { return "there is no covariance family '" + name + "'"; });
  return **found;
}

std::vector<CovarianceFamily> covariance_families() {
  std::vector<CovarianceFamily> table;
  for (const Family* family : families()) table.push_back({family->name(), family->type()});
  return table;
}

}  // namespace gaussmix
