// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <initializer_list>

#include "support/x86_levels.hpp"

// Prints the levels of x86-64 that this machine has, best first, as a list of CMake.
int main() {
  constexpr const char* kNames[] = {"v2", "v3", "v4"};
  for (const auto level : {gaussmix::v4, gaussmix::v3, gaussmix::v2}) {
    if (gaussmix::supports(level)) std::printf("%s;", kNames[level]);
  }
}
