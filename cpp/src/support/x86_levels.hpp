// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "support/x86_cpuid.hpp"

// Which levels of x86-64 this machine has: asked at run time, before any code of a level runs, and
// by CMake, which compiles a build for this machine alone for the highest.
namespace gaussmix {

/// Whether both this CPU and the operating system support a level.
inline bool supports(X86Level level) {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
#if !defined(__clang__) && __GNUC__ >= 12
  switch (level) {
    case v2:
      return __builtin_cpu_supports("x86-64-v2") != 0;
    case v3:
      return __builtin_cpu_supports("x86-64-v3") != 0;
    case v4:
      return __builtin_cpu_supports("x86-64-v4") != 0;
  }
#else
  switch (level) {
    case v2:
      return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("popcnt") != 0;
    case v3:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
             __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
    case v4:
      return supports(v3) && __builtin_cpu_supports("avx512f") != 0 &&
             __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  }
#endif
#endif
#if defined(__x86_64__) && !defined(__GNUC__)
  return supports_by_cpuid(level);
#else
  static_cast<void>(level);
  return false;
#endif
}

}  // namespace gaussmix
