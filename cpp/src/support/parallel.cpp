// SPDX-License-Identifier: BSD-3-Clause
#include "support/parallel.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "gaussmix/fit.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"
#include "support/thread_pool.hpp"

#ifdef GAUSSMIX_HAVE_OPENMP
#include <omp.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define GAUSSMIX_HAVE_FORK
#endif

namespace gaussmix {
namespace {

std::atomic<bool> in_forked_child{false};

// The first exception of any worker: none may leave a thread.
class FirstException {
 public:
  void catch_current() {
    const std::lock_guard lock(mutex_);
    if (!first_) first_ = std::current_exception();
    caught_ = true;
  }
  bool caught() const { return caught_; }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
  std::atomic<bool> caught_{false};
};

#if defined(GAUSSMIX_HAVE_THREADS) && !defined(GAUSSMIX_HAVE_OPENMP)
// As many as OMP_NUM_THREADS says, whose first number counts, or one for each core.
int asked_for_or_cores() noexcept {
  static const int count = [] {
    constexpr long kMost = 1024;
    const char* const text = std::getenv("OMP_NUM_THREADS");
    const long asked_for = text != nullptr ? std::strtol(text, nullptr, 10) : 0;
    const long cores = std::max(1L, static_cast<long>(std::thread::hardware_concurrency()));
    return static_cast<int>(std::min(asked_for > 0 ? asked_for : cores, kMost));
  }();
  return count;
}
#endif

}  // namespace

bool has_openmp() noexcept {
#ifdef GAUSSMIX_HAVE_OPENMP
  return true;
#else
  return false;
#endif
}

int max_threads() noexcept {
#if defined(GAUSSMIX_HAVE_OPENMP)
  return std::max(1, omp_get_max_threads());
#elif defined(GAUSSMIX_HAVE_THREADS)
  return asked_for_or_cores();
#else
  return 1;
#endif
}

void watch_for_forks() {
#ifdef GAUSSMIX_HAVE_THREADS
  read_wait_policy();
#endif
#ifdef GAUSSMIX_HAVE_FORK
  static std::once_flag once;
  std::call_once(once,
                 [] { pthread_atfork(nullptr, nullptr, [] { in_forked_child.store(true); }); });
#endif
}

Execution::Execution(int n_threads, std::function<bool()> interrupted)
    : n_threads_(n_threads),
      interrupted_(std::move(interrupted)),
      last_asked_(std::chrono::steady_clock::now()) {
  require(n_threads >= 1, "n_threads must be at least 1");
  watch_for_forks();
}

bool Execution::stopping(int worker) {
  constexpr std::chrono::milliseconds kPause(20);
  if (worker == 0 && interrupted_) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_asked_ > kPause) {
      last_asked_ = now;
      if (interrupted_()) stop_ = true;
    }
  }
  return stop_;
}

void Execution::throw_if_stopped() const {
  if (stop_) throw Interrupted();
}

int Execution::workers(Index tasks, double operations) const noexcept {
  constexpr double kWorthTwoThreads = 1e6;
  if (in_forked_child || tasks < 2 || operations < kWorthTwoThreads) return 1;
  return static_cast<int>(std::min<Index>(tasks, n_threads_));
}

void parallel_for(Execution& execution, Index tasks, [[maybe_unused]] int workers,
                  const std::function<void(Index task, int worker)>& body) {
  std::atomic<Index> next{0};
  FirstException exception;
  const auto work = [&](int worker) {
    const DefaultFloatingPoint environment;
    try {
      for (Index task = next++; task < tasks; task = next++) {
        if (exception.caught() || execution.stopping(worker)) return;
        body(task, worker);
      }
    } catch (...) {
      exception.catch_current();
    }
  };
#ifdef GAUSSMIX_HAVE_THREADS
  if (workers > 1) {
    run_on_threads(workers, work);
  } else
#endif
  {
    work(0);
  }
  exception.rethrow();
  execution.throw_if_stopped();
}

}  // namespace gaussmix
