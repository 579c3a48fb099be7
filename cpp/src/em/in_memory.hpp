// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "em/em.hpp"
#include "em/expectation.hpp"
#include "em/posterior.hpp"
#include "em/pruning/row_groups.hpp"
#include "em/within_scatter.hpp"
#include "rows/dataset.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {

/// E-steps over rows in memory. Blocks are accumulated in parallel and merged in a fixed tree; no
/// n x k array exists.
template <class T>
class InMemory final : public Engine {
 public:
  /// For k components. The data and the adjustment must outlive it.
  /// \param prunes whether E-steps remember bounds for the next ones
  InMemory(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form,
           const Adjustment<T>* adjustment = nullptr, bool prunes = true);

  /// What E-steps drop of a row, in [0, 0.1]: see Posterior. Zero at first.
  void truncate(double truncation) { truncation_ = truncation; }

  void begin() override;
  const Statistics& expect(const Mixture& mixture) override;
  /// The same of any expectation.
  const Statistics& expect(const Expectation<T>& expectation);

 private:
  std::unique_ptr<Statistics> accumulate(const Expectation<T>& expectation, ScatterForm form,
                                         const ComponentPlaces* places, FreeList<Statistics>& free);
  std::optional<ComponentPlaces> places_of(const Expectation<T>& expectation) const;
  bool expect_means(const Expectation<T>& expectation);
  bool within_scatter_pays(const Expectation<T>& expectation) const;

  Execution& execution_;
  const Dataset<T>& data_;
  Index k_;
  ScatterForm form_;
  const Adjustment<T>* adjustment_;
  bool prunes_;
  double truncation_ = 0.0;
  Partition partition_;
  double operations_;  // of a call
  // Each is made by its own thread, so that no two share a cache line.
  std::vector<std::unique_ptr<ExpectationWorkspace<T>>> workers_;
  FreeList<Statistics> free_, free_without_scatter_;
  std::optional<WithinScatter> within_;
  double within_error_ = 0.0;  // of the E-step before, see WithinScatter; infinite in the first
  std::vector<char> far_;      // k: which components turned out not to be near the point
  std::unique_ptr<Statistics> result_;
  std::optional<RowGroups> groups_;  // none where pruning is off
};

}  // namespace gaussmix
