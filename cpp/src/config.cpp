// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/config.hpp"

#include <Eigen/Core>

#include "gaussmix/version.hpp"

namespace gaussmix {

std::map<std::string, std::string> config() {
  const std::string eigen = std::to_string(EIGEN_WORLD_VERSION) + "." +
                            std::to_string(EIGEN_MAJOR_VERSION) + "." +
                            std::to_string(EIGEN_MINOR_VERSION);
#if defined(__clang__)
  const std::string compiler = __VERSION__;  // begins with the compiler's name
#else
  const std::string compiler = std::string("gcc ") + __VERSION__;
#endif
#ifdef GAUSSMIX_HAVE_OPENMP
  const char* const openmp = "yes";
#else
  const char* const openmp = "no";
#endif
  return {{"version", GAUSSMIX_VERSION},
          {"compiler", compiler},
          {"eigen", eigen},
          {"isa", GAUSSMIX_ISA},
          {"openmp", openmp}};
}

}  // namespace gaussmix
