// SPDX-License-Identifier: BSD-3-Clause
#include "em/in_memory.hpp"

#include <utility>

namespace gaussmix {
namespace {

// Statistics of more bytes are not kept for the next call: the page faults of new ones are little
// beside the work that goes into them.
constexpr Index kLarge = Index{4} << 20;

}  // namespace

template <class T>
InMemory<T>::InMemory(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form,
                      const Adjustment<T>* adjustment)
    : execution_(execution),
      data_(data),
      k_(k),
      form_(form),
      adjustment_(adjustment),
      partition_(Partition::of(data.rows.rows, data.rows.columns, k, sizeof(T))) {
  const Index n = data.rows.rows, d = data.rows.columns;
  const Index per_pair = (form == ScatterForm::diagonal ? d : d * d) + 10;
  operations_ = static_cast<double>(n * k) * static_cast<double>(per_pair);
  workers_.resize(size_t(execution.workers(partition_.leaves(), operations_)));
}

template <class T>
InMemory<T>::~InMemory() = default;

template <class T>
void InMemory<T>::begin() {
  groups_.emplace(data_.rows.rows, k_);
  before_.reset();
}

template <class T>
const Statistics& InMemory<T>::expect(const Mixture& mixture) {
  if (!groups_) begin();
  // Of log-densities that may be raised, no bound is known.
  const bool bounded = adjustment_ == nullptr || !adjustment_->may_raise();
  RowGroups* const groups = bounded ? &*groups_ : nullptr;
  if (groups != nullptr) {
    groups->follow(execution_, before_ ? &*before_ : nullptr, mixture, scalar_type_of<T>());
  }
  const Posterior<T> posterior(mixture, groups, adjustment_, execution_.n_threads());
  if (within_scatter_pays(mixture)) {
    auto means = accumulate(posterior, ScatterForm::none, spares_without_scatter_);
    auto scatter = within_->pooled_scatter(*means);
    result_ = std::make_unique<Statistics>(means->with_pooled_scatter(std::move(scatter)));
    spares_without_scatter_.release(std::move(means));
  } else {
    expect(static_cast<const Expectation<T>&>(posterior));
  }
  if (groups != nullptr) {
    groups->renew(execution_);
    before_ = mixture;
  }
  return *result_;
}

template <class T>
const Statistics& InMemory<T>::expect(const Expectation<T>& expectation) {
  if (result_) spares_.release(std::move(result_));
  result_ = accumulate(expectation, form_, spares_);
  const Index d = data_.rows.columns, scatter = form_ == ScatterForm::full ? k_ * d * d : 0;
  if (scatter * Index{sizeof(double)} > kLarge) spares_.clear();
  return *result_;
}

// Of fewer features or components the products take no time to speak of.
template <class T>
bool InMemory<T>::within_scatter_pays(const Mixture& mixture) {
  constexpr Index kFewComponents = 4, kFewFeatures = 7;
  if (form_ != ScatterForm::pooled || k_ < kFewComponents || data_.rows.columns < kFewFeatures) {
    return false;
  }
  if (!within_) within_.emplace(execution_, data_);
  return within_->keeps_digits(mixture);
}

template <class T>
std::unique_ptr<Statistics> InMemory<T>::accumulate(const Expectation<T>& expectation,
                                                    ScatterForm form, Spares<Statistics>& spares) {
  // Within short blocks, to ask would take a good part of the time.
  constexpr double kLong = 1e7;
  const bool long_blocks = operations_ / static_cast<double>(partition_.blocks()) > kLong;
  const Index d = data_.rows.columns;
  Statistics none(form, k_, d, expectation.reference());
  none.set_unit_exponent(data_.unit_exponent());
  const RowSequence<T> sequence{data_.rows, expectation.order()};
  return tree_reduce(
      execution_, partition_.leaves(), execution_.workers(partition_.leaves(), operations_), spares,
      [&] { return none; },
      [&](Index leaf, int worker, Statistics& statistics) {
        statistics.reset_to(none);
        auto& own = workers_[size_t(worker)];
        if (!own || own->moments.form() != form) {
          own = std::make_unique<ExpectationWorkspace<T>>(d, form,
                                                          kNegligible * data_.smallest_weight());
        }
        const KeepGoing keep_going = [&] { return !execution_.stopping(worker); };
        const KeepGoing within_block = long_blocks ? keep_going : [] { return true; };
        partition_.for_each_block(leaf, [&](Index first, Index rows) {
          const auto block = make_block(sequence, first, rows, own->columns);
          expectation.add(data_, first, block, *own, statistics, within_block);
          return keep_going();
        });
      });
}

template class InMemory<float>;
template class InMemory<double>;

}  // namespace gaussmix
