// SPDX-License-Identifier: BSD-3-Clause
#include "em/in_memory.hpp"

#include <functional>
#include <utility>

namespace gaussmix {
namespace {

// Asks once in so many calls, until the answer is no.
struct Seldom {
  const KeepGoing& keep_going;
  Index calls, since = 0;
  bool going = true;

  bool operator()() {
    if (++since <= calls) return going;
    since = 0;
    return going = going && keep_going();
  }
};

}  // namespace

template <class T>
InMemory<T>::InMemory(Execution& execution, const Dataset<T>& data, Index k, ScatterForm form,
                      const Adjustment<T>* adjustment, bool prunes)
    : execution_(execution),
      data_(data),
      k_(k),
      form_(form),
      adjustment_(adjustment),
      prunes_(prunes && (adjustment == nullptr || adjustment->only_forbids())),
      partition_(Partition::of(data.rows.rows, data.rows.columns, k, sizeof(T))) {
  const Index n = data.rows.rows, d = data.rows.columns;
  const Index per_pair = (form == ScatterForm::diagonal ? d : d * d) + 10;
  operations_ = static_cast<double>(n * k) * static_cast<double>(per_pair);
  workers_.resize(size_t(execution.workers(partition_.leaves(), operations_)));
  begin();
}

template <class T>
void InMemory<T>::begin() {
  if (prunes_) groups_.emplace(data_.rows.rows, k_);
  far_.assign(size_t(k_), 0);
  within_error_ = std::numeric_limits<double>::infinity();
}

template <class T>
const Statistics& InMemory<T>::expect(const Mixture& mixture) {
  RowGroups* const groups = groups_ ? &*groups_ : nullptr;
  try {
    if (groups != nullptr) groups->begin_e_step(execution_, mixture, scalar_type_of<T>());
    const Posterior<T> posterior(mixture, groups, adjustment_, execution_.n_threads(), truncation_);
    if (!expect_means(posterior)) expect(posterior);
    if (groups != nullptr) groups->end_e_step(execution_, mixture);
  } catch (...) {  // the bounds may have drifted already
    begin();
    throw;
  }
  return *result_;
}

template <class T>
const Statistics& InMemory<T>::expect(const Expectation<T>& expectation) {
  if (result_) free_.release(std::move(result_));
  auto places = places_of(expectation);
  const auto* const used = places ? &*places : nullptr;
  result_ = accumulate(expectation, form_, used, free_);
  if (places && places->separate(*result_, far_)) {
    free_.release(std::move(result_));
    result_ = accumulate(expectation, form_, used, free_);
  }
  // Large statistics are not kept for the next call: the page faults of new ones cost little.
  constexpr Index kLarge = Index{1} << 19;
  const Index d = data_.rows.columns;
  if (form_ == ScatterForm::full && k_ * d * d > kLarge) free_.clear();
  if (within_scatter_pays(expectation)) {
    if (!within_) within_.emplace(execution_, data_);
    within_error_ = within_->error_of(result_->scatter(0));
  }
  return *result_;
}

// Takes the scatter within from the total, if that lost little in the E-step before. Returns false,
// with nothing done, if not, or if it now loses too much.
template <class T>
bool InMemory<T>::expect_means(const Expectation<T>& expectation) {
  constexpr double kMargin = 0.01;
  if (!within_scatter_pays(expectation) || !(within_error_ < kMargin)) return false;
  auto means = accumulate(expectation, ScatterForm::none, nullptr, free_without_scatter_);
  auto scatter = within_->pooled_scatter(*means);
  within_error_ = within_->error_of(scatter.data());
  const bool accurate = within_error_ < 1.0;
  if (accurate) {
    result_ = std::make_unique<Statistics>(means->with_pooled_scatter(std::move(scatter)));
  }
  free_without_scatter_.release(std::move(means));
  return accurate;
}

// With fewer features or components the products take no time to speak of. What rows have outside
// of the components is in the total scatter alone.
template <class T>
bool InMemory<T>::within_scatter_pays(const Expectation<T>& expectation) const {
  constexpr Index kFewComponents = 4, kFewFeatures = 7;
  return expectation.divides_rows() && form_ == ScatterForm::pooled && k_ >= kFewComponents &&
         data_.rows.columns >= kFewFeatures;
}

template <class T>
std::optional<ComponentPlaces> InMemory<T>::places_of(const Expectation<T>& expectation) const {
  if (!CommonMoments<T>::suits(data_.rows.columns, k_, form_)) return std::nullopt;
  auto places = expectation.places();
  for (std::size_t j = 0; places && j < far_.size(); ++j) {
    if (far_[j] != 0) places->near_point[j] = 0;
  }
  return places;
}

template <class T>
std::unique_ptr<Statistics> InMemory<T>::accumulate(const Expectation<T>& expectation,
                                                    ScatterForm form, const ComponentPlaces* places,
                                                    FreeList<Statistics>& free) {
  const Index d = data_.rows.columns;
  // Within a block, a call is for one component and 64 rows at least. To ask takes time.
  constexpr double kLong = 1e6;
  const double per_pair = operations_ / static_cast<double>(data_.rows.rows * k_);
  const auto calls = static_cast<Index>(kLong / (per_pair * static_cast<double>(kRowMultiple)));
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
        Seldom asking{keep_going, calls};
        const KeepGoing within_block = std::ref(asking);
        partition_.for_each_block(leaf, [&](Index first, Index rows) {
          const auto block = make_block(sequence, first, rows, own->columns);
          expectation.add(data_, first, block, places, *own, statistics, within_block);
          return keep_going();
        });
      });
}

template class InMemory<float>;
template class InMemory<double>;

}  // namespace gaussmix
