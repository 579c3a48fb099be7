// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cfenv>

namespace gaussmix {

/// Computes in the default floating-point environment while it lives: another library may have set
/// this thread to flush denormals to zero or to round otherwise, and finds its setting again after.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() { std::fesetenv(&saved_); }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::fenv_t saved_{};
};

}  // namespace gaussmix
