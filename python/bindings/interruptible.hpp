// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include "gaussmix/fit.hpp"

namespace gaussmix::python {

namespace py = pybind11;

/// What `compute` returns, which runs without the interpreter, under options whose `interrupted`
/// takes it back to look for signals. The exception of a signal handler waits, as Python's own
/// error state, until the core has given up.
template <class Options, class Compute>
auto interruptible(Options& options, const Compute& compute) {
  options.interrupted = [] {
    const py::gil_scoped_acquire acquire;
    return PyErr_CheckSignals() != 0;
  };
  try {
    const py::gil_scoped_release release;
    return compute();
  } catch (const Interrupted&) {
    throw py::error_already_set();
  }
}

}  // namespace gaussmix::python
