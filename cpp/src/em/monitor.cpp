// SPDX-License-Identifier: BSD-3-Clause
#include "em/monitor.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gaussmix {

void Monitor::announce(int start) { tell({start, 0, std::nan(""), std::nan(""), false}); }

void Monitor::tell(const Progress& progress) {
  if (observer_ && observer_(progress)) stopped_ = true;
}

// A second repair of a start's component for the same reason is passed over: one that stays empty,
// or goes on collapsing, is reported once a start.
void Monitor::record(Moment moment, std::vector<RepairedComponent> repairs) {
  for (auto& repair : repairs) {
    const auto same = [&](const Repair& known) {
      return known.start == moment.start && known.component == repair.component &&
             known.reason == repair.reason;
    };
    if (std::any_of(repairs_.begin(), repairs_.end(), same)) continue;
    repairs_.push_back({moment.start, moment.iteration, repair.component, std::move(repair.reason),
                        std::move(repair.action)});
  }
}

}  // namespace gaussmix
