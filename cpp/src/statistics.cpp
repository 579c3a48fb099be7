// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/statistics.hpp"

#include <algorithm>
#include <numeric>

namespace gaussmix {
namespace {

// scatter += factor * delta delta^T: its lower triangle, or its diagonal.
void add_outer_product(ScatterForm form, Index d, double factor, const double* delta,
                       double* scatter) {
  for (Index a = 0; a < d; ++a) {
    const double scaled = factor * delta[a];
    if (form == ScatterForm::diagonal) {
      scatter[a] += scaled * delta[a];
    } else {
      for (Index b = 0; b <= a; ++b) scatter[a * d + b] += scaled * delta[b];
    }
  }
}

}  // namespace

Statistics::Statistics(ScatterForm form, Index components, Index features)
    : form_(form),
      components_(components),
      features_(features),
      weight_(static_cast<std::size_t>(components), 0.0),
      mean_(static_cast<std::size_t>(components * features), 0.0) {
  const Index matrices = form == ScatterForm::pooled ? 1 : components;
  scatter_.assign(static_cast<std::size_t>(matrices * scatter_size()), 0.0);
}

double Statistics::total_weight() const {
  return std::accumulate(weight_.begin(), weight_.end(), 0.0);
}

const double* Statistics::scatter(Index component) const {
  return scatter_.data() + (form_ == ScatterForm::pooled ? 0 : component * scatter_size());
}

double* Statistics::mutable_scatter(Index component) {
  return scatter_.data() + (form_ == ScatterForm::pooled ? 0 : component * scatter_size());
}

void Statistics::merge_component(Index component, double weight, const double* mean,
                                 const double* scatter) {
  double* const own_mean = mean_.data() + component * features_;
  double* const own_scatter = mutable_scatter(component);
  double& own_weight = weight_[static_cast<std::size_t>(component)];
  if (scatter != nullptr) {
    for (Index i = 0; i < scatter_size(); ++i) own_scatter[i] += scatter[i];
  }
  if (weight == 0.0) return;
  if (own_weight == 0.0) {
    std::copy(mean, mean + features_, own_mean);
    own_weight = weight;
    return;
  }
  const double total = own_weight + weight;
  std::vector<double> delta(mean, mean + features_);
  for (Index c = 0; c < features_; ++c) {
    delta[static_cast<std::size_t>(c)] -= own_mean[c];
    own_mean[c] += delta[static_cast<std::size_t>(c)] * (weight / total);
  }
  add_outer_product(form_, features_, own_weight * (weight / total), delta.data(), own_scatter);
  own_weight = total;
}

void Statistics::merge(const Statistics& other) {
  for (Index j = 0; j < components_; ++j) {
    // A pooled scatter belongs to all components and is added once.
    const bool has_scatter = form_ != ScatterForm::pooled || j == 0;
    merge_component(j, other.weight(j), other.mean(j), has_scatter ? other.scatter(j) : nullptr);
  }
  log_likelihood_ += other.log_likelihood_;
}

Statistics Statistics::pooled() const {
  const auto form = form_ == ScatterForm::diagonal ? ScatterForm::diagonal : ScatterForm::full;
  Statistics all(form, 1, features_);
  for (Index j = 0; j < components_; ++j) {
    const bool has_scatter = form_ != ScatterForm::pooled || j == 0;
    all.merge_component(0, weight(j), mean(j), has_scatter ? scatter(j) : nullptr);
  }
  all.log_likelihood_ = log_likelihood_;
  return all;
}

void Statistics::reset() {
  std::fill(weight_.begin(), weight_.end(), 0.0);
  std::fill(mean_.begin(), mean_.end(), 0.0);
  std::fill(scatter_.begin(), scatter_.end(), 0.0);
  log_likelihood_ = 0.0;
}

}  // namespace gaussmix
