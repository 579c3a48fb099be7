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
      : k_(k), d_(d), form_(form), mean_(size_t(d)), residual_(size_t(d)) {}

  // Calls keep_going between components, and leaves off where it says no: of many large components
  // one block is long.
  template <class KeepGoing>
  void add(const Dataset<T>& data, Index first, Index rows, const ResponsibilitySource<T>& source,
           Statistics& statistics, const KeepGoing& keep_going) {
    const auto block = make_block(data.rows, first, rows, columns_);
    reserve(block, source.scratch_size());
    source.fill(first, block, responsibilities_.data(), log_density_.data(), scratch_.data());
    apply_weights(data, first, block, statistics);
    sum_moments(block);
    for (Index j = 0; j < k_ && keep_going(); ++j) {
      if (weights_[size_t(j)] > 0.0) add_component(block, j, statistics);
    }
  }

 private:
  void reserve(const Block<T>& block, Index scratch) {
    responsibilities_.resize(k_ * block.stride);
    log_density_.resize(block.length);
    row_weight_.resize(block.length);
    share_.resize(block.length);
    row_index_.resize(block.length);
    gathered_.resize(d_ * block.stride);
    centred_.resize(d_ * block.stride);
    scratch_.resize(std::max(scratch, block.length));
    moments_.resize(k_ * d_);
    products_.resize(form_ == ScatterForm::diagonal ? d_ : d_ * d_);
    scatter_.resize(size_t(products_.size()));
  }

  // Responsibilities times row weights, which are zero for the repeated rows at the block's end.
  void apply_weights(const Dataset<T>& data, Index first, const Block<T>& block,
                     Statistics& statistics) {
    double log_likelihood = 0.0;
    for (Index i = 0; i < block.rows; ++i) {
      const double weight = data.weight(first + i);
      row_weight_[i] = static_cast<T>(weight);
      log_likelihood += weight * static_cast<double>(log_density_[i]);
    }
    statistics.add_log_likelihood(log_likelihood);
    std::fill(row_weight_.data() + block.rows, row_weight_.data() + block.length, T(0));
    weights_.assign(size_t(k_), 0.0);
    for (Index j = 0; j < k_; ++j) {
      auto column = responsibilities_.segment(j * block.stride, block.length);
      column *= row_weight_;
      weights_[size_t(j)] = static_cast<double>(column.sum());
    }
  }

  // moments = sum over the rows of responsibility times row, for all components at once.
  void sum_moments(const Block<T>& block) {
    moments_.setZero();
    add_gram<T>({responsibilities_.data(), k_, block.stride}, {block.data, d_, block.stride},
                block.length, false, moments_.data());
  }

  void add_component(const Block<T>& block, Index j, Statistics& statistics) {
    const double weight = weights_[size_t(j)];
    const Block<T> sharing = sharing_rows(block, responsibilities_.data() + j * block.stride);
    if (sharing.rows == 0) return;
    scratch_.head(sharing.length) = share_.head(sharing.length).sqrt();
    products_.setZero();
    for (Index c = 0; c < d_; ++c) {
      const T centre = moments_[j * d_ + c] / static_cast<T>(weight);
      residual_[size_t(c)] = centre_column(sharing, c, centre) / weight;
      mean_[size_t(c)] = static_cast<double>(centre) + residual_[size_t(c)];
    }
    if (form_ != ScatterForm::diagonal) {
      const Columns<T> columns{centred_.data(), d_, sharing.stride};
      add_gram<T>(columns, columns, sharing.length, true, products_.data());
    }
    finish_scatter(weight);
    statistics.merge_component(j, weight, mean_.data(), scatter_.data());
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

  // centred = sqrt(share) (x - centre) for one feature. The centre is the mean up to rounding,
  // which far from the origin is not small beside the spread; returned is the sum of
  // share (x - centre), which corrects it. In the diagonal form the squares are summed here.
  double centre_column(const Block<T>& block, Index c, T centre) {
    using Pack = simd::Pack<T>;
    const Pack middle = simd::broadcast(centre);
    const T* const x = block.column(c);
    T* const out = centred_.data() + c * block.stride;
    Pack first_moment = simd::broadcast(T(0)), second_moment = first_moment;
    for (Index i = 0; i < block.length; i += simd::kLanes<T>) {
      const Pack root = simd::load(scratch_.data() + i);
      const Pack value = simd::multiply<T>(root, simd::subtract<T>(simd::load(x + i), middle));
      simd::store(out + i, value);
      first_moment = simd::multiply_add<T>(root, value, first_moment);
      second_moment = simd::multiply_add<T>(value, value, second_moment);
    }
    if (form_ == ScatterForm::diagonal) products_[c] = simd::sum<T>(second_moment);
    return static_cast<double>(simd::sum<T>(first_moment));
  }

  // The scatter about the corrected mean.
  void finish_scatter(double weight) {
    for (Index a = 0; a < d_; ++a) {
      const double scaled = weight * residual_[size_t(a)];
      if (form_ == ScatterForm::diagonal) {
        scatter_[size_t(a)] = static_cast<double>(products_[a]) - scaled * residual_[size_t(a)];
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
  AlignedArray<T> columns_, responsibilities_, log_density_, row_weight_, scratch_;
  AlignedArray<T> share_, gathered_, centred_, moments_, products_;
  AlignedArray<Index> row_index_;
  std::vector<double> weights_, mean_, residual_, scatter_;
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
        const auto keep_going = [&] { return !execution.stopping(worker); };
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
