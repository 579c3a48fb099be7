// SPDX-License-Identifier: BSD-3-Clause
#include "starts/course.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gaussmix {

void Course::announce(int start) { tell({start, 0, std::nan(""), std::nan(""), false}); }

void Course::tell(const Progress& progress) {
  if (observer_ && observer_(progress)) stopped_ = true;
}

void Course::record(Repair repair) {
  const auto same = [&](const Repair& known) {
    return known.start == repair.start && known.component == repair.component &&
           known.reason == repair.reason;
  };
  if (std::none_of(repairs_.begin(), repairs_.end(), same)) repairs_.push_back(std::move(repair));
}

}  // namespace gaussmix
