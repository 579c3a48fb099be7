// SPDX-License-Identifier: BSD-3-Clause
#include "support/isa.hpp"

namespace gaussmix {

const char* instruction_set() noexcept { return GAUSSMIX_ISA; }

}  // namespace gaussmix
