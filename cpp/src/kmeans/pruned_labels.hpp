// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "kmeans/nearest_centre.hpp"

namespace gaussmix {

/// The nearest of many centres that move little from one time to the next.
///
/// Rows and centres are sorted so that neighbours lie side by side. Of a few rows and a few centres
/// at a time a lower bound of the distances is kept, which falls by as much as the centres move
/// (Elkan 2003; Ding et al. 2015). Where it is above the distances from the rows to their nearest
/// centres, these rows and centres are not compared. So labels are those of a full search.
template <class T>
class PrunedLabels {
 public:
  /// Whether comparisons are so long and so many that leaving some out can gain time.
  static bool can_pay(Index rows, Index features, Index k);

  /// \param centres, label the nearest centre of each row by the search before
  /// \throws Interrupted
  PrunedLabels(Execution& execution, const PreparedRows<T>& rows,
               const std::vector<double>& centres, const std::vector<std::int32_t>& label);

  /// Finds the labels of all rows, from others that are likely.
  /// \return which part of the comparisons it made
  /// \throws Interrupted
  double find(const NearestCentre& nearest, const std::vector<double>& centres,
              std::vector<std::int32_t>& label);

 private:
  std::vector<double> scaled(std::vector<double> centres) const;
  std::vector<double> in_order(const std::vector<double>& centres) const;
  void choose_unit(const NearestCentre& nearest, const std::vector<std::int32_t>& label);
  void measure_moves(const CentrePanels& panels, std::vector<double> positions);
  Index find_in_tile(const CentrePanels& panels, const NearestCentre& nearest, Index first,
                     Index count, float* tile, std::int32_t* label);

  Execution& execution_;
  const PreparedRows<T>& rows_;
  Index d_, k_;
  Partition partition_;
  int workers_;
  std::vector<std::int32_t> centre_;        // the order of the centres
  std::vector<std::int32_t> place_;         // of each centre in it
  std::vector<std::int32_t> row_;           // the order of the rows
  std::vector<double> positions_;           // of the centres in their order, when bounds were true
  double unit_;                             // of the bounds
  std::vector<std::uint8_t> moves_;         // since then, the longest of each run of centres
  AlignedArray<std::uint8_t> bounds_;       // of each few rows, and each run
  std::vector<AlignedArray<float>> tiles_;  // a worker's
};

}  // namespace gaussmix
