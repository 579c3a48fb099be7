// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/config.hpp"

#include "gaussmix/version.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

std::map<std::string, std::string> config() {
#if defined(__clang__)
  const std::string compiler = __VERSION__;  // begins with the compiler's name
#else
  const std::string compiler = std::string("gcc ") + __VERSION__;
#endif
  return {{"version", GAUSSMIX_VERSION},
          {"compiler", compiler},
          {"eigen", GAUSSMIX_EIGEN},
          {"isa", GAUSSMIX_ISA},
          {"openmp", has_openmp() ? "yes" : "no"}};
}

}  // namespace gaussmix
