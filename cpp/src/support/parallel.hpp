// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "gaussmix/config.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Asked now and then within long work: false says that it is to be given up.
using KeepGoing = std::function<bool()>;

/// Whether this build has OpenMP; without it everything runs on the calling thread.
bool has_openmp() noexcept;

/// How a computation runs: on how many threads, and whether somebody wants it to stop.
class Execution {
 public:
  /// \throws std::invalid_argument for an n_threads below 1
  explicit Execution(int n_threads, std::function<bool()> interrupted = {});

  /// Whether to stop as soon as possible. Every worker asks between blocks of rows. Worker 0, the
  /// calling thread, asks `interrupted` in turn, at most every 20 milliseconds.
  bool stopping(int worker);
  /// \throws Interrupted if the computation was told to stop.
  void throw_if_stopped() const;
  /// For the next computation, whatever the one before was told.
  void begin() noexcept { stop_ = false; }

  /// How many threads to use for so many floating-point operations in so many tasks: one, or all
  /// that have a task.
  int workers(Index tasks, double operations) const noexcept;
  int n_threads() const noexcept { return n_threads_; }

 private:
  int n_threads_;
  std::function<bool()> interrupted_;
  std::chrono::steady_clock::time_point last_asked_;
  std::atomic<bool> stop_{false};
};

/// Runs body(task, worker) for each task in [0, tasks), in increasing order of starting, on
/// `workers` threads, worker 0 being the calling one. Every thread computes in the default
/// floating-point environment. An exception from a body ends the loop and is rethrown here.
/// \throws Interrupted
void parallel_for(Execution& execution, Index tasks, int workers,
                  const std::function<void(Index task, int worker)>& body);

}  // namespace gaussmix
