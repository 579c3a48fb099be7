// SPDX-License-Identifier: BSD-3-Clause
#include "accumulate.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/gram.hpp"

namespace gaussmix {
namespace {

// What one worker needs to turn a block of rows into statistics.
template <class T>
class BlockAccumulator {
 public:
  BlockAccumulator(Index k, Index d, ScatterForm form)
      : k_(k), d_(d), form_(form), mean_(size_t(d)), residual_(size_t(d)), second_(size_t(d)) {}

  // Asks keep_going between components, and leaves off where it says no: of many large components
  // one block is long.
  void add(const Dataset<T>& data, Index first, Index rows, const ResponsibilitySource<T>& source,
           Statistics& statistics, const KeepGoing& keep_going) {
    const auto block = make_block(data.rows, first, rows, columns_, source.order());
    reserve(block);
    shares_.components.clear();
    source.fill(first, block, shares_, keep_going);
    if (!keep_going()) return;
    take_weights(data, first, block, source.order(), statistics);
    for (const Index j : shares_.components) {
      if (!keep_going()) return;
      add_component(block, j, statistics);
    }
  }

 private:
  void reserve(const Block<T>& block) {
    shares_.responsibilities.resize(k_ * block.stride);
    shares_.log_density.resize(block.length);
    row_weight_.resize(block.length);
    share_.resize(block.length);
    root_.resize(block.length);
    row_index_.resize(block.length);
    gathered_.resize(d_ * block.stride);
    centred_.resize(d_ * block.stride);
    products_.resize(form_ == ScatterForm::diagonal ? 0 : d_ * d_);
    scatter_.resize(size_t(form_ == ScatterForm::diagonal ? d_ : d_ * d_));
  }

  // The rows' weights, zero for the repeated rows at the block's end, and their log-likelihood.
  void take_weights(const Dataset<T>& data, Index first, const Block<T>& block,
                    const std::int32_t* order, Statistics& statistics) {
    double log_likelihood = 0.0;
    for (Index i = 0; i < block.rows; ++i) {
      const double weight = data.weight(order == nullptr ? first + i : order[first + i]);
      row_weight_[i] = static_cast<T>(weight);
      log_likelihood += weight * static_cast<double>(shares_.log_density[i]);
    }
    statistics.add_log_likelihood(log_likelihood);
    std::fill(row_weight_.data() + block.rows, row_weight_.data() + block.length, T(0));
  }

  void add_component(const Block<T>& block, Index j, Statistics& statistics) {
    Eigen::Map<AlignedArray<T>> shares(shares_.column(block, j), block.length);
    shares *= row_weight_;
    const auto weight = static_cast<double>(shares.sum());
    const Block<T> sharing = sharing_rows(block, shares.data());
    if (sharing.rows == 0) return;
    root_.head(sharing.length) = share_.head(sharing.length).sqrt();
    guess_mean(sharing, j, statistics);
    centre(sharing, weight);
    if (off_centre(weight)) centre(sharing, weight);
    finish_scatter(sharing, weight);
    statistics.merge_component(j, weight, mean_.data(), scatter_.data());
  }

  // mean_ = a place near the mean: the mean of the rows before, or else a row.
  void guess_mean(const Block<T>& sharing, Index j, const Statistics& statistics) {
    if (statistics.weight(j) > 0.0) {
      std::copy_n(statistics.mean(j), d_, mean_.data());
      return;
    }
    Index row = 0;
    share_.head(sharing.length).maxCoeff(&row);
    for (Index c = 0; c < d_; ++c) mean_[size_t(c)] = static_cast<double>(sharing.column(c)[row]);
  }

  // centred = sqrt(share) (x - mean_), and the squares' sums. Then mean_ becomes the mean, by
  // adding a residual: the weighted mean of the differences.
  void centre(const Block<T>& block, double weight) {
    for (Index c = 0; c < d_; ++c) {
      const T at = static_cast<T>(mean_[size_t(c)]);
      residual_[size_t(c)] = centre_column(block, c, at) / weight;
      mean_[size_t(c)] = static_cast<double>(at) + residual_[size_t(c)];
    }
  }

  // Whether the centre was so far from the mean that the scatter about the mean would lose more
  // than three bits to cancellation.
  bool off_centre(double weight) const {
    for (Index c = 0; c < d_; ++c) {
      const double shift = weight * residual_[size_t(c)] * residual_[size_t(c)];
      if (second_[size_t(c)] - shift < 0.125 * second_[size_t(c)]) return true;
    }
    return false;
  }

