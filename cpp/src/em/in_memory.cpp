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
      partition_(Partition::of(data.rows.rows, data.rows.columns, k, sizeof(T))),
      within_error_(std::numeric_limits<double>::infinity()) {
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
  within_error_ = std::numeric_limits<double>::infinity();
}

template <class T>
const Statistics& InMemory<T>::expect(const Mixture& mixture) {
  if (!groups_) begin();
  // Of log-densities that are changed in other ways than forbidding, no bound is known.
  const bool bounded = adjustment_ == nullptr || adjustment_->only_forbids();
  RowGroups* const groups = bounded ? &*groups_ : nullptr;
  try {
    if (groups != nullptr) {
      groups->follow(execution_, before_ ? &*before_ : nullptr, mixture, scalar_type_of<T>());
    }
    const Posterior<T> posterior(mixture, groups, adjustment_, execution_.n_threads());
    if (!expect_means(posterior)) expect_all(posterior);
    if (groups != nullptr) groups->renew(execution_);
    if (groups != nullptr && groups->formed()) {
      before_ = mixture;
    } else {
      before_.reset();
    }
  } catch (...) {  // bounds that were moved on are not those of the mixture before
    begin();
    throw;
  }
  return *result_;
}

template <class T>
const Statistics& InMemory<T>::expect(const Expectation<T>& expectation) {
  expect_all(expectation);
  return *result_;
}

template <class T>
void InMemory<T>::expect_all(const Expectation<T>& expectation) {
  if (result_) free_.release(std::move(result_));
  result_ = accumulate(expectation, form_, free_);
  const Index d = data_.rows.columns, scatter = form_ == ScatterForm::full ? k_ * d * d : 0;
  if (scatter * Index{sizeof(double)} > kLarge) free_.clear();
  if (!within_scatter_pays()) return;
  if (!within_) within_.emplace(execution_, data_);
  within_error_ = within_->error_of(result_->scatter(0));
}

// The scatter as what the total leaves, where that lost little in the E-step before. False, with
// nothing done, where it would not; and where, since then, it came to lose too much.
template <class T>
bool InMemory<T>::expect_means(const Expectation<T>& expectation) {
  constexpr double kMargin = 0.01;
  if (!within_scatter_pays() || !(within_error_ < kMargin)) return false;
  auto means = accumulate(expectation, ScatterForm::none, free_without_scatter_);
  auto scatter = within_->pooled_scatter(*means);
  within_error_ = within_->error_of(scatter.data());
  const bool accurate = within_error_ < 1.0;
  if (accurate) {
    result_ = std::make_unique<Statistics>(means->with_pooled_scatter(std::move(scatter)));
  }
  free_without_scatter_.release(std::move(means));
  return accurate;
}

// Of fewer features or components the products take no time to speak of.
template <class T>
bool InMemory<T>::within_scatter_pays() const {
  constexpr Index kFewComponents = 4, kFewFeatures = 7;
  return form_ == ScatterForm::pooled && k_ >= kFewComponents && data_.rows.columns >= kFewFeatures;
}

template <class T>
std::unique_ptr<Statistics> InMemory<T>::accumulate(const Expectation<T>& expectation,
                                                    ScatterForm form, FreeList<Statistics>& free) {
  // Within short blocks, to ask would take a good part of the time.
  constexpr double kLong = 1e7;
  const bool long_blocks = operations_ / static_cast<double>(partition_.blocks()) > kLong;
  const Index d = data_.rows.columns;
  Statistics none(form, k_, d, expectation.reference());
  none.set_unit_exponent(data_.unit_exponent());
  const RowSequence<T> sequence{data_.rows, expectation.order()};
  return tree_reduce(
      execution_, partition_.leaves(), execution_.workers(partition_.leaves(), operations_), free,
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
