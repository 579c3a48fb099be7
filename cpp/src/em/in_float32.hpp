// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// A mixture that was estimated, with every parameter rounded to float32.
/// \throws DegenerateError where one has no value there
Mixture in_float32(const Mixture& mixture);

}  // namespace gaussmix
