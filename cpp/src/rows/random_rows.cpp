// SPDX-License-Identifier: BSD-3-Clause
#include "rows/random_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gaussmix {

template <class T>
std::vector<Index> random_rows(Execution& execution, const Dataset<T>& data, Index k,
                               const RandomStream& random) {
  constexpr Index kRowsBetweenQuestions = 4096;
  using Draw = std::pair<double, Index>;
  std::vector<Draw> smallest;
  for (Index i = 0; i < data.rows.rows; ++i) {
    if (i % kRowsBetweenQuestions == 0 && execution.stopping(0)) execution.throw_if_stopped();
    const double arrival =
        -std::log(random.uniform(static_cast<std::uint64_t>(i))) / data.weight(i);
    if (static_cast<Index>(smallest.size()) == k) {
      if (arrival >= smallest.front().first) continue;
      std::pop_heap(smallest.begin(), smallest.end());
      smallest.pop_back();
    }
    smallest.emplace_back(arrival, i);
    std::push_heap(smallest.begin(), smallest.end());
  }
  std::sort(smallest.begin(), smallest.end());
  std::vector<Index> rows;
  for (const Draw& draw : smallest) rows.push_back(draw.second);
  return rows;
}

template std::vector<Index> random_rows<float>(Execution&, const Dataset<float>&, Index,
                                               const RandomStream&);
template std::vector<Index> random_rows<double>(Execution&, const Dataset<double>&, Index,
                                                const RandomStream&);

}  // namespace gaussmix
