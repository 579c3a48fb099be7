// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Precompiled once for each instruction set: reading Eigen takes longer than compiling most files.

#include <Eigen/Core>
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "simd/simd.hpp"
