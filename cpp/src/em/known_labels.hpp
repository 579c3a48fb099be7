// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "em/expectation.hpp"
#include "em/posterior.hpp"
#include "rows/sample.hpp"

namespace gaussmix {

/// Rows whose component is known: an E-step gives them to it, whatever their densities are.
template <class T>
class KnownLabels final : public Adjustment<T> {
 public:
  /// \param labels of each row its component, or -1 where that is not known
  explicit KnownLabels(std::vector<std::int32_t> labels) : labels_(std::move(labels)) {}

  /// Those of the rows of a sample.
  KnownLabels(const KnownLabels& all, const Sample<T>& sample) {
    for (Index i = 0; i < sample.data().rows.rows; ++i) {
      labels_.push_back(all.label(sample.number(i)));
    }
  }

  Index size() const { return static_cast<Index>(labels_.size()); }
  std::int32_t label(Index row) const { return labels_[size_t(row)]; }

  bool only_forbids() const override { return true; }

  // A row at which its own component's density is zero stays there too: the log-density is then the
  // lowest finite number. No bound is missed by that, for nothing is skipped before a row has one.
  void adjust(const std::int32_t* order, Index first, Index count, Index j,
              T* column) const override {
    for (Index i = 0; i < count; ++i) {
      const Index known = label(order == nullptr ? first + i : order[first + i]);
      if (known < 0) continue;
      column[i] = known == j ? std::max(column[i], std::numeric_limits<T>::lowest())
                             : -std::numeric_limits<T>::infinity();
    }
  }

  /// Gives the labelled rows of a block, from row `first` on, to their components, whatever their
  /// responsibilities were; all k columns must have been written.
  void impose(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const {
    for (Index i = 0; i < block.rows; ++i) {
      const Index known = label(first + i);
      if (known < 0) continue;
      for (const Index j : out.components) out.column(block, j)[i] = known == j ? T(1) : T(0);
    }
  }

 private:
  std::vector<std::int32_t> labels_;
};

}  // namespace gaussmix
