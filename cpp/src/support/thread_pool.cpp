// SPDX-License-Identifier: BSD-3-Clause
#include "support/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gaussmix {
namespace {

using Clock = std::chrono::steady_clock;

void pause_core() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// Whether more threads want to run, of whatever process, than there are cores: the fourth field of
// Linux's load average. Elsewhere they may.
bool machine_is_busy() {
  std::ifstream file("/proc/loadavg");
  double averages[3];
  unsigned runnable = 0;
  if (!(file >> averages[0] >> averages[1] >> averages[2] >> runnable)) return true;
  return runnable > std::thread::hardware_concurrency();
}

std::string lower_case(const char* text) {
  std::string out = text != nullptr ? text : "";
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

long long spins() {
  static const long long count =
      spin_count(std::getenv("OMP_WAIT_POLICY"), std::getenv("GOMP_SPINCOUNT"));
  return count;
}

// A value that one thread waits for and another one sets.
class Signal {
 public:
  explicit Signal(int value) : value_(value) {}

  void set(int value) {
    value_ = value;
    if (sleepers_ == 0) return;
    const std::lock_guard lock(mutex_);
    woken_.notify_all();
  }
  bool replace(int expected, int value) { return value_.compare_exchange_strong(expected, value); }

  void wait_for(int value) {
    if (spin_for(value)) return;
    std::unique_lock lock(mutex_);
    ++sleepers_;
    woken_.wait(lock, [&] { return value_ == value; });
    --sleepers_;
  }

 private:
  // Whether the value came while the thread was awake. However the user sets it, a thread sleeps
  // after some milliseconds.
  bool spin_for(int value) const {
    constexpr std::chrono::milliseconds kLongest(10);
    constexpr long long kLoops = 1024;
    const long long most = spins();
    Clock::time_point began;
    for (long long i = 0; i < most; ++i) {
      if (value_ == value) return true;
      pause_core();
      if (i == kLoops) began = Clock::now();
      if (i > kLoops && i % kLoops == 0 && Clock::now() - began > kLongest) return false;
    }
    return value_ == value;
  }

  std::atomic<int> value_;
  std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable woken_;
};

// A thread of the pool. It lives as long as the process.
class Worker {
 public:
  Worker() {
    std::thread([this] {
      for (;;) {
        state_.wait_for(kOffered);
        if (!state_.replace(kOffered, kWorking)) continue;  // it was withdrawn
        (*work_)(number_);
        state_.set(kDone);
      }
    }).detach();
  }

  void offer(int number, const std::function<void(int)>& work) {
    number_ = number;
    work_ = &work;
    state_.set(kOffered);
  }
  // Withdraws what was offered, or waits for its end if it has begun.
  void finish() {
    if (!state_.replace(kOffered, kIdle)) state_.wait_for(kDone);
  }

 private:
  enum : int { kIdle, kOffered, kWorking, kDone };
  Signal state_{kIdle};
  int number_ = 0;
  const std::function<void(int)>* work_ = nullptr;
};

// The workers that nobody uses.
class Pool {
 public:
  // Never destroyed: its threads run until the process ends.
  static Pool& instance() {
    static Pool* const pool = new Pool;
    return *pool;
  }

  // One that is idle or new; nullptr where the system has no more threads.
  Worker* acquire() {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Worker* const worker = idle_.back();
      idle_.pop_back();
      return worker;
    }
    try {
      idle_.reserve(n_workers_ + 1);  // so that release cannot fail
      auto* const worker = new Worker;
      ++n_workers_;
      return worker;
    } catch (const std::exception&) {
      return nullptr;
    }
  }
  void release(const std::vector<Worker*>& workers) {
    const std::lock_guard lock(mutex_);
    idle_.insert(idle_.end(), workers.rbegin(), workers.rend());
  }

  void pause_for(Clock::duration time) {
    serial_until_ = (Clock::now() + time).time_since_epoch().count();
  }
  bool may_use_threads() const { return Clock::now().time_since_epoch().count() >= serial_until_; }

 private:
  std::atomic<Clock::rep> serial_until_{std::numeric_limits<Clock::rep>::min()};
  std::mutex mutex_;
  std::size_t n_workers_ = 0;
  std::vector<Worker*> idle_;
};

}  // namespace

long long spin_count(const char* wait_policy, const char* gomp_spincount) {
  // Some 30 to 100 microseconds: longer than it takes from one loop over rows to the next.
  constexpr long long kDefault = 3000, kActive = 30'000'000'000;
  const std::string spincount = lower_case(gomp_spincount), policy = lower_case(wait_policy);
  char* end = nullptr;
  const long long count = std::strtoll(spincount.c_str(), &end, 10);
  if (end != spincount.c_str() && count >= 0) {
    const std::size_t suffix = std::string("kmgt").find(*end);
    constexpr long long kFactors[] = {1'000, 1'000'000, 1'000'000'000, 1'000'000'000'000};
    const long long factor = *end == '\0' || suffix > 3 ? 1 : kFactors[suffix];
    return std::min(count, kActive / factor) * factor;
  }
  if (spincount.rfind("infini", 0) == 0) return kActive;
  return policy == "passive" ? 0 : policy == "active" ? kActive : kDefault;
}

void read_wait_policy() { spins(); }

std::chrono::nanoseconds serial_time(std::chrono::nanoseconds worked,
                                     std::chrono::nanoseconds lost) {
  constexpr std::chrono::microseconds kUnavoidable(100);
  constexpr std::chrono::milliseconds kLongest(200);
  if (lost <= kUnavoidable || 2 * lost <= worked) return {};
  return std::min<std::chrono::nanoseconds>(10 * lost, kLongest);
}

void run_on_threads(int workers, const std::function<void(int worker)>& work) {
  std::vector<Worker*> others;
  if (!Pool::instance().may_use_threads()) workers = 1;
  others.reserve(static_cast<std::size_t>(workers));
  for (int number = 1; number < workers; ++number) {
    Worker* const worker = Pool::instance().acquire();
    if (worker == nullptr) break;
    worker->offer(number, work);
    others.push_back(worker);
  }
  const auto began = Clock::now();
  work(0);
  const auto done = Clock::now();
  for (Worker* const worker : others) worker->finish();
  if (others.empty()) return;
  Pool::instance().release(others);
  const auto pause = serial_time(done - began, Clock::now() - done);
  if (pause > Clock::duration() && machine_is_busy()) Pool::instance().pause_for(pause);
}

}  // namespace gaussmix
