// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace gaussmix {

/// Computes in the default floating-point environment while it lives: another library may have set
/// this thread to flush denormals to zero or to round otherwise, and finds its setting again after.
/// Exception flags may have been raised meanwhile.
#if defined(__SSE2__)
// <cfenv> also switches the x87 unit, which nothing here uses, and takes as long as scoring a row.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() noexcept : saved_(_mm_getcsr()) {
    if (changed()) _mm_setcsr(kDefault);
  }
  ~DefaultFloatingPoint() {
    if (changed()) _mm_setcsr(saved_);
  }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  static constexpr unsigned kDefault = 0x1f80, kFlags = 0x3f;

  bool changed() const noexcept { return (saved_ & ~kFlags) != kDefault; }

  unsigned saved_;
};
#else
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() noexcept {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() { std::fesetenv(&saved_); }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::fenv_t saved_{};
};
#endif

}  // namespace gaussmix
