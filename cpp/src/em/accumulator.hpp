// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "em/responsibilities.hpp"
#include "em/within_scatter.hpp"
#include "gaussmix/statistics.hpp"
#include "rows/dataset.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {

/// Makes statistics of all rows of a fit, time after time.
template <class T>
class Accumulator {
 public:
  /// For k components.
  Accumulator(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form);
  ~Accumulator();

  /// The statistics of all rows, each shared out over the components by its responsibilities times
  /// its weight. Blocks are accumulated in parallel and merged in a fixed tree; no n x k array
  /// exists. What is returned is the caller's until the next call.
  /// \throws Interrupted
  Statistics& accumulate(const ResponsibilitySource<T>& source);

 private:
  class Worker;

  std::unique_ptr<Statistics> run(ScatterForm form, Spares<Statistics>& spares,
                                  const ResponsibilitySource<T>& source);
  std::unique_ptr<Statistics> run_without_scatter(const ResponsibilitySource<T>& source);

  Execution& execution_;
  const Dataset<T>& data_;
  Index k_;
  ScatterForm form_;
  Partition partition_;
  double operations_;  // of a call
  // Each is made by its own thread, so that no two write to the same cache line.
  std::vector<std::unique_ptr<Worker>> workers_;
  Spares<Statistics> spares_, spares_without_scatter_;
  bool within_pays_;  // as far as is known
  std::optional<WithinScatter> within_;
  std::unique_ptr<Statistics> result_;
};

}  // namespace gaussmix
