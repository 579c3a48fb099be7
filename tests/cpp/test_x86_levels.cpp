// SPDX-License-Identifier: BSD-3-Clause
#include "support/x86_levels.hpp"

#include <gtest/gtest.h>

namespace gaussmix {
namespace {

#if defined(__x86_64__) && defined(__GNUC__)
TEST(X86Levels, AreTheSameByCpuidAndByTheCompiler) {
  for (const X86Level level : {v2, v3, v4}) {
    EXPECT_EQ(supports_by_cpuid(level), supports(level)) << static_cast<int>(level);
  }
}
#endif

#if defined(__x86_64__)
TEST(X86Levels, AHigherOneHasTheLowerOnes) {
  EXPECT_TRUE(supports(v2));
  EXPECT_LE(supports(v4), supports(v3));
}
#else
TEST(X86Levels, AreOfX86Alone) { EXPECT_FALSE(supports(v2)); }
#endif

}  // namespace
}  // namespace gaussmix
