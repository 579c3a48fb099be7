// SPDX-License-Identifier: BSD-3-Clause
#include "em/accumulator.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <functional>
#include <utility>

#include "statistics/moments/block_moments.hpp"
#include "statistics/moments/centring.hpp"
#include "statistics/moments/precise_moments.hpp"

namespace gaussmix {
namespace {

// Statistics of more bytes are not kept for the next call: the page faults of new ones are little
// beside the work that goes into them, and an M-step has a use for the memory.
constexpr Index kLarge = Index{4} << 20;

// Of fewer features or components the products take no time to speak of.
bool within_scatter_pays(ScatterForm form, Index k, Index d) {
  return form == ScatterForm::pooled && k >= 4 && d >= 7;
}

}  // namespace

// What one worker needs to turn blocks of rows into statistics.
template <class T>
class Accumulator<T>::Worker {
 public:
  /// \param negligible a responsibility times a weight that changes nothing
  Worker(Index k, Index d, ScatterForm form, double negligible)
      : k_(k),
        form_(form),
        moments_(make_block_moments<T>(d, form == ScatterForm::full || form == ScatterForm::pooled,
                                       negligible)),
        precise_moments_(d, negligible),
        centring_(d) {}

  ScatterForm form() const { return form_; }

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
    precise_moments_.begin(sequence, first, block);
    for (const Index j : shares_.components) {
      if (!keep_going()) return;
      Numbers share(shares_.column(block, j), block.length);
      if (!equal_weights_) share *= Numbers(row_weight_.data(), block.length);
      const auto add_to = [&](auto& moments, double weight) {
        if (weight > 0.0)
          add_component(moments, j, weight, block, share, source.places(), statistics);
      };
      if (source.in_double(j)) {
        const double weight = precise_moments_.take(share.data());
        add_to(precise_moments_.moments(), weight);
      } else {
        add_to(*moments_, moments_->take(sequence, first, block, share.data()));
      }
    }
  }

 private:
  using Numbers = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

  // The rows' weights, zero for the repeated rows at the block's end, and their log-likelihood.
  void take_weights(const Dataset<T>& data, const RowSequence<T>& sequence, Index first,
                    const Block<T>& block, Statistics& statistics) {
    equal_weights_ = !data.weighted() && block.rows == block.length;
    if (!data.weighted()) {
      const Numbers log_densities(shares_.log_density.data(), block.rows);
      statistics.add_log_likelihood(log_densities.template cast<double>().sum());
      if (!equal_weights_) {
        row_weight_.assign(block.length, T(0));
        std::fill_n(row_weight_.data(), block.rows, T(1));
      }
      return;
    }
    double log_likelihood = 0.0;
    row_weight_.assign(block.length, T(0));
    for (Index i = 0; i < block.rows; ++i) {
      const double weight = data.weight(sequence.number(first + i));
      if (weight == 0.0) continue;  // even of a row whose log-density is minus infinity
      row_weight_[i] = static_cast<T>(weight);
      log_likelihood += weight * static_cast<double>(shares_.log_density[i]);
    }
    statistics.add_log_likelihood(log_likelihood);
  }

  // The centre is a place near the mean: the mean of the rows before, or what the source knows, or
  // else the row that shares most.
  template <class U>
  void add_component(BlockMoments<U>& moments, Index j, double weight, const Block<T>& block,
                     const Numbers& share, const double* places, Statistics& statistics) {
    const Index d = block.features;
    if (statistics.weight(j) > 0.0) {
      std::copy_n(statistics.mean(j), d, centring_.place());
    } else if (places != nullptr) {
      std::copy_n(places + j * d, d, centring_.place());
    } else {
      Index row = 0;
      share.maxCoeff(&row);
      for (Index c = 0; c < d; ++c) {
        centring_.place()[c] = static_cast<double>(block.column(c)[row]);
      }
    }
    centring_.find(moments, weight);
    if (statistics.form() == ScatterForm::diagonal) {
      std::transform(centring_.second().begin(), centring_.second().end(), statistics.scatter(j),
                     statistics.scatter(j), std::plus<>());
    } else if (statistics.form() != ScatterForm::none) {
      moments.add_products(statistics.scatter(j));
    }
    statistics.add_centred_rows(j, weight, centring_.place(), centring_.first());
  }

