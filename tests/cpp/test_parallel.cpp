// SPDX-License-Identifier: BSD-3-Clause
#include "support/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "support/tree_reduce.hpp"

#if defined(__unix__)
#include <sys/wait.h>
#include <unistd.h>
#endif
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace gaussmix {
namespace {

constexpr double kMuchWork = 1e12;

class Workers : public testing::TestWithParam<int> {};

TEST_P(Workers, RunEveryTaskOnce) {
  Execution execution(GetParam());
  std::vector<std::atomic<int>> runs(1000);
  parallel_for(execution, 1000, GetParam(), [&](Index task, int worker) {
    ++runs[size_t(task)];
    EXPECT_GE(worker, 0);
    EXPECT_LT(worker, GetParam());
  });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST_P(Workers, NumberZeroIsTheCallingThread) {
  Execution execution(GetParam());
  const auto caller = std::this_thread::get_id();
  parallel_for(execution, 1000, GetParam(), [&](Index, int worker) {
    EXPECT_EQ(worker == 0, std::this_thread::get_id() == caller);
  });
}

// So many tasks that a loop over them can only end early.
constexpr Index kEndless = std::numeric_limits<Index>::max() / 2;

TEST_P(Workers, RethrowOnTheCallingThreadAndStop) {
  Execution execution(GetParam());
  try {
    parallel_for(execution, kEndless, GetParam(), [&](Index task, int) {
      if (task == 3) throw std::domain_error("task 3");
    });
    FAIL() << "nothing was thrown";
  } catch (const std::domain_error& error) {
    EXPECT_STREQ(error.what(), "task 3");
  }
  // The execution is as good as before.
  std::atomic<int> runs{0};
  parallel_for(execution, 10, GetParam(), [&](Index, int) { ++runs; });
  EXPECT_EQ(runs, 10);
}

TEST_P(Workers, StopWhenInterrupted) {
  const auto caller = std::this_thread::get_id();
  int asked = 0;
  Execution execution(GetParam(), [&] {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    return ++asked == 2;
  });
  EXPECT_THROW(
      parallel_for(execution, kEndless, GetParam(),
                   [](Index, int) { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }),
      Interrupted);
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(execution.stopping(0));
  EXPECT_THROW(execution.throw_if_stopped(), Interrupted);
}

TEST_P(Workers, ComputeInTheDefaultFloatingPointEnvironment) {
  Execution execution(GetParam());
  std::fenv_t before;
  std::fegetenv(&before);
  std::fesetround(FE_UPWARD);
#ifdef __SSE2__
  const unsigned flush_and_zero = 0x8040;
  _mm_setcsr(_mm_getcsr() | flush_and_zero);
#endif
  std::atomic<int> rounded_otherwise{0};
  std::atomic<int> flushed{0};
  parallel_for(execution, 1000, GetParam(), [&](Index, int) {
    if (std::fegetround() != FE_TONEAREST) ++rounded_otherwise;
    volatile double denormal = std::numeric_limits<double>::min();
    denormal = denormal / 4;
    if (denormal == 0.0) ++flushed;
  });
  const int rounding_after = std::fegetround();
#ifdef __SSE2__
  const unsigned control_after = _mm_getcsr();
#endif
  std::fesetenv(&before);
  EXPECT_EQ(rounded_otherwise, 0);
  EXPECT_EQ(flushed, 0);
  EXPECT_EQ(rounding_after, FE_UPWARD);
#ifdef __SSE2__
  EXPECT_EQ(control_after & flush_and_zero, flush_and_zero);
#endif
}

INSTANTIATE_TEST_SUITE_P(Parallel, Workers, testing::Values(1, 2, 3, 8));

TEST(Execution, UsesAThreadOnlyWhereItIsWorthOne) {
  const Execution four(4);
  EXPECT_EQ(four.workers(1000, 1.0), 1);
  EXPECT_EQ(four.workers(1000, kMuchWork), 4);
  EXPECT_EQ(four.workers(2, kMuchWork), 2);
  EXPECT_EQ(four.workers(1, kMuchWork), 1);
  EXPECT_EQ(four.workers(0, 0.0), 1);
}

#if defined(__unix__)
// The threads of its parent are not there.
TEST(Execution, IsSerialInAForkedChild) {
  Execution execution(4);
  std::atomic<int> before{0};
  parallel_for(execution, 100, 4, [&](Index, int) { ++before; });
  ASSERT_EQ(before, 100);
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) _exit(Execution(4).workers(100, kMuchWork));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(execution.workers(100, kMuchWork), 4);
}
#endif

// A partial that writes down how it came to be.
struct Expression {
  std::string text;
  void merge(const Expression& other) {
    text.insert(0, 1, '(');
    text.append(other.text);
    text.push_back(')');
  }
  void reset() { text.clear(); }
};

std::string expression(Index leaves, int workers) {
  Execution execution(workers);
  return tree_reduce<Expression>(
             execution, leaves, workers, [] { return Expression(); },
             [](Index leaf, int, Expression& partial) {
               EXPECT_EQ(partial.text, "") << "not a fresh partial";
               partial.text = std::to_string(leaf) + ".";
             })
      .text;
}

TEST(MergeTree, IsBinaryAndInOrder) {
  EXPECT_EQ(expression(1, 1), "0.");
  EXPECT_EQ(expression(2, 1), "(0.1.)");
  EXPECT_EQ(expression(3, 1), "((0.1.)2.)");
  EXPECT_EQ(expression(5, 1), "(((0.1.)(2.3.))4.)");
  EXPECT_EQ(expression(7, 1), "(((0.1.)(2.3.))((4.5.)6.))");
}

TEST(MergeTree, HasAShapeThatNoThreadCountChanges) {
  for (Index leaves = 1; leaves < 70; ++leaves) {
    const std::string serial = expression(leaves, 1);
    for (const int workers : {2, 3, 8}) EXPECT_EQ(expression(leaves, workers), serial);
  }
}

TEST(MergeTree, SumsToTheSameBits) {
  struct Sum {
    double value = 0.0;
    void merge(const Sum& other) { value += other.value; }
    void reset() { value = 0.0; }
  };
  const auto values = made::normal<double>(1001, 5);
  const auto total = [&](int workers) {
    Execution execution(workers);
    return tree_reduce<Sum>(
               execution, 1001, workers, [] { return Sum(); },
               [&](Index leaf, int, Sum& sum) { sum.value = values[size_t(leaf)]; })
        .value;
  };
  const double serial = total(1);
  for (const int workers : {2, 3, 8}) EXPECT_EQ(total(workers), serial);
}

TEST(MergeTree, HoldsNoMorePartialsThanItsDepth) {
  Execution execution(1);
  int made = 0;
  tree_reduce<Expression>(
      execution, 1024, 1,
      [&] {
        ++made;
        return Expression();
      },
      [](Index, int, Expression&) {});
  EXPECT_LE(made, 11);  // one in work and one waiting on each of the 10 levels
}

}  // namespace
}  // namespace gaussmix