  // The rows of a block that count for a component of these responsibilities, which go to share_:
  // the block itself, or a copy of few of its rows. A row of less than 1e-30 does not count; beside
  // the weight with which a component is not yet empty, 10 eps n, all of them vanish.
  Block<T> sharing_rows(const Block<T>& block, const T* responsibilities) {
    constexpr T kNegligible = T(1e-30);
    const Eigen::Map<const AlignedArray<T>> all(responsibilities, block.length);
    const Index count = (all > kNegligible).count();
    if (2 * count > block.rows) {
      share_.head(block.length) = all;
      return block;
    }
    Index found = 0;
    for (Index i = 0; i < block.rows && found < count; ++i) {
      row_index_[found] = i;
      found += all[i] > kNegligible ? 1 : 0;
    }
    return gather(block, responsibilities, count);
  }

  // Copies the `count` rows in row_index_, and their shares.
  Block<T> gather(const Block<T>& block, const T* responsibilities, Index count) {
    constexpr Index L = simd::kLanes<T>;
    const Index length = (count + L - 1) / L * L;
    const Block<T> copy{gathered_.data(), count, length, column_stride<T>(length), block.features};
    const auto copy_column = [&](const T* from, T* to, T filling) {
      for (Index i = 0; i < count; ++i) to[i] = from[row_index_[i]];
      std::fill(to + count, to + length, filling);
    };
    copy_column(responsibilities, share_.data(), T(0));
    for (Index c = 0; c < d_ && count > 0; ++c) {
      const T* const column = block.column(c);
      copy_column(column, gathered_.data() + c * copy.stride, column[row_index_[count - 1]]);
    }
    return copy;
  }

  // centred = sqrt(share) (x - at) for one feature. Returns the sum of share (x - at), and keeps
  // that of the squares.
  double centre_column(const Block<T>& block, Index c, T at) {
    using Pack = simd::Pack<T>;
    const Pack middle = simd::broadcast(at);
    const T* const x = block.column(c);
    T* const out = centred_.data() + c * block.stride;
    Pack first_moment = simd::broadcast(T(0)), second_moment = first_moment;
    for (Index i = 0; i < block.length; i += simd::kLanes<T>) {
      const Pack root = simd::load(root_.data() + i);
      const Pack value = simd::multiply<T>(root, simd::subtract<T>(simd::load(x + i), middle));
      simd::store(out + i, value);
      first_moment = simd::multiply_add<T>(root, value, first_moment);
      second_moment = simd::multiply_add<T>(value, value, second_moment);
    }
    second_[size_t(c)] = static_cast<double>(simd::sum<T>(second_moment));
    return static_cast<double>(simd::sum<T>(first_moment));
  }

  // The scatter about the mean: that about the centre, less the residual's.
  void finish_scatter(const Block<T>& block, double weight) {
    if (form_ != ScatterForm::diagonal) {
      const Columns<T> columns{centred_.data(), d_, block.stride};
      products_.setZero();
      add_gram<T>(columns, columns, block.length, true, products_.data());
    }
    for (Index a = 0; a < d_; ++a) {
      const double scaled = weight * residual_[size_t(a)];
      if (form_ == ScatterForm::diagonal) {
        scatter_[size_t(a)] = second_[size_t(a)] - scaled * residual_[size_t(a)];
        continue;
      }
      for (Index b = 0; b <= a; ++b) {
        const Index at = a * d_ + b;
        scatter_[size_t(at)] = static_cast<double>(products_[at]) - scaled * residual_[size_t(b)];
      }
    }
  }

  Index k_, d_;
  ScatterForm form_;
  Shares<T> shares_;
  AlignedArray<T> columns_, row_weight_, share_, root_, gathered_, centred_, products_;
  AlignedArray<Index> row_index_;
  std::vector<double> mean_, residual_, second_, scatter_;
};

}  // namespace

template <class T>
Dataset<T>::Dataset(TableView<T> table, const double* row_weights)
    : rows(table), weights_(row_weights) {
  if (weights_ == nullptr || rows.rows == 0) return;
  const double largest = *std::max_element(weights_, weights_ + rows.rows);
  scale_ = std::ldexp(1.0, -std::ilogb(largest));
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
  std::vector<BlockAccumulator<T>> accumulators(size_t(workers), {k, d, form});
  return tree_reduce<Statistics>(
      execution, partition.leaves(), workers, [&] { return Statistics(form, k, d); },
      [&](Index leaf, int worker, Statistics& statistics) {
        const KeepGoing keep_going = [&] { return !execution.stopping(worker); };
        partition.for_each_block(leaf, [&](Index first, Index rows) {
          accumulators[size_t(worker)].add(data, first, rows, source, statistics, keep_going);
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
