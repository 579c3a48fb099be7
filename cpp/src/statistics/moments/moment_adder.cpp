// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/moment_adder.hpp"

#include <algorithm>
#include <functional>

#include "support/tree_reduce.hpp"

namespace gaussmix {

template <class T>
MomentAdder<T>::MomentAdder(Index d, ScatterForm form, double negligible)
    : form_(form),
      negligible_(negligible),
      moments_(make_block_moments<T>(d, form == ScatterForm::full || form == ScatterForm::pooled,
                                     negligible)),
      centre_(size_t(d)),
      first_(centre_),
      second_(centre_) {}

template <class T>
void MomentAdder<T>::add(const RowSequence<T>& rows, Index first, const Block<T>& block,
                         const ComponentWeights& component, Statistics& statistics) {
  const Index j = component.component;
  const double weight = moments_->set_rows(rows, first, block, component.weights);
  if (!(weight > 0.0)) return;
  const double* const reference = statistics.reference(j);
  std::copy_n(reference, block.features, centre_.begin());
  if (statistics.moment_weight(j) > 0.0) {
    std::transform(centre_.begin(), centre_.end(), statistics.mean_difference(j), centre_.begin(),
                   std::plus<>());
  }
  find_centre(weight);
  add_found(j, weight, [&](double* scatter) { moments_->add_products(scatter); }, statistics);
}

template <class T>
bool MomentAdder<T>::add_about(const std::vector<double>& point, const Block<T>& block,
                               const std::vector<ComponentWeights>& components,
                               Statistics& statistics) {
  weights_.clear();
  for (const auto& component : components) weights_.push_back(component.weights);
  if (!common_) common_.emplace(block.features, form_, negligible_);
  if (!common_->pays(block.length, weights_)) return false;
  common_->find(block, point.data(), weights_);
  centre_ = point;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto number = static_cast<Index>(i);
    const double weight = common_->weight(number);
    if (!(weight > 0.0)) continue;
    common_->moments(number, first_.data(), second_.data());
    const auto add_products = [&](double* scatter) { common_->add_products(number, scatter); };
    add_found(components[i].component, weight, add_products, statistics);
  }
  return true;
}

template <class T>
template <class AddProducts>
void MomentAdder<T>::add_found(Index j, double weight, const AddProducts& add_products,
                               Statistics& statistics) {
  if (form_ == ScatterForm::diagonal) {
    double* const scatter = statistics.scatter_to_add_to(j);
    std::transform(second_.begin(), second_.end(), scatter, scatter, std::plus<>());
  } else if (form_ != ScatterForm::none) {
    add_products(statistics.scatter_to_add_to(j));
  }
  statistics.add_centred_rows(j, weight, weight, centre_.data(), first_.data());
}

template <class T>
void MomentAdder<T>::find_centre(double weight) {
  constexpr int kMostMoves = 3;  // each reduces the distance to the mean to a rounding error of it
  // Whether the scatter about the mean would lose more than three bits to cancellation.
  const auto off_centre = [&] {
    for (std::size_t c = 0; c < centre_.size(); ++c) {
      const double about_mean = second_[c] - first_[c] * first_[c] / weight;
      if (!(about_mean >= 0.125 * second_[c])) return true;  // and where it overflowed
    }
    return false;
  };
  moments_->moments_about(centre_.data(), first_.data(), second_.data());
  for (int move = 0; move < kMostMoves && off_centre(); ++move) {
    for (std::size_t c = 0; c < centre_.size(); ++c) centre_[c] += first_[c] / weight;
    moments_->moments_about(centre_.data(), first_.data(), second_.data());
  }
}

template <class T>
Statistics statistics_of_all(Execution& execution, const Dataset<T>& data, ScatterForm form) {
  struct Workspace {
    MomentAdder<T> adder;
    AlignedArray<T> columns;
    AlignedArray<double> weights;
  };
  const Index n = data.rows.rows, d = data.rows.columns;
  const T* const reference = data.rows.row(data.heaviest());
  Statistics none(form, 1, d, std::vector<double>(reference, reference + d));
  none.set_unit_exponent(data.unit_exponent());
  const auto partition = Partition::of(n, d, 1, sizeof(T));
  const Index products = form == ScatterForm::diagonal ? d : d * d;
  const int workers = execution.workers(partition.leaves(), static_cast<double>(n * products));
  std::vector<Workspace> workspaces;
  for (int worker = 0; worker < workers; ++worker) {
    workspaces.push_back({MomentAdder<T>(d, form, 0.0), {}, {}});
  }
  const RowSequence<T> sequence{data.rows};
  return tree_reduce<Statistics>(
      execution, partition.leaves(), workers, [&] { return none; },
      [&](Index leaf, int worker, Statistics& statistics) {
        statistics.reset_to(none);  // those that are used again have no unit
        auto& own = workspaces[size_t(worker)];
        partition.for_each_block(leaf, [&](Index first, Index count) {
          const auto block = make_block(sequence, first, count, own.columns);
          own.weights.assign(block.length, 0.0);
          double weight = 0.0;
          for (Index i = 0; i < count; ++i) weight += own.weights[i] = data.weight(first + i);
          own.adder.add(sequence, first, block, {0, own.weights.data()}, statistics);
          statistics.add_rows(weight, 0.0);
          return !execution.stopping(worker);
        });
      });
}

template class MomentAdder<float>;
template class MomentAdder<double>;
template Statistics statistics_of_all<float>(Execution&, const Dataset<float>&, ScatterForm);
template Statistics statistics_of_all<double>(Execution&, const Dataset<double>&, ScatterForm);

}  // namespace gaussmix
