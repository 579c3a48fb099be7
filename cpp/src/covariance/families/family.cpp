// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"

#include <stdexcept>

namespace gaussmix {

const std::vector<const Family*>& families() {
  static const std::vector<const Family*> all{
      &full_family(), &tied_family(), &diag_family(), &spherical_family(), &eii_family(),
      &eei_family(),  &vei_family(),  &evi_family(),  &vee_family(),       &eve_family(),
      &vve_family(),  &eev_family(),  &vev_family(),  &evv_family(),       &fixed_family()};
  return all;
}

const Family& family_of(CovarianceType type) { return *families()[static_cast<size_t>(type)]; }

const Family& family_of(const Mixture::Shape& shape) {
  return shape.family != nullptr ? *shape.family : family_of(shape.type);
}

std::vector<CovarianceFamily> covariance_families() {
  std::vector<CovarianceFamily> table;
  const auto add = [&table](const char* name, const Family& family) {
    table.push_back({name, family.name(), family.type(), family.has_linear_coordinates()});
  };
  for (const Family* family : families()) add(family->name(), *family);
  // mclust's names of the types, and those of its two families of one feature.
  add("VVV", full_family());
  add("EEE", tied_family());
  add("VVI", diag_family());
  add("VII", spherical_family());
  add("V", spherical_family());
  add("E", eii_family());
  return table;
}

const Family& family_named(const std::string& name) {
  std::string own = name;
  for (const auto& known : covariance_families()) {
    if (known.name == name) own = known.family;
  }
  for (const Family* family : families()) {
    if (family->name() == own) return *family;
  }
  throw std::invalid_argument("there is no covariance family '" + name + "'");
}

void require_features(const std::string& family, Index features) {
  if (features > 1 && (family == "E" || family == "V")) {
    throw std::invalid_argument("the covariance family '" + family +
                                "' is for one feature, not for " + std::to_string(features));
  }
}

Mixture::Shape Mixture::Shape::of(const std::string& family, Index components, Index features) {
  const Family& found = family_named(family);
  require_features(family, features);
  return {found.type(), components, features, &found};
}

}  // namespace gaussmix
