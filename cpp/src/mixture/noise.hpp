// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/noise.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// \throws std::invalid_argument unless a noise component of d features is as Noise says
void check_noise(const Noise& noise, Index d);

}  // namespace gaussmix
