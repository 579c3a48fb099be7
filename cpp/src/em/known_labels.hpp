// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "em/expectation.hpp"
#include "em/posterior.hpp"
#include "rows/sample.hpp"

namespace gaussmix {

/// Rows whose class is known: an E-step gives them to the components of their class, whatever their
/// densities are. Without classes each component is one of its own. Noise has the number after the
/// last component.
template <class T>
class KnownLabels final : public Adjustment<T> {
 public:
  /// \param labels of each row its class, or -1 where that is not known
  /// \param classes of each component its class; none: component j is class j
  explicit KnownLabels(std::vector<std::int32_t> labels, std::vector<std::int32_t> classes = {})
      : labels_(std::move(labels)), classes_(std::move(classes)) {}

  /// Those of the rows of a sample.
  KnownLabels(const KnownLabels& all, const Sample<T>& sample) : classes_(all.classes_) {
    for (Index i = 0; i < sample.data().rows.rows; ++i) {
      labels_.push_back(all.label(sample.number(i)));
    }
  }

  Index size() const { return static_cast<Index>(labels_.size()); }
  std::int32_t label(Index row) const { return labels_[size_t(row)]; }
  Index class_of(Index component) const {
    return classes_.empty() ? component : classes_[size_t(component)];
  }

  bool only_forbids() const override { return true; }

  // A row at which the densities of its own class are zero stays there too: the log-densities are
  // then the lowest finite number. No bound is missed by that, for nothing is skipped before a row
  // has one.
  void adjust(const std::int32_t* order, Index first, Index count, Index j,
              T* column) const override {
    const Index own = class_of(j);
    for (Index i = 0; i < count; ++i) {
      const Index known = label(order == nullptr ? first + i : order[first + i]);
      if (known < 0) continue;
      column[i] = known == own ? std::max(column[i], std::numeric_limits<T>::lowest())
                               : -std::numeric_limits<T>::infinity();
    }
  }

  /// Gives the labelled rows of a block, from row `first` on, to their classes: of their
  /// responsibilities there they keep the proportions, or where all are zero have equal ones. All k
  /// columns must have been written.
  void impose(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const {
    for (Index i = 0; i < block.rows; ++i) {
      const Index known = label(first + i);
      if (known < 0) continue;
      T sum(0), count(0);
      for (const Index j : out.components) {
        if (class_of(j) != known) continue;
        sum += out.column(block, j)[i];
        count += T(1);
      }
      for (const Index j : out.components) {
        T& responsibility = out.column(block, j)[i];
        const T own = sum > T(0) ? responsibility / sum : T(1) / count;
        responsibility = class_of(j) == known ? own : T(0);
      }
    }
  }

 private:
  std::vector<std::int32_t> labels_, classes_;
};

/// None where no row is labelled: an E-step is then the same as without labels.
/// \param labels, classes as FitOptions has them
template <class T>
std::unique_ptr<const KnownLabels<T>> known_labels(const std::vector<std::int32_t>& labels,
                                                   const std::vector<std::int32_t>& classes) {
  const auto is_known = [](std::int32_t label) { return label >= 0; };
  if (std::none_of(labels.begin(), labels.end(), is_known)) return nullptr;
  return std::make_unique<const KnownLabels<T>>(labels, classes);
}

}  // namespace gaussmix
