// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cfenv>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace gaussmix {

/// Sets the thread's default floating-point environment while it lives, and restores the former
/// one: another library may have set this thread to flush denormals to zero or to round otherwise.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() noexcept : changed_(!is_default()) {
    if (!changed_) return;
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() {
    if (changed_) std::fesetenv(&saved_);
  }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  // To look takes a few cycles; to change takes as long as to score a row.
  static bool is_default() noexcept {
#if defined(__x86_64__)
    constexpr unsigned kVectorDefault = 0x1f80, kVectorFlags = 0x3f;
    constexpr unsigned short kX87Default = 0x37f;
    unsigned short x87 = 0;  // NOLINT(misc-const-correctness): the next line writes it
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    return (_mm_getcsr() & ~kVectorFlags) == kVectorDefault && x87 == kX87Default;
#else
    return false;
#endif
  }

  bool changed_;
  std::fenv_t saved_;  // where something was changed
};

}  // namespace gaussmix
