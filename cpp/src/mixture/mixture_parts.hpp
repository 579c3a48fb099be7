// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// What a mixture consists of: the core's own way in, without the checks of what users give, and
/// out, where the memory is wanted.
struct MixtureParts {
  std::vector<double> weights, means, precisions_cholesky, covariances;
  // gcc warns of an aggregate without it. NOLINTNEXTLINE(readability-redundant-member-init)
  std::optional<Noise> noise = {};

  /// A float64 mixture of parts that are known to be sound.
  static Mixture assemble(const Mixture::Shape& shape, MixtureParts parts);
  static MixtureParts release(Mixture mixture);
};

}  // namespace gaussmix