  Index k_;
  ScatterForm form_;
  Shares<T> shares_;
  AlignedArray<T> columns_, row_weight_;
  bool equal_weights_ = false;
  std::unique_ptr<BlockMoments<T>> moments_;
  PreciseMoments<T> precise_moments_;  // of the components whose products are wanted in double
  Centring centring_;
};

template <class T>
Accumulator<T>::Accumulator(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form)
    : execution_(execution),
      data_(data),
      k_(k),
      form_(form),
      partition_(Partition::of(data.rows.rows, data.rows.columns, k, sizeof(T))),
      within_pays_(within_scatter_pays(form, k, data.rows.columns)) {
  const Index n = data.rows.rows, d = data.rows.columns;
  const Index per_pair = (form == ScatterForm::diagonal ? d : d * d) + 10;
  operations_ = static_cast<double>(n * k) * static_cast<double>(per_pair);
  workers_.resize(size_t(execution.workers(partition_.leaves(), operations_)));
}

template <class T>
Accumulator<T>::~Accumulator() = default;

template <class T>
Statistics& Accumulator<T>::accumulate(const ResponsibilitySource<T>& source) {
  if (result_) spares_.release(std::move(result_));
  if (within_pays_ && source.complete()) result_ = run_without_scatter(source);
  if (!result_) result_ = run(form_, spares_, source);
  return *result_;
}

// Where this has failed once, it is likely to fail again.
template <class T>
std::unique_ptr<Statistics> Accumulator<T>::run_without_scatter(
    const ResponsibilitySource<T>& source) {
  if (!within_) within_.emplace(execution_, data_);
  auto means = run(ScatterForm::none, spares_without_scatter_, source);
  auto pooled = spares_.acquire([&] { return Statistics(form_, k_, data_.rows.columns); });
  within_pays_ = within_->pool(*means, *pooled);
  spares_without_scatter_.release(std::move(means));
  if (within_pays_) return pooled;
  spares_.release(std::move(pooled));
  return nullptr;
}

template <class T>
std::unique_ptr<Statistics> Accumulator<T>::run(ScatterForm form, Spares<Statistics>& spares,
                                                const ResponsibilitySource<T>& source) {
  // Within short blocks, to ask would take a good part of the time.
  constexpr double kLong = 1e7;
  const bool long_blocks = operations_ / static_cast<double>(partition_.blocks()) > kLong;
  auto result = tree_reduce(
      execution_, partition_.leaves(), execution_.workers(partition_.leaves(), operations_), spares,
      [&] { return Statistics(form, k_, data_.rows.columns); },
      [&](Index leaf, int worker, Statistics& statistics) {
        auto& own = workers_[size_t(worker)];
        if (!own || own->form() != form) {
          own = std::make_unique<Worker>(k_, data_.rows.columns, form,
                                         kNegligible * data_.smallest_weight());
        }
        const KeepGoing keep_going = [&] { return !execution_.stopping(worker); };
        const KeepGoing within_block = long_blocks ? keep_going : [] { return true; };
        partition_.for_each_block(leaf, [&](Index first, Index rows) {
          own->add(data_, first, rows, source, statistics, within_block);
          return keep_going();
        });
      });
  const Index d = data_.rows.columns, scatter = form_ == ScatterForm::full ? k_ * d * d : 0;
  if (scatter * Index{sizeof(double)} > kLarge) spares_.clear();
  return result;
}

template class Accumulator<float>;
template class Accumulator<double>;

}  // namespace gaussmix
