// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// A component that a mixture would hardly miss.
struct RedundantComponent {
  Index component;
  std::string reason;
};

/// The first component to which no row belongs: its weight is below 10 eps.
std::optional<RedundantComponent> find_empty(const Mixture& mixture);

/// The first component that equals an earlier one but for its weight, as one says of two Gaussians
/// whose Kullback-Leibler divergences are below 1e-3.
std::optional<RedundantComponent> find_duplicate(const Mixture& mixture);

}  // namespace gaussmix
