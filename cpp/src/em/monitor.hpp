// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "em/maximize.hpp"
#include "gaussmix/fit.hpp"

namespace gaussmix {

/// What goes on in a fit: told to its observer, who may end it, and kept for its result.
class Monitor {
 public:
  /// \param observer may be empty
  explicit Monitor(std::function<bool(const Progress&)> observer)
      : observer_(std::move(observer)) {}

  /// Tells that a start begins. \throws what the observer throws
  void announce(int start);
  /// \throws what the observer throws
  void tell(const Progress& progress);
  /// Whether the observer has ended the fit.
  bool stopped() const { return stopped_; }

  /// When a repair was made; iteration 0 is the first M-step.
  struct Moment {
    int start, iteration;
  };
  void record(Moment moment, std::vector<RepairedComponent> repairs);
  std::vector<Repair>& repairs() { return repairs_; }

 private:
  std::function<bool(const Progress&)> observer_;
  bool stopped_ = false;
  std::vector<Repair> repairs_;
};

}  // namespace gaussmix
