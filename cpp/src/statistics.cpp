// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/statistics.hpp"

#include <algorithm>
#include <numeric>

namespace gaussmix {
namespace {

// scatter += added a a^T - taken b b^T: the lower triangle, or the diagonal.
void update(ScatterForm form, Index d, double added, const double* a, double taken, const double* b,
            double* scatter) {
  if (form == ScatterForm::none) return;
  for (Index r = 0; r < d; ++r) {
    const double plus = added * a[r], minus = taken * b[r];
    if (form == ScatterForm::diagonal) {
      scatter[r] += plus * a[r] - minus * b[r];
    } else {
      for (Index c = 0; c <= r; ++c) scatter[r * d + c] += plus * a[c] - minus * b[c];
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

double* Statistics::scatter(Index component) {
  return scatter_.data() + (form_ == ScatterForm::pooled ? 0 : component * scatter_size());
}

void Statistics::merge_component(Index component, double weight, const double* mean,
                                 const double* scatter) {
  if (scatter != nullptr) {
    double* const own = this->scatter(component);
    for_each_stretch(scatter_size(), features_, [&](Index offset, Index count) {
      for (Index i = offset; i < offset + count; ++i) own[i] += scatter[i];
    });
  }
  if (weight == 0.0) return;
  const std::vector<double> none(static_cast<std::size_t>(features_), 0.0);
  add_centred_rows(component, weight, mean, none.data());
}

// With r = first / weight, the rows' scatter about their mean is that about the centre less
// weight r r^T; the difference of the two means is delta.
void Statistics::add_centred_rows(Index component, double weight, const double* centre,
                                  const double* first) {
  const auto d = static_cast<std::size_t>(features_);
  double* const own_mean = mean_.data() + component * features_;
  double& own_weight = weight_[static_cast<std::size_t>(component)];
  const double total = own_weight + weight;
  std::vector<double> residual(d), delta(d);
  for (std::size_t c = 0; c < d; ++c) {
    residual[c] = first[c] / weight;
    const double mean = centre[c] + residual[c];
    delta[c] = own_weight > 0.0 ? mean - own_mean[c] : 0.0;
    own_mean[c] = own_weight > 0.0 ? own_mean[c] + delta[c] * (weight / total) : mean;
  }
  update(form_, features_, own_weight * (weight / total), delta.data(), weight, residual.data(),
         scatter(component));
  own_weight = total;
}

void Statistics::merge(const Statistics& other) {
  const bool pooled = form_ == ScatterForm::pooled;
  for (Index j = 0; j < components_; ++j) {
    if (other.weight(j) == 0.0 && !pooled) continue;
    // A pooled scatter belongs to all components and is added once.
    const bool has_scatter = !pooled || j == 0;
    merge_component(j, other.weight(j), other.mean(j), has_scatter ? other.scatter(j) : nullptr);
  }
  log_likelihood_ += other.log_likelihood_;
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
    if (pooled ? j == 0 : weight(j) != 0.0) {
      for_each_stretch(scatter_size(), features_, [&](Index offset, Index count) {
        std::fill_n(scatter(j) + offset, count, 0.0);
      });
    }
  }
  std::fill(weight_.begin(), weight_.end(), 0.0);
  std::fill(mean_.begin(), mean_.end(), 0.0);
  log_likelihood_ = 0.0;
}

}  // namespace gaussmix
