// SPDX-License-Identifier: BSD-3-Clause
#include "accumulate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "kernels/block_moments.hpp"

namespace gaussmix {
namespace {

// What one worker needs to turn a block of rows into statistics.
template <class T>
class BlockAccumulator {
 public:
  BlockAccumulator(Index k, Index d, ScatterForm form)
      : k_(k),
        moments_(make_block_moments<T>(d, form != ScatterForm::diagonal)),
        centre_(size_t(d)),
        first_(size_t(d)),
        second_(size_t(d)) {}

  // Asks keep_going between components, and leaves off where it says no: of many large components
  // one block is long.
  void add(const Dataset<T>& data, Index first, Index rows, const ResponsibilitySource<T>& source,
           Statistics& statistics, const KeepGoing& keep_going) {
    const RowSequence<T> sequence{data.rows, source.order()};
    const auto block = make_block(sequence, first, rows, columns_);
    shares_.responsibilities.resize(k_ * block.stride);
    shares_.log_density.resize(block.length);
    shares_.components.clear();
    source.fill(first, block, shares_, keep_going);
    if (!keep_going()) return;
    take_weights(data, sequence, first, block, statistics);
    for (const Index j : shares_.components) {
      if (!keep_going()) return;
      Eigen::Map<AlignedArray<T>> share(shares_.column(block, j), block.length);
      if (!equal_weights_) share *= row_weight_;
      const double weight = moments_->take(sequence, first, block, share.data());
      if (weight > 0.0) add_component(j, weight, statistics);
    }
  }

 private:
  // The rows' weights, zero for the repeated rows at the block's end, and their log-likelihood.
  void take_weights(const Dataset<T>& data, const RowSequence<T>& sequence, Index first,
                    const Block<T>& block, Statistics& statistics) {
    double log_likelihood = 0.0;
    equal_weights_ = !data.weighted() && block.rows == block.length;
    row_weight_.setZero(block.length);
    for (Index i = 0; i < block.rows; ++i) {
      const double weight = data.weight(sequence.number(first + i));
      row_weight_[i] = static_cast<T>(weight);
      log_likelihood += weight * static_cast<double>(shares_.log_density[i]);
    }
    statistics.add_log_likelihood(log_likelihood);
  }

  // The centre is a place near the mean: the mean of the rows before, or else a row.
  void add_component(Index j, double weight, Statistics& statistics) {
    if (statistics.weight(j) > 0.0) {
      std::copy_n(statistics.mean(j), centre_.size(), centre_.data());
    } else {
      moments_->largest_row(centre_.data());
    }
    moments_->centre(centre_.data(), first_.data(), second_.data());
    if (off_centre(weight)) {
      for (std::size_t c = 0; c < centre_.size(); ++c) centre_[c] += first_[c] / weight;
      moments_->centre(centre_.data(), first_.data(), second_.data());
    }
    if (statistics.form() == ScatterForm::diagonal) {
      std::transform(second_.begin(), second_.end(), statistics.scatter(j), statistics.scatter(j),
                     std::plus<>());
    } else {
      moments_->add_products(statistics.scatter(j));
    }
    statistics.add_centred_rows(j, weight, centre_.data(), first_.data());
  }

  // Whether the scatter about the mean would lose more than three bits to cancellation.
  bool off_centre(double weight) const {
    for (std::size_t c = 0; c < centre_.size(); ++c) {
      const double about_mean = second_[c] - first_[c] * first_[c] / weight;
      if (!(about_mean >= 0.125 * second_[c])) return true;  // what overflowed is off, too
    }
    return false;
  }

  Index k_;
  Shares<T> shares_;
  AlignedArray<T> columns_, row_weight_;
  bool equal_weights_ = false;
  std::unique_ptr<BlockMoments<T>> moments_;
  std::vector<double> centre_, first_, second_;  // of the differences to the centre
};

}  // namespace

template <class T>
Dataset<T>::Dataset(TableView<T> table, const double* row_weights)
    : rows(table), weights_(row_weights) {
  if (weights_ == nullptr || rows.rows == 0) return;
  const double largest = *std::max_element(weights_, weights_ + rows.rows);
  constexpr int kLargestExponent = std::numeric_limits<double>::max_exponent - 1;
  scale_ = std::ldexp(1.0, std::min(-std::ilogb(largest), kLargestExponent));
}

template <class T>
double Dataset<T>::total_weight() const {
  double total = 0.0;
  for (Index i = 0; i < rows.rows; ++i) total += weight(i);
  return total;
}

template <class T>
Statistics accumulate(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form,
                      const ResponsibilitySource<T>& source) {
  const Index n = data.rows.rows, d = data.rows.columns;
  const auto partition = Partition::of(n, d, k, sizeof(T));
  const double per_row = static_cast<double>(form == ScatterForm::diagonal ? d : d * d);
  const int workers =
      execution.workers(partition.leaves(), static_cast<double>(n * k) * (per_row + 10.0));
  std::vector<BlockAccumulator<T>> accumulators;
  for (int worker = 0; worker < workers; ++worker) accumulators.emplace_back(k, d, form);
  // Within short blocks, to ask would take a good part of the time.
  constexpr double kLong = 1e7;
  const bool long_blocks = static_cast<double>(partition.block_rows * k) * per_row > kLong;
  return tree_reduce<Statistics>(
      execution, partition.leaves(), workers, [&] { return Statistics(form, k, d); },
      [&](Index leaf, int worker, Statistics& statistics) {
        const KeepGoing keep_going = [&] { return !execution.stopping(worker); };
        const KeepGoing within_block = long_blocks ? keep_going : [] { return true; };
        partition.for_each_block(leaf, [&](Index first, Index rows) {
          accumulators[size_t(worker)].add(data, first, rows, source, statistics, within_block);
          return keep_going();
        });
      });
}

template class Dataset<float>;
template class Dataset<double>;
template Statistics accumulate<float>(Execution&, const Dataset<float>&, Index, ScatterForm,
                                      const ResponsibilitySource<float>&);
template Statistics accumulate<double>(Execution&, const Dataset<double>&, Index, ScatterForm,
                                       const ResponsibilitySource<double>&);

}  // namespace gaussmix
