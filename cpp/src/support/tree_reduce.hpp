// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "support/parallel.hpp"

namespace gaussmix {

/// Partial results kept to be used again: every page of new memory costs a page fault.
template <class Partial>
class FreeList {
 public:
  /// An empty partial; what `make` returns where the list has none.
  template <class Make>
  std::unique_ptr<Partial> acquire(const Make& make) {
    std::unique_lock lock(mutex_);
    if (free_.empty()) {
      lock.unlock();
      return std::make_unique<Partial>(make());
    }
    auto partial = std::move(free_.back());
    free_.pop_back();
    lock.unlock();
    partial->reset();  // here, since many threads acquire at once
    return partial;
  }

  void release(std::unique_ptr<Partial> partial) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(partial));
  }

  void clear() { free_.clear(); }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Partial>> free_;
};

/// Calls leaf(index, worker, partial) for each leaf in [0, leaves), each with an empty partial from
/// the free list or from make(), and returns the merge of all. Partial has merge(Partial&&), and
/// reset(), which makes it empty, even after it was merged into another.
///
/// The merges form a binary tree whose shape depends on the number of leaves alone, so that the
/// result has the same bits for any number of threads. A partial waits only until its sibling is
/// done: about threads + log2(leaves) of them exist at a time.
/// \throws Interrupted
template <class Partial, class Make, class Leaf>
std::unique_ptr<Partial> tree_reduce(Execution& execution, Index leaves, int workers,
                                     FreeList<Partial>& free, const Make& make, const Leaf& leaf) {
  using Node = std::pair<Index, Index>;  // level, number
  std::mutex mutex;
  std::map<Node, std::unique_ptr<Partial>> waiting;
  std::unique_ptr<Partial> root;
  // The node's sibling where it is waiting; or else the partial waits for it.
  const auto exchange = [&](Node node, std::unique_ptr<Partial>& partial) {
    const std::lock_guard lock(mutex);
    const auto sibling = waiting.extract({node.first, node.second ^ 1});
    if (sibling) return std::move(sibling.mapped());
    waiting.emplace(node, std::move(partial));
    return std::unique_ptr<Partial>();
  };
  parallel_for(execution, leaves, workers, [&](Index index, int worker) {
    auto partial = free.acquire(make);
    leaf(index, worker, *partial);
    Index node = index;
    for (Index width = leaves, level = 0; width > 1; node /= 2, width = (width + 1) / 2, ++level) {
      if (node % 2 == 0 && node + 1 == width) continue;  // without a sibling
      auto sibling = exchange({level, node}, partial);
      if (!sibling) return;
      if (node % 2 == 1) std::swap(partial, sibling);
      partial->merge(std::move(*sibling));
      free.release(std::move(sibling));
    }
    root = std::move(partial);
  });
  return root;
}

/// The same for once; of no leaves, what make() returns.
template <class Partial, class Make, class Leaf>
Partial tree_reduce(Execution& execution, Index leaves, int workers, const Make& make,
                    const Leaf& leaf) {
  if (leaves == 0) return make();
  FreeList<Partial> free;
  return std::move(*tree_reduce(execution, leaves, workers, free, make, leaf));
}

}  // namespace gaussmix
