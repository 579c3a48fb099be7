// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "gaussmix/config.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Asked now and then within long work: false says that it is to be given up.
using KeepGoing = std::function<bool()>;

/// How a computation runs: on how many threads, and whether somebody wants it to stop.
class Execution {
 public:
  explicit Execution(int n_threads, std::function<bool()> interrupted = {});

  /// Whether to stop as soon as possible. Every worker asks between blocks of rows. Worker 0, the
  /// calling thread, asks `interrupted` in turn, at most every 20 milliseconds.
  bool stopping(int worker);
  /// \throws Interrupted if the computation was told to stop.
  void throw_if_stopped() const;

  /// How many threads are worth using for so many floating-point operations in so many tasks.
  int workers(Index tasks, double operations) const noexcept;

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

/// Merges the partial results of leaves 0, 1, ... in a binary tree whose shape depends on their
/// number alone, so that the result has the same bits for any number of threads. Partials wait
/// here only until their sibling is done: about threads + log2(leaves) of them exist at a time.
template <class Partial>
class MergeTree {
 public:
  explicit MergeTree(Index leaves) : leaves_(leaves) {}

  /// An empty partial to fill for a leaf, used again where one is free, else made by `make`.
  template <class Make>
  std::unique_ptr<Partial> acquire(const Make& make) {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto partial = std::move(free_.back());
        free_.pop_back();
        return partial;
      }
    }
    return std::make_unique<Partial>(make());
  }

  void complete(Index leaf, std::unique_ptr<Partial> partial) {
    Index node = leaf;
    for (Index width = leaves_, level = 0; width > 1; node /= 2, width = (width + 1) / 2, ++level) {
      if (node % 2 == 0 && node + 1 == width) continue;
      auto sibling = take_or_wait({level, node}, partial);
      if (!sibling) return;
      if (node % 2 == 1) std::swap(partial, sibling);
      partial->merge(*sibling);
      release(std::move(sibling));
    }
    root_ = std::move(partial);
  }

  std::unique_ptr<Partial> take_root() { return std::move(root_); }

 private:
  using Place = std::pair<Index, Index>;  // level, node

  std::unique_ptr<Partial> take_or_wait(Place place, std::unique_ptr<Partial>& partial) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find({place.first, place.second ^ 1});
    if (found == waiting_.end()) {
      waiting_.emplace(place, std::move(partial));
      return nullptr;
    }
    auto sibling = std::move(found->second);
    waiting_.erase(found);
    return sibling;
  }

  void release(std::unique_ptr<Partial> partial) {
    partial->reset();
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(partial));
  }

  Index leaves_;
  std::mutex mutex_;
  std::map<Place, std::unique_ptr<Partial>> waiting_;
  std::vector<std::unique_ptr<Partial>> free_;
  std::unique_ptr<Partial> root_;
};

/// Calls leaf(index, worker, partial) for each leaf in [0, leaves), each with a fresh partial from
/// make(), and returns the merge of all. Partial has merge(const Partial&) and reset().
template <class Partial, class Make, class Leaf>
Partial tree_reduce(Execution& execution, Index leaves, int workers, const Make& make,
                    const Leaf& leaf) {
  MergeTree<Partial> tree(leaves);
  parallel_for(execution, leaves, workers, [&](Index index, int worker) {
    auto partial = tree.acquire(make);
    leaf(index, worker, *partial);
    tree.complete(index, std::move(partial));
  });
  return std::move(*tree.take_root());
}

}  // namespace gaussmix
