// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <map>
#include <string>

#include "gaussmix/config.hpp"
#include "topics.hpp"

namespace gaussmix::python {

void bind_config(pybind11::module_& module) {
  watch_for_forks();
  module.def("max_threads", &max_threads,
             "The threads that the OpenMP runtime would use now; 1 without OpenMP.");
  module.def("config", &config, "How the core was built: version, compiler, Eigen, OpenMP.");
}

}  // namespace gaussmix::python
