// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>

#include "gaussmix/export.h"

namespace gaussmix {

/// How the library was built: "version", "compiler", "eigen", "openmp" ("yes" or "no") and "isa",
/// the instruction set: "v2", "v3" or "v4" of x86-64, else "generic".
GAUSSMIX_EXPORT std::map<std::string, std::string> config();

/// The threads that the OpenMP runtime would use if asked now. In a build with threads of its own
/// (GAUSSMIX_OWN_THREADS), what OMP_NUM_THREADS said at the first call, or else the machine's
/// cores; in one without threads, 1.
GAUSSMIX_EXPORT int max_threads() noexcept;

/// From now on, child processes made by fork are known: their OpenMP runtime has lost its threads
/// and would hang in a parallel region, so there everything runs serially. Every fit and score
/// calls this; a library that is loaded long before its first use should do so at once.
GAUSSMIX_EXPORT void watch_for_forks();

}  // namespace gaussmix
