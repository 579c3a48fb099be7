// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "support/require.hpp"
#include "support/scratch.hpp"

namespace gaussmix {
namespace {

Index size_of_scatter(ScatterForm form, Index d) {
  switch (form) {
    case ScatterForm::full:
    case ScatterForm::pooled:
      return d * d;
    case ScatterForm::diagonal:
      return d;
    case ScatterForm::none:
      break;
  }
  return 0;
}

// scatter += term(r, c, offset) for each entry (r, c) that means something: of the lower triangle,
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

double power_of_two(int exponent) { return std::ldexp(1.0, exponent); }

void scale(std::vector<double>& values, double factor) {
  for (double& value : values) value *= factor;
}

}  // namespace

Statistics::Shared::Shared(ScatterForm its_form, Index k, Index d, std::vector<double> points)
    : form(its_form),
      components(k),
      features(d),
      reference(std::move(points)),
      scatter_size(size_of_scatter(its_form, d)) {}

const double* Statistics::Shared::no_scatter() const {
  std::call_once(zeros_are_made, [this] { zeros.assign(at(scatter_size), 0.0); });
  return zeros.data();
}

Statistics::Statistics(std::shared_ptr<const Shared> shared)
    : shared_(std::move(shared)),
      weights_(at(shared_->components), 0.0),
      moment_weights_(weights_),
      differences_(at(shared_->components * shared_->features), 0.0),
      scatters_(shared_->form == ScatterForm::pooled ? 1 : at(shared_->components)) {}

Statistics::Statistics(ScatterForm form, Index components, Index features,
                       std::vector<double> reference)
    : Statistics([&] {
        require(components >= 1 && features >= 1,
                "statistics need at least one component and one feature");
        require(features <= std::numeric_limits<Index>::max() / components / features,
                "n_components and n_features are too large");
        const Index size = components * features;
        if (reference.empty()) reference.assign(at(size), 0.0);
        require(static_cast<Index>(reference.size()) == size,
                "the reference must have n_components x n_features numbers");
        require(std::all_of(reference.begin(), reference.end(),
                            [](double value) { return std::isfinite(value); }),
                "the reference must be finite");
        return std::make_shared<const Shared>(form, components, features, std::move(reference));
      }()) {}

Statistics Statistics::of_no_rows() const { return Statistics(shared_); }

double Statistics::total_weight() const {
  return std::accumulate(weights_.begin(), weights_.end(), 0.0);
}

std::vector<double> Statistics::mean(Index component) const {
  std::vector<double> mean(reference(component), reference(component) + n_features());
  for (Index c = 0; c < n_features(); ++c) mean[at(c)] += mean_difference(component)[c];
  return mean;
}

const double* Statistics::scatter(Index component) const {
  const auto& own = scatters_[scatter_of(component)];
  return own.empty() ? shared_->no_scatter() : own.data();
}

double* Statistics::scatter_to_add_to(Index component) {
  auto& own = scatters_[scatter_of(component)];
  if (own.empty()) own.assign(at(scatter_size()), 0.0);
  return own.data();
}

double Statistics::add_mean(Index component, double weight, const double* difference,
                            double* delta) {
  double* const own = differences_.data() + component * n_features();
  double& own_weight = moment_weights_[at(component)];
  const double before = own_weight, total = before + weight;
  std::fill_n(delta, n_features(), 0.0);
  if (weight == 0.0) return 0.0;
  own_weight = total;
  if (before == 0.0) {
    std::copy_n(difference, n_features(), own);
    return 0.0;
  }
  for (Index c = 0; c < n_features(); ++c) {
    delta[c] = difference[c] - own[c];
    own[c] += delta[c] * (weight / total);
  }
  return before * (weight / total);
}

void Statistics::add_moments(Index component, double weight, const double* difference,
                             const double* scatter, double unit) {
  const Index d = n_features();
  Scratch delta(d);
  double* const a = delta.data();
  const bool first = form() != ScatterForm::pooled && moment_weight(component) == 0.0;
  const double between = add_mean(component, weight, difference, a);
  if (scatter == nullptr && between == 0.0) return;
  double* const own = scatter_to_add_to(component);
  if (scatter == nullptr) {
    add_to_entries(form(), d, own,
                   [=](Index r, Index c, Index /*offset*/) { return between * a[r] * a[c]; });
  } else if (first && unit == 1.0) {
    for_each_stretch(scatter_size(), d, [&](Index offset, Index count) {
      std::copy_n(scatter + offset, count, own + offset);
    });
  } else {
    add_to_entries(form(), d, own, [=](Index r, Index c, Index offset) {
      return unit * scatter[offset] + between * a[r] * a[c];
    });
  }
}

void Statistics::add_component(Index component, double weight, const double* mean,
                               const double* scatter, int unit_exponent) {
  require(component >= 0 && component < n_components(), "there is no such component");
  require(weight >= 0.0 && std::isfinite(weight), "weight must be finite and at least 0");
  require(std::all_of(mean, mean + n_features(), [](double x) { return std::isfinite(x); }),
          "mean must be finite");
  if (weight == 0.0) return;
  if (has_no_rows()) unit_exponent_ = unit_exponent;
  if (unit_exponent > unit_exponent_) change_unit(unit_exponent);
  Scratch scratch(n_features());
  double* const difference = scratch.data();
  for (Index c = 0; c < n_features(); ++c) difference[c] = mean[c] - reference(component)[c];
  const double unit = power_of_two(unit_exponent - unit_exponent_);
  weights_[at(component)] += unit * weight;
  add_moments(component, unit * weight, difference, scatter, unit);
}

// With r = first / weight, the rows' scatter about their mean is that about the centre less
// weight r r^T.
void Statistics::add_centred_rows(Index component, double weight, double moment_weight,
                                  const double* centre, const double* first) {
  weights_[at(component)] += weight;
  if (moment_weight == 0.0) return;
  const Index d = n_features();
  Scratch scratch(3 * d);
  double *const a = scratch.data(), *const b = a + d, *const difference = b + d;
  for (Index c = 0; c < d; ++c) {
    b[c] = first[c] / moment_weight;
    difference[c] = (centre[c] - reference(component)[c]) + b[c];
  }
  const double between = add_mean(component, moment_weight, difference, a);
  if (form() == ScatterForm::none) return;
  add_to_entries(form(), d, scatter_to_add_to(component), [=](Index r, Index c, Index /*offset*/) {
    return between * a[r] * a[c] - moment_weight * b[r] * b[c];
  });
}

bool Statistics::has_no_rows() const {
  const auto zero = [](double weight) { return weight == 0.0; };
  return row_weight_ == 0.0 && log_likelihood_ == 0.0 &&
         std::all_of(weights_.begin(), weights_.end(), zero) &&
         std::all_of(moment_weights_.begin(), moment_weights_.end(), zero);
}

void Statistics::change_unit(int exponent) {
  multiply(power_of_two(unit_exponent_ - exponent));
  unit_exponent_ = exponent;
}

void Statistics::multiply(double factor) {
  for (auto* values : {&weights_, &moment_weights_}) scale(*values, factor);
  for (auto& scatter : scatters_) scale(scatter, factor);
  row_weight_ *= factor;
  log_likelihood_ *= factor;
}

void Statistics::merge(const Statistics& other) {
  require(other.form() == form() && other.n_components() == n_components() &&
              other.n_features() == n_features(),
          "statistics that are merged must have the same form, components and features");
  if (other.has_no_rows()) return;
  if (has_no_rows()) {
    *this = other;
    return;
  }
  if (power_of_two(unit_exponent_ - other.unit_exponent_) == 0.0) {  // these are nothing beside it
    *this = other;
    return;
  }
  if (other.unit_exponent_ > unit_exponent_) change_unit(other.unit_exponent_);
  const double unit = power_of_two(other.unit_exponent_ - unit_exponent_);
  if (unit == 0.0) return;
  const bool same_reference =
      shared_ == other.shared_ || shared_->reference == other.shared_->reference;
  const Index d = n_features();
  Scratch scratch(d);
  for (Index j = 0; j < n_components(); ++j) {
    weights_[at(j)] += unit * other.weight(j);
    const double* difference = other.mean_difference(j);
    if (!same_reference) {
      for (Index c = 0; c < d; ++c) {
        scratch.data()[c] = (other.reference(j)[c] - reference(j)[c]) + difference[c];
      }
      difference = scratch.data();
    }
    // A pooled scatter belongs to all components and is added once.
    const bool own_scatter = form() != ScatterForm::pooled;
    const bool added = own_scatter ? other.moment_weight(j) != 0.0 : j == 0;
    const auto& scatter = other.scatters_[other.scatter_of(j)];
    add_moments(j, unit * other.moment_weight(j), difference,
                added && !scatter.empty() ? scatter.data() : nullptr, unit);
  }
  row_weight_ += unit * other.row_weight_;
  log_likelihood_ += unit * other.log_likelihood_;
}

// What has no rows here takes the memory of what has some there; the numbers are those of a copy.
void Statistics::merge(Statistics&& other) {
  if (shared_ == other.shared_ && form() != ScatterForm::pooled &&
      unit_exponent_ == other.unit_exponent_) {
    for (Index j = 0; j < n_components(); ++j) {
      if (weight(j) == 0.0 && moment_weight(j) == 0.0) swap_component(j, other);
    }
  }
  merge(std::as_const(other));
}

void Statistics::swap_component(Index component, Statistics& other) {
  const auto j = at(component);
  std::swap(weights_[j], other.weights_[j]);
  std::swap(moment_weights_[j], other.moment_weights_[j]);
  std::swap(scatters_[j], other.scatters_[j]);
  double* const own = differences_.data() + component * n_features();
  std::swap_ranges(own, own + n_features(), other.differences_.data() + component * n_features());
}

// The unit takes what the factor has beyond [1, 2), so that no scale overflows.
Statistics Statistics::scaled(double factor) const {
  require(factor >= 0.0 && std::isfinite(factor), "factor must be finite and at least 0");
  if (factor == 0.0) return of_no_rows();
  Statistics result = *this;
  const int exponent = std::ilogb(factor);
  result.multiply(std::ldexp(factor, -exponent));
  result.unit_exponent_ += exponent;
  // Many factors between 1 and 2 come to a large one.
  constexpr int kFar = 256;
  if (result.row_weight_ > 0.0 && std::abs(std::ilogb(result.row_weight_)) > kFar) {
    result.change_unit(result.unit_exponent_ + std::ilogb(result.row_weight_));
  }
  return result;
}

Statistics Statistics::pooled() const {
  const auto form_of_all = form() == ScatterForm::pooled ? ScatterForm::full : form();
  Index heaviest = 0;
  for (Index j = 1; j < n_components(); ++j) {
    if (moment_weight(j) > moment_weight(heaviest)) heaviest = j;
  }
  const double* const centre = reference(heaviest);
  const Index d = n_features();
  Statistics all(form_of_all, 1, d, {centre, centre + d});
  all.unit_exponent_ = unit_exponent_;
  Scratch difference(d);
  for (Index j = 0; j < n_components(); ++j) {
    for (Index c = 0; c < d; ++c) {
      difference.data()[c] = (reference(j)[c] - centre[c]) + mean_difference(j)[c];
    }
    const bool has_scatter = form() != ScatterForm::pooled || j == 0;
    all.add_moments(0, moment_weight(j), difference.data(), has_scatter ? scatter(j) : nullptr,
                    1.0);
    all.weights_[0] += weight(j);
  }
  all.add_rows(row_weight_, log_likelihood_);
  return all;
}

Statistics Statistics::with_pooled_scatter(std::vector<double> scatter) const {
  require(form() == ScatterForm::none, "the statistics must have no scatter of their own");
  Statistics result(ScatterForm::pooled, n_components(), n_features(), shared_->reference);
  require(static_cast<Index>(scatter.size()) == result.scatter_size(),
          "a pooled scatter has n_features x n_features numbers");
  result.unit_exponent_ = unit_exponent_;
  result.weights_ = weights_;
  result.moment_weights_ = moment_weights_;
  result.differences_ = differences_;
  result.scatters_.front() = std::move(scatter);
  result.add_rows(row_weight_, log_likelihood_);
  return result;
}

void Statistics::reset() {
  const bool pooled = form() == ScatterForm::pooled;
  for (Index b = 0; b < n_scatters(); ++b) {
    auto& scatter = scatters_[at(b)];
    // What has seen no row is zero already.
    if (scatter.empty() || (!pooled && moment_weight(b) == 0.0)) continue;
    for_each_stretch(scatter_size(), n_features(), [&](Index offset, Index count) {
      std::fill_n(scatter.data() + offset, count, 0.0);
    });
  }
  for (auto* values : {&weights_, &moment_weights_, &differences_}) {
    std::fill(values->begin(), values->end(), 0.0);
  }
  row_weight_ = log_likelihood_ = 0.0;
  unit_exponent_ = 0;
}

void Statistics::reset_to(const Statistics& others) {
  if (!has_no_rows()) reset();
  shared_ = others.shared_;
  unit_exponent_ = others.unit_exponent_;
}

bool Statistics::operator==(const Statistics& other) const {
  if (form() != other.form() || n_components() != other.n_components() ||
      n_features() != other.n_features() || unit_exponent_ != other.unit_exponent_ ||
      shared_->reference != other.shared_->reference || weights_ != other.weights_ ||
      moment_weights_ != other.moment_weights_ || differences_ != other.differences_ ||
      row_weight_ != other.row_weight_ || log_likelihood_ != other.log_likelihood_) {
    return false;
  }
  for (Index b = 0; b < n_scatters(); ++b) {
    bool same = true;
    const double *const own = scatter(b), *const theirs = other.scatter(b);
    for_each_stretch(scatter_size(), n_features(), [&](Index offset, Index count) {
      same = same && std::equal(own + offset, own + offset + count, theirs + offset);
    });
    if (!same) return false;
  }
  return true;
}

}  // namespace gaussmix
