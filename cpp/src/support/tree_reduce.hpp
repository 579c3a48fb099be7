// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "support/parallel.hpp"

namespace gaussmix {

/// Partial results that nobody needs any more, kept to be used again: every page of new memory
/// costs a page fault.
template <class Partial>
class FreeList {
 public:
  /// One that is empty; where there is none, what `make` returns.
  template <class Make>
  std::unique_ptr<Partial> acquire(const Make& make) {
    std::unique_ptr<Partial> partial;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        partial = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (!partial) return std::make_unique<Partial>(make());
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

/// Merges the partial results of leaves 0, 1, ... in a binary tree whose shape depends on their
/// number alone, so that the result has the same bits for any number of threads. Partials wait
/// here only until their sibling is done: about threads + log2(leaves) of them exist at a time.
template <class Partial>
class MergeTree {
 public:
  MergeTree(Index leaves, FreeList<Partial>& free) : leaves_(leaves), free_(free) {}

  void complete(Index leaf, std::unique_ptr<Partial> partial) {
    Index node = leaf;
    for (Index width = leaves_, level = 0; width > 1; node /= 2, width = (width + 1) / 2, ++level) {
      if (node % 2 == 0 && node + 1 == width) continue;
      auto sibling = wait_or_remove({level, node}, partial);
      if (!sibling) return;
      if (node % 2 == 1) std::swap(partial, sibling);
      partial->merge(std::move(*sibling));
      free_.release(std::move(sibling));
    }
    root_ = std::move(partial);
  }

  std::unique_ptr<Partial> take_root() { return std::move(root_); }

 private:
  using Node = std::pair<Index, Index>;  // level, node

  std::unique_ptr<Partial> wait_or_remove(Node node, std::unique_ptr<Partial>& partial) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find({node.first, node.second ^ 1});
    if (found == waiting_.end()) {
      waiting_.emplace(node, std::move(partial));
      return nullptr;
    }
    auto sibling = std::move(found->second);
    waiting_.erase(found);
    return sibling;
  }

  Index leaves_;
  FreeList<Partial>& free_;
  std::mutex mutex_;
  std::map<Node, std::unique_ptr<Partial>> waiting_;
  std::unique_ptr<Partial> root_;
};

/// Calls leaf(index, worker, partial) for each leaf in [0, leaves), each with an empty partial of
/// the free list or from make(), and returns the merge of all. Partial has merge(Partial&&) and
/// reset(), which makes it empty, also what a merge has left.
/// \throws Interrupted
template <class Partial, class Make, class Leaf>
std::unique_ptr<Partial> tree_reduce(Execution& execution, Index leaves, int workers,
                                     FreeList<Partial>& free, const Make& make, const Leaf& leaf) {
  MergeTree<Partial> tree(leaves, free);
  parallel_for(execution, leaves, workers, [&](Index index, int worker) {
    auto partial = free.acquire(make);
    leaf(index, worker, *partial);
    tree.complete(index, std::move(partial));
  });
  return tree.take_root();
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
