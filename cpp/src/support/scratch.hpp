// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// Room for `count` numbers, without an allocation where they are few.
class Scratch {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): what is in it is nobody's
  explicit Scratch(Index count) : many_(count > kFew ? size_t(count) : 0) {}

  double* data() { return many_.empty() ? few_ : many_.data(); }

 private:
  static constexpr Index kFew = 128;

  double few_[kFew];
  std::vector<double> many_;
};

}  // namespace gaussmix
