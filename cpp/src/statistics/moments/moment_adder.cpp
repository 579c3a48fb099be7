// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/moment_adder.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>

#include "support/tree_reduce.hpp"

namespace gaussmix {

template <class T>
MomentAdder<T>::MomentAdder(Index d, ScatterForm form, double negligible)
    : form_(form),
      moments_(make_block_moments<T>(d, form == ScatterForm::full || form == ScatterForm::pooled,
                                     negligible)),
      centre_(size_t(d)),
      first_(centre_),
      second_(centre_) {
  if (CommonMoments<T>::suits(d, form)) common_.emplace(d, form, negligible);
}

template <class T>
void MomentAdder<T>::add(const RowSequence<T>& rows, Index first, const Block<T>& block,
                         const ComponentWeights& given, Statistics& statistics) {
  const Index j = given.component;
  const double weight = moments_->set_rows(rows, first, block, given.weights);
  if (!(weight > 0.0)) return;
  const double* const reference = statistics.reference(j);
  std::copy_n(reference, block.features, centre_.begin());
  if (statistics.moment_weight(j) > 0.0) {
    std::transform(centre_.begin(), centre_.end(), statistics.mean_difference(j), centre_.begin(),
                   std::plus<>());
  }
  find_centre(block, given, weight);
  add_found(j, weight, [&](double* scatter) { moments_->add_products(scatter); }, statistics);
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
void MomentAdder<T>::add(const RowSequence<T>& rows, Index first, const Block<T>& block,
                         const std::vector<ComponentWeights>& given,
                         const std::vector<double>& common_point, Statistics& statistics) {
  constexpr int kBits = 6;
  std::vector<const double*> weights;
  for (const auto& one : given) {
    if (one.near_common_point) weights.push_back(one.weights);
  }
  const bool together = common_ && common_->pays(block.length, weights);
  if (together) common_->find(block, common_point.data(), weights);
  Index w = 0;
  for (const auto& one : given) {
    if (!together || !one.near_common_point) {
      add(rows, first, block, one, statistics);
      continue;
    }
    const Index own = w++;
    const double weight = common_->weight(own);
    if (!(weight > 0.0)) continue;
    centre_ = common_point;
    common_->moments(own, first_.data(), second_.data());
    if (off_centre(block, one, weight, kBits)) {
      add(rows, first, block, one, statistics);
    } else {
      add_found(
          one.component, weight, [&](double* scatter) { common_->add_products(own, scatter); },
          statistics);
    }
  }
}

template <class T>
void MomentAdder<T>::find_centre(const Block<T>& block, const ComponentWeights& given,
                                 double weight) {
  constexpr int kMostMoves = 3;  // each reduces the distance to the mean to a rounding error of it
  constexpr int kBits = 3;
  moments_->moments_about(centre_.data(), first_.data(), second_.data());
  for (int move = 0; move < kMostMoves && off_centre(block, given, weight, kBits); ++move) {
    for (std::size_t c = 0; c < centre_.size(); ++c) centre_[c] += first_[c] / weight;
    moments_->moments_about(centre_.data(), first_.data(), second_.data());
  }
}

// Whether the scatter about the mean would lose more than so many bits to cancellation. Of few rows
// it may: it is small beside what others have, if they are as near as the rows of the component
// are.
template <class T>
bool MomentAdder<T>::off_centre(const Block<T>& block, const ComponentWeights& given, double weight,
                                int bits) {
  constexpr double kNear = 64.0, kFewRows = 16.0;
  const double least = std::ldexp(1.0, -bits);
  bool near = given.variances != nullptr, much_lost = false;
  for (std::size_t c = 0; c < centre_.size(); ++c) {
    const double about_mean = second_[c] - first_[c] * first_[c] / weight;
    if (about_mean >= least * second_[c]) continue;
    much_lost = true;  // or it overflowed
    near = near && second_[c] <= kNear * weight * given.variances[c];
  }
  if (!much_lost || !near) return much_lost;
  const Eigen::Map<const Eigen::ArrayXd> weights(given.weights, block.length);
  if (weight * weight > kFewRows * weights.square().sum()) return true;
  took_few_rows_ = true;
  return false;
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
