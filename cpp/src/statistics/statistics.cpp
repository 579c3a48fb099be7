// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/statistics.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "support/scratch.hpp"

namespace gaussmix {
namespace {

// scatter += term(r, c, place) for each entry (r, c) that means something: of the lower triangle,
// or of the diagonal.
template <class Term>
void add_to_entries(ScatterForm form, Index d, double* scatter, const Term& term) {
  if (form == ScatterForm::none) return;
  for (Index r = 0; r < d; ++r) {
    if (form == ScatterForm::diagonal) {
      scatter[r] += term(r, r, r);
    } else {
      for (Index c = 0; c <= r; ++c) scatter[r * d + c] += term(r, c, r * d + c);
    }
  }
}

// Calls use(offset, count) for stretches of a scatter that together hold all that means something:
// the lower triangle's rows where that saves memory traffic, or else everything.
template <class Use>
void for_each_stretch(Index size, Index d, const Use& use) {
  constexpr Index kWide = 32;
  if (size < d * d || d < kWide) return use(Index{0}, size);
  for (Index r = 0; r < d; ++r) use(r * d, r + 1);
}

}  // namespace

Statistics::Statistics(ScatterForm form, Index components, Index features)
    : form_(form),
      components_(components),
      features_(features),
      weight_(size_t(components), 0.0),
      mean_(size_t(components * features), 0.0),
      scatters_(form == ScatterForm::pooled ? 1 : size_t(components)) {}

double Statistics::total_weight() const {
  return std::accumulate(weight_.begin(), weight_.end(), 0.0);
}

std::size_t Statistics::scatter_of(Index component) const {
  return form_ == ScatterForm::pooled ? 0 : size_t(component);
}

const double* Statistics::scatter(Index component) const {
  const auto& own = scatters_[scatter_of(component)];
  return own.empty() ? nullptr : own.data();
}

double* Statistics::scatter(Index component) {
  auto& own = scatters_[scatter_of(component)];
  if (own.empty()) own.resize(size_t(scatter_size()), 0.0);
  return own.data();
}

double Statistics::merge_mean(Index component, double weight, const double* mean, double* delta) {
  double* const own_mean = mean_.data() + component * features_;
  double& own_weight = weight_[size_t(component)];
  const double before = own_weight, total = before + weight;
  std::fill_n(delta, features_, 0.0);
  if (weight == 0.0) return 0.0;
  own_weight = total;
  if (before == 0.0) {
    std::copy_n(mean, features_, own_mean);
    return 0.0;
  }
  for (Index c = 0; c < features_; ++c) {
    delta[c] = mean[c] - own_mean[c];
    own_mean[c] += delta[c] * (weight / total);
  }
  return before * (weight / total);
}

void Statistics::merge_component(Index component, double weight, const double* mean,
                                 const double* scatter) {
  double* const own = this->scatter(component);
  if (scatter != nullptr && form_ != ScatterForm::pooled && this->weight(component) == 0.0) {
    for_each_stretch(scatter_size(), features_, [&](Index offset, Index count) {
      std::copy_n(scatter + offset, count, own + offset);
    });
    scatter = nullptr;
  }
  Scratch delta(features_);
  double* const a = delta.data();
  const double between = merge_mean(component, weight, mean, a);
  if (scatter != nullptr) {
    add_to_entries(form_, features_, own, [=](Index r, Index c, Index place) {
      return scatter[place] + between * a[r] * a[c];
    });
  } else if (between > 0.0) {
    add_to_entries(form_, features_, own,
                   [=](Index r, Index c, Index /*place*/) { return between * a[r] * a[c]; });
  }
}

// With r = first / weight, the rows' scatter about their mean is that about the centre less
// weight r r^T.
void Statistics::add_centred_rows(Index component, double weight, const double* centre,
                                  const double* first) {
  Scratch scratch(3 * features_);
  double *const a = scratch.data(), *const b = a + features_, *const mean = b + features_;
  for (Index c = 0; c < features_; ++c) {
    b[c] = first[c] / weight;
    mean[c] = centre[c] + b[c];
  }
  const double between = merge_mean(component, weight, mean, a);
  add_to_entries(form_, features_, scatter(component), [=](Index r, Index c, Index /*place*/) {
    return between * a[r] * a[c] - weight * b[r] * b[c];
  });
}

void Statistics::merge(Statistics&& other) {
  const bool pooled = form_ == ScatterForm::pooled;
  for (Index j = 0; j < components_; ++j) {
    if (!pooled && other.weight(j) == 0.0) continue;
    if (!pooled && weight(j) == 0.0) {
      swap_component(j, other);
      continue;
    }
    // A pooled scatter belongs to all components and is added once.
    const double* const scatter = !pooled || j == 0 ? std::as_const(other).scatter(j) : nullptr;
    merge_component(j, other.weight(j), other.mean(j), scatter);
  }
  log_likelihood_ += other.log_likelihood_;
}

void Statistics::swap_component(Index component, Statistics& other) {
  const auto at = size_t(component);
  std::swap(weight_[at], other.weight_[at]);
  std::swap(scatters_[at], other.scatters_[at]);
  double* const own_mean = mean_.data() + component * features_;
  std::swap_ranges(own_mean, own_mean + features_, other.mean_.data() + component * features_);
}

Statistics Statistics::pooled() const {
  const auto form = form_ == ScatterForm::pooled ? ScatterForm::full : form_;
  Statistics all(form, 1, features_);
  for (Index j = 0; j < components_; ++j) {
    const bool has_scatter = form_ != ScatterForm::pooled || j == 0;
    all.merge_component(0, weight(j), mean(j), has_scatter ? scatter(j) : nullptr);
  }
  all.log_likelihood_ = log_likelihood_;
  return all;
}

void Statistics::reset() {
  const bool pooled = form_ == ScatterForm::pooled;
  for (Index j = 0; j < components_; ++j) {
    // What has seen no row is zero already.
    const bool seen = pooled ? j == 0 && !scatters_[0].empty() : weight(j) != 0.0;
    if (!seen) continue;
    for_each_stretch(scatter_size(), features_, [&](Index offset, Index count) {
      std::fill_n(scatter(j) + offset, count, 0.0);
    });
  }
  std::fill(weight_.begin(), weight_.end(), 0.0);
  std::fill(mean_.begin(), mean_.end(), 0.0);
  log_likelihood_ = 0.0;
}

}  // namespace gaussmix
