// SPDX-License-Identifier: BSD-3-Clause
// Times single rows, call by call: latency CALLS COMPONENTS FEATURES. Prints JSON; run.py reads it.
#include <gaussmix/gaussmix.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <thread>
#include <vector>

#include "counted_allocations.hpp"

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace {

using gaussmix::Index;
using Predictor = gaussmix::Predictor<double>;

constexpr Index kRows = 1024;  // scored in turn, so that no branch is always the same

// The clock, in ticks of its own. Both wait for what came before them, and `start` for itself.
#if defined(__x86_64__)
std::uint64_t start() {
  _mm_lfence();
  const std::uint64_t ticks = __rdtsc();
  _mm_lfence();
  return ticks;
}
std::uint64_t stop() {
  unsigned processor = 0;
  const std::uint64_t ticks = __rdtscp(&processor);
  _mm_lfence();
  return ticks;
}
#else
std::uint64_t start() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}
std::uint64_t stop() { return start(); }
#endif

double nanoseconds_a_tick() {
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t first = start();
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(200)) {
  }
  const std::uint64_t ticks = stop() - first;
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - begin;
  return elapsed.count() / static_cast<double>(ticks);
}

void pin_to_one_core() {
#if defined(__linux__)
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(sched_getcpu(), &cores);
  sched_setaffinity(0, sizeof cores, &cores);
#endif
}

struct Problem {
  Index k, d;
  gaussmix::Mixture mixture;
  std::vector<double> rows;
};

Problem make_problem(Index k, Index d) {
  std::mt19937_64 bits(0);
  std::normal_distribution<double> normal;
  const auto draw = [&](Index count, double scale) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& value : values) value = scale * normal(bits);
    return values;
  };
  auto factors = draw(k * d * d, 0.3);
  for (Index i = 0; i < k * d * d; ++i) {
    const Index row = i % (d * d) / d, column = i % d;
    double& entry = factors[static_cast<std::size_t>(i)];
    if (row == column) entry = 1.0 + std::abs(entry);
    if (row > column) entry = 0.0;
  }
  std::vector<double> weights(static_cast<std::size_t>(k), 1.0 / static_cast<double>(k));
  return {k, d,
          gaussmix::Mixture::from_precisions_cholesky({gaussmix::CovarianceType::full, k, d},
                                                      gaussmix::ScalarType::float64, weights,
                                                      draw(k * d, 2.0), factors),
          draw(kRows * d, 2.0)};
}

// How long calls took, in ticks.
class Histogram {
 public:
  void add(std::uint64_t ticks) { ++counts_[std::min<std::uint64_t>(ticks, counts_.size() - 1)]; }

  double quantile(double share) const {
    std::uint64_t total = 0, seen = 0;
    for (const std::uint64_t count : counts_) total += count;
    for (std::size_t ticks = 0; ticks < counts_.size(); ++ticks) {
      seen += counts_[ticks];
      if (static_cast<double>(seen) >= share * static_cast<double>(total)) {
        return static_cast<double>(ticks);
      }
    }
    return 0.0;
  }

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(1 << 20);
};

volatile double sink = 0.0;

template <class Call>
Histogram time_calls(const Problem& problem, long calls, const Call& call) {
  Histogram histogram;
  double sum = 0.0;
  for (long i = 0; i < calls; ++i) {
    const double* const x = problem.rows.data() + i % kRows * problem.d;
    const std::uint64_t begin = start();
    sum += call(x);
    histogram.add(stop() - begin);
  }
  sink = sum;
  return histogram;
}

// Prints median and p99.9 of single calls, less what the clock takes; the time of one call of many
// in a row, which overlap; and the allocations of all.
template <class Call>
void report(const char* name, const Problem& problem, long calls, double tick, double clock,
            const Call& call) {
  time_calls(problem, calls / 100, call);
  const long before = allocations();
  double sum = 0.0;
  const std::uint64_t begin = start();
  for (long i = 0; i < calls; ++i) sum += call(problem.rows.data() + i % kRows * problem.d);
  const std::uint64_t end = stop();
  sink = sum;
  const long allocated = allocations() - before;
  const Histogram histogram = time_calls(problem, calls, call);
  std::printf(
      "  \"%s\": {\"median\": %.1f, \"p99.9\": %.1f, \"in a row\": %.1f, \"allocations\": %ld},\n",
      name, tick * (histogram.quantile(0.5) - clock), tick * (histogram.quantile(0.999) - clock),
      tick * static_cast<double>(end - begin) / static_cast<double>(calls), allocated);
}

// The processor time of a row, in ns, in each of so many threads at once, the mean of them.
double processor_time(const Predictor& predictor, const Problem& problem, int n_threads,
                      long calls) {
  std::vector<double> times(static_cast<std::size_t>(n_threads));
  std::vector<std::thread> threads;
  for (double& time : times) {
    threads.emplace_back([&, own = predictor]() mutable {
      const auto now = [] {
        std::timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
      };
      double sum = 0.0;
      const double begin = now();
      for (long i = 0; i < calls; ++i) {
        sum += own.log_density(problem.rows.data() + i % kRows * problem.d);
      }
      time = (now() - begin) / static_cast<double>(calls);
      sink = sum;
    });
  }
  for (auto& thread : threads) thread.join();
  double sum = 0.0;
  for (const double time : times) sum += time;
  return sum / n_threads;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: latency CALLS COMPONENTS FEATURES\n");
    return 2;
  }
  const long calls = std::atol(argv[1]);
  const Problem problem = make_problem(std::atol(argv[2]), std::atol(argv[3]));
  Predictor predictor(problem.mixture);
  std::vector<double> out(static_cast<std::size_t>(problem.k));

  // Threads first: they inherit the affinity of their parent.
  const double one = processor_time(predictor, problem, 1, calls / 10);
  const double four = processor_time(predictor, problem, 4, calls / 10);

  pin_to_one_core();
  const double tick = nanoseconds_a_tick();
  const double clock =
      time_calls(problem, calls / 10, [](const double* x) { return *x; }).quantile(0.5);
  std::printf("{\n  \"clock\": %.1f,\n", tick * clock);
  report("log_density", problem, calls, tick, clock,
         [&](const double* x) { return predictor.log_density(x); });
  report("responsibilities", problem, calls, tick, clock, [&](const double* x) {
    predictor.responsibilities(x, out.data());
    return out[0];
  });
  report("predict", problem, calls, tick, clock,
         [&](const double* x) { return static_cast<double>(predictor.predict(x)); });
  std::printf("  \"processor time of a row\": {\"1 thread\": %.1f, \"4 threads\": %.1f}\n}\n", one,
              four);
}
