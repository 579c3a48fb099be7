// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace gaussmix {

/// What the vectors of this build are of: "v2", "v3" or "v4" of x86-64, or "generic".
const char* instruction_set() noexcept;

}  // namespace gaussmix
