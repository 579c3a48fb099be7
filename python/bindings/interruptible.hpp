// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include "gaussmix/fit.hpp"

namespace gaussmix::python {

namespace py = pybind11;

/// The interpreter, for a callback of the core. In a thread that outlives the interpreter, it waits
/// for the end of the process: Python would end the thread by unwinding it, which the core cannot
/// let by.
class Interpreter {
 public:
  Interpreter() {
    while (is_finalizing()) std::this_thread::sleep_for(std::chrono::seconds(1));
    acquire_.emplace();
  }

 private:
  static bool is_finalizing() {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
  }
  std::optional<py::gil_scoped_acquire> acquire_;
};

/// Set by any thread, to have a computation given up that another runs.
class StopFlag {
 public:
  void set() { is_set_ = true; }
  bool is_set() const { return is_set_; }

 private:
  std::atomic<bool> is_set_{false};
};

/// A computation was given up because its flag was set.
struct Stopped : std::runtime_error {
  Stopped() : std::runtime_error("stopped") {}
};

/// What `compute` returns, which runs without the interpreter, under options whose `interrupted`
/// looks at the flag (nullptr: there is none), and takes the interpreter back to look for signals.
/// The exception of a signal handler waits, as Python's own error state, until the core has given
/// up.
template <class Options, class Compute>
auto interruptible(Options& options, const Compute& compute, const StopFlag* flag = nullptr) {
  options.interrupted = [flag] {
    if (flag != nullptr && flag->is_set()) return true;
    const Interpreter interpreter;
    return PyErr_CheckSignals() != 0;
  };
  try {
    const py::gil_scoped_release release;
    return compute();
  } catch (const Interrupted&) {
    if (PyErr_Occurred() == nullptr) throw Stopped();
    throw py::error_already_set();
  }
}

}  // namespace gaussmix::python
