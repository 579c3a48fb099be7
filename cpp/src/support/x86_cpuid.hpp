// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

// What __builtin_cpu_supports knows, for where the library that it needs is not linked: clang-cl.
namespace gaussmix {

enum X86Level { v2, v3, v4 };

#if defined(__x86_64__)
struct CpuidResult {
  std::uint32_t a, b, c, d;
};

inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  CpuidResult r{};
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
  return r;
}

/// Which registers the operating system saves, by the bits of XCR0. Only where it has that.
inline std::uint32_t saved_registers() {
  std::uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/// Whether both this CPU and the operating system support a level, by the bits that the System V
/// ABI lists for each level.
inline bool supports_by_cpuid(X86Level level) {
  // Of leaf 1 and of 0x80000001, in ecx; of leaf 7, in ebx.
  constexpr std::uint32_t kV2 = 1U << 0 | 1U << 9 | 1U << 13 | 1U << 19 | 1U << 20 | 1U << 23;
  constexpr std::uint32_t kV3 = 1U << 12 | 1U << 22 | 1U << 27 | 1U << 28 | 1U << 29;
  constexpr std::uint32_t kLahf = 1U << 0, kLzcnt = 1U << 5;
  constexpr std::uint32_t kV3Leaf7 = 1U << 3 | 1U << 5 | 1U << 8;
  constexpr std::uint32_t kV4Leaf7 = 1U << 16 | 1U << 17 | 1U << 28 | 1U << 30 | 1U << 31;
  constexpr std::uint32_t kAvxRegisters = 0x06, kAvx512Registers = 0xe6;
  const auto has = [](std::uint32_t bits, std::uint32_t all) { return (bits & all) == all; };

  const std::uint32_t basic = cpuid(1).c, extended = cpuid(0x80000001U).c;
  if (!has(basic, kV2) || !has(extended, kLahf)) return false;
  if (level == v2) return true;
  if (cpuid(0).a < 7 || !has(basic, kV3) || !has(extended, kLzcnt)) return false;
  const std::uint32_t leaf7 = cpuid(7).b, registers = saved_registers();
  if (!has(leaf7, kV3Leaf7) || !has(registers, kAvxRegisters)) return false;
  return level == v3 || (has(leaf7, kV4Leaf7) && has(registers, kAvx512Registers));
}
#endif

}  // namespace gaussmix
