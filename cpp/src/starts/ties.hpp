// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace gaussmix {

/// Whether lower bound a is above b by more than rounding, in which instruction sets differ, makes
/// of starts that reach the same optimum. One that is not a number is below any other.
template <class T>
bool gains(double a, double b) {
  constexpr double kTie = sizeof(T) == sizeof(float) ? 1e-6 : 1e-9;
  if (std::isnan(b)) return !std::isnan(a);
  return a > b && !(a - b <= kTie * std::max(1.0, std::min(std::abs(a), std::abs(b))));
}

/// Puts `later` before the first of `sorted` on whose bound its own gains, and keeps the first
/// `most`.
template <class T, class State, class Bound>
void insert_by_bound(std::vector<State>& sorted, State later, std::size_t most,
                     const Bound& bound) {
  const auto behind = std::find_if(sorted.begin(), sorted.end(), [&](const State& earlier) {
    return gains<T>(bound(later), bound(earlier));
  });
  sorted.insert(behind, std::move(later));
  if (sorted.size() > most) sorted.pop_back();
}

}  // namespace gaussmix
