// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "gaussmix/kmeans.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix::python {

// Options are strings in Python and enumerations in C++.
template <class Enum>
struct Names;

template <>
struct Names<CovarianceType> {
  static constexpr std::array<std::pair<const char*, CovarianceType>, 4> kTable{
      {{"full", CovarianceType::full},
       {"tied", CovarianceType::tied},
       {"diag", CovarianceType::diag},
       {"spherical", CovarianceType::spherical}}};
};

template <>
struct Names<InitParams> {
  static constexpr std::array<std::pair<const char*, InitParams>, 4> kTable{
      {{"kmeans", InitParams::kmeans},
       {"k-means++", InitParams::kmeans_plus_plus},
       {"random", InitParams::random},
       {"random_from_data", InitParams::random_from_data}}};
};

template <>
struct Names<KMeansInit> {
  static constexpr std::array<std::pair<const char*, KMeansInit>, 2> kTable{
      {{"k-means++", KMeansInit::kmeans_plus_plus}, {"random", KMeansInit::random}}};
};

template <>
struct Names<Degenerate> {
  static constexpr std::array<std::pair<const char*, Degenerate>, 2> kTable{
      {{"repair", Degenerate::repair}, {"raise", Degenerate::raise}}};
};

template <>
struct Names<Acceleration> {
  static constexpr std::array<std::pair<const char*, Acceleration>, 2> kTable{
      {{"none", Acceleration::none}, {"squarem", Acceleration::squarem}}};
};

/// \throws std::invalid_argument (ValueError) for an unknown name.
template <class Enum>
Enum value_of(const std::string& name) {
  for (const auto& [known, value] : Names<Enum>::kTable) {
    if (name == known) return value;
  }
  throw std::invalid_argument("unknown name: '" + name + "'");
}

template <class Enum>
const char* name_of(Enum value) {
  for (const auto& [name, known] : Names<Enum>::kTable) {
    if (value == known) return name;
  }
  return "";
}

}  // namespace gaussmix::python
