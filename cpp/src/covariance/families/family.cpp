// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"

#include <stdexcept>

namespace gaussmix {

const std::vector<const Family*>& families() {
  static const std::vector<const Family*> all{
      &full_family(), &tied_family(), &diag_family(), &spherical_family(), &eii_family(),
      &eei_family(),  &vei_family(),  &evi_family(),  &vee_family(),       &eve_family(),
      &vve_family(),  &eev_family(),  &vev_family(),  &evv_family()};
  return all;
}

const Family& family_of(CovarianceType type) { return *families()[static_cast<size_t>(type)]; }

const Family& family_of(const Mixture::Shape& shape) {
  return shape.family != nullptr ? *shape.family : family_of(shape.type);
}

std::vector<CovarianceFamily> covariance_families() {
  std::vector<CovarianceFamily> table;
  for (const Family* family : families()) table.push_back({family->name(), family->type()});
  // mclust's names of the types, and those of its two families of one feature.
  table.insert(table.end(), {{"VVV", CovarianceType::full},
                             {"EEE", CovarianceType::tied},
                             {"VVI", CovarianceType::diag},
                             {"VII", CovarianceType::spherical},
                             {"V", CovarianceType::spherical}});
  table.push_back({"E", eii_family().type()});
  return table;
}

const Family& family_named(const std::string& name) {
  if (name == "E") return eii_family();
  for (const Family* family : families()) {
    if (family->name() == name) return *family;
  }
  for (const auto& [known, type] : covariance_families()) {
    if (known == name) return family_of(type);
  }
  throw std::invalid_argument("there is no covariance family '" + name + "'");
}

Mixture::Shape Mixture::Shape::of(const std::string& family, Index components, Index features) {
  const Family& found = family_named(family);
  return {found.type(), components, features, &found};
}

}  // namespace gaussmix
