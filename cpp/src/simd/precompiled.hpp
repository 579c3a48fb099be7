// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What most files that compute include: compilers read it once for each instruction set, and Eigen
// takes them longer than all that is ours.

#include <Eigen/Core>
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "simd/simd.hpp"
