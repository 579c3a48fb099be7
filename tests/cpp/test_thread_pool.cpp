// SPDX-License-Identifier: BSD-3-Clause
#include "support/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/parallel.hpp"

namespace gaussmix {
namespace {

TEST(Threads, ServeManyCallersAtOnce) {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 500; ++repeat) {
        Execution execution(3);
        std::vector<std::atomic<int>> runs(20);
        parallel_for(execution, 20, 3, [&](Index task, int) { ++runs[size_t(task)]; });
        for (const auto& count : runs) wrong += count == 1 ? 0 : 1;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Threads, AreKept) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (int repeat = 0; repeat < 100; ++repeat) {
    Execution execution(4);
    parallel_for(execution, 4, 4, [&](Index, int) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
    std::this_thread::sleep_for(std::chrono::microseconds(repeat * 10));  // awake or asleep
  }
  EXPECT_LE(threads.size(), 4U + 3U * 8U);  // with those of the test before
}

TEST(Threads, CanOpenARegionInARegion) {
  Execution outer(3);
  std::atomic<int> runs{0};
  parallel_for(outer, 6, 3, [&](Index, int) {
    Execution inner(3);
    parallel_for(inner, 10, 3, [&](Index, int) { ++runs; });
  });
  EXPECT_EQ(runs, 60);
}

TEST(Threads, WaitAsOpenMPIsTold) {
  const long long usual = spin_count(nullptr, nullptr);
  EXPECT_GT(usual, 0);
  EXPECT_EQ(spin_count("PASSIVE", nullptr), 0);
  EXPECT_GT(spin_count("active", nullptr), 1000 * usual);
  EXPECT_EQ(spin_count("active", "12"), 12);
  EXPECT_EQ(spin_count("passive", "INFINITY"), spin_count("active", nullptr));
  EXPECT_EQ(spin_count("", "many"), usual);
  EXPECT_EQ(spin_count("passive", " 20k"), 20'000);
  EXPECT_EQ(spin_count(nullptr, "3M"), 3'000'000);
  EXPECT_EQ(spin_count(nullptr, "999999999T"),
            spin_count("active", nullptr) / 1'000'000'000'000 * 1'000'000'000'000);
}

TEST(Threads, RestWhereTheyHoldUpMoreThanTheyHelp) {
  using std::chrono::milliseconds;
  EXPECT_EQ(serial_time(milliseconds(2), milliseconds(9)), milliseconds(90));
  EXPECT_EQ(serial_time(milliseconds(50), milliseconds(9)), milliseconds(0));
  EXPECT_EQ(serial_time(milliseconds(0), std::chrono::microseconds(90)), milliseconds(0));
  EXPECT_EQ(serial_time(milliseconds(0), milliseconds(9000)), milliseconds(200));
}

}  // namespace
}  // namespace gaussmix
