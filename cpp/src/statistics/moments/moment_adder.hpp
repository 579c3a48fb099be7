// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <functional>
#include <memory>

#include "gaussmix/statistics.hpp"
#include "statistics/moments/block_moments.hpp"
#include "statistics/moments/centring.hpp"

namespace gaussmix {

/// Adds the moments of blocks of rows to statistics. One object serves one thread.
template <class T>
class MomentAdder {
 public:
  /// For d features. A weight of `negligible` or less may count as none.
  MomentAdder(Index d, ScatterForm form, double negligible = kNegligible)
      : form_(form),
        moments_(make_block_moments<T>(d, form == ScatterForm::full || form == ScatterForm::pooled,
                                       negligible)),
        centring_(d) {}

  ScatterForm form() const { return form_; }

  /// Adds the rows of a block, which stand at positions first, first + 1, ... of a sequence, to
  /// component j of statistics of the form.
  /// \param weights block.length aligned numbers >= 0, zero past block.rows: what each row counts.
  void add(const RowSequence<T>& rows, Index first, const Block<T>& block, Index j,
           const double* weights, Statistics& statistics) {
    const double weight = moments_->set_rows(rows, first, block, weights);
    if (!(weight > 0.0)) return;
    const bool known = statistics.moment_weight(j) > 0.0;
    for (Index c = 0; c < block.features; ++c) {
      const double difference = known ? statistics.mean_difference(j)[c] : 0.0;
      centring_.centre()[c] = statistics.reference(j)[c] + difference;
    }
    centring_.find(*moments_, weight);
    if (form_ == ScatterForm::diagonal) {
      double* const scatter = statistics.scatter_to_add_to(j);
      std::transform(centring_.second().begin(), centring_.second().end(), scatter, scatter,
                     std::plus<>());
    } else if (form_ != ScatterForm::none) {
      moments_->add_products(statistics.scatter_to_add_to(j));
    }
    statistics.add_centred_rows(j, weight, weight, centring_.centre(), centring_.first());
  }

 private:
  ScatterForm form_;
  std::unique_ptr<BlockMoments<T>> moments_;
  Centring centring_;
};

}  // namespace gaussmix
