// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "support/require.hpp"

namespace gaussmix {
namespace {

// Room for `count` numbers, without an allocation where they are few.
class Scratch {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): it may hold anything
  explicit Scratch(Index count) : many_(count > kFew ? size_t(count) : 0) {}

  double* data() { return many_.empty() ? few_ : many_.data(); }

 private:
  static constexpr Index kFew = 128;

  double few_[kFew];
  std::vector<double> many_;
};

// Calls use(r, c, offset) for each entry (r, c) of a scatter that has a meaning: those of the lower
// triangle, or of the diagonal.
template <class Use>
void for_each_entry(ScatterForm form, Index d, const Use& use) {
  if (form == ScatterForm::none) return;
  for (Index r = 0; r < d; ++r) {
    if (form == ScatterForm::diagonal) {
      use(r, r, r);
    } else {
      for (Index c = 0; c <= r; ++c) use(r, c, r * d + c);
    }
  }
}

// The mean of a component less a point, both of which may be far from the origin.
void subtract_from_mean(const Statistics& statistics, Index component, const double* point,
                        double* out) {
  const double* const reference = statistics.reference(component);
  const double* const difference = statistics.mean_difference(component);
  for (Index c = 0; c < statistics.n_features(); ++c) {
    out[c] = (reference[c] - point[c]) + difference[c];
  }
}

double power_of_two(int exponent) { return std::ldexp(1.0, exponent); }

bool all_finite(const double* numbers, Index count) {
  return std::all_of(numbers, numbers + count, [](double number) { return std::isfinite(number); });
}

bool all_zero(const std::vector<double>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double number) { return number == 0.0; });
}

}  // namespace

Statistics::Shared::Shared(ScatterForm its_form, Index k, Index d, std::vector<double> points)
    : form(its_form), components(k), features(d), reference(std::move(points)) {
  require(k >= 1 && d >= 1, "statistics need at least one component and one feature");
  require(d <= std::numeric_limits<Index>::max() / k / d,
          "n_components and n_features are too large");
  if (reference.empty()) reference.assign(size_t(k * d), 0.0);
  require(static_cast<Index>(reference.size()) == k * d,
          "the reference must have n_components x n_features numbers");
  require(all_finite(reference.data(), k * d), "the reference must be finite");
  if (form == ScatterForm::full || form == ScatterForm::pooled) scatter_size = d * d;
  if (form == ScatterForm::diagonal) scatter_size = d;
}

const double* Statistics::Shared::no_scatter() const {
  std::call_once(zeros_are_made, [this] { zeros.assign(size_t(scatter_size), 0.0); });
  return zeros.data();
}

Statistics::Statistics(std::shared_ptr<const Shared> shared)
    : shared_(std::move(shared)),
      weights_(size_t(shared_->components), 0.0),
      moment_weights_(weights_),
      differences_(size_t(shared_->components * shared_->features), 0.0),
      scatters_(shared_->form == ScatterForm::pooled ? 1 : size_t(shared_->components)) {}

Statistics::Statistics(ScatterForm form, Index components, Index features,
                       std::vector<double> reference)
    : Statistics(std::make_shared<const Shared>(form, components, features, std::move(reference))) {
}

Statistics Statistics::of_no_rows() const { return Statistics(shared_); }

double Statistics::total_weight() const {
  return std::accumulate(weights_.begin(), weights_.end(), 0.0);
}

std::vector<double> Statistics::mean(Index component) const {
  std::vector<double> result(static_cast<std::size_t>(n_features()));
  mean(component, result.data());
  return result;
}

void Statistics::mean(Index component, double* out) const {
  const double *const point = reference(component), *const difference = mean_difference(component);
  for (Index c = 0; c < n_features(); ++c) out[c] = point[c] + difference[c];
}

const double* Statistics::scatter(Index component) const {
  const auto& own = scatters_[scatter_of(component)];
  return own.empty() ? shared_->no_scatter() : own.data();
}

double* Statistics::scatter_to_add_to(Index component) {
  auto& own = scatters_[scatter_of(component)];
  if (own.empty()) own.assign(size_t(scatter_size()), 0.0);
  return own.data();
}

double Statistics::add_mean(Index component, double weight, const double* difference,
                            double* delta) {
  double* const own = differences_.data() + component * n_features();
  double& own_weight = moment_weights_[size_t(component)];
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
  Scratch delta(n_features());
  const double* const a = delta.data();
  const double between = add_mean(component, weight, difference, delta.data());
  if (scatter == nullptr && between == 0.0) return;
  double* const own = scatter_to_add_to(component);
  if (scatter == nullptr) {
    return for_each_entry(form(), n_features(), [=](Index r, Index c, Index offset) {
      own[offset] += between * a[r] * a[c];
    });
  }
  for_each_entry(form(), n_features(), [=](Index r, Index c, Index offset) {
    own[offset] += unit * scatter[offset] + between * a[r] * a[c];
  });
}

void Statistics::add_component(Index component, double weight, const double* mean,
                               const double* scatter, int unit_exponent) {
  add_to_moments(component, weight, mean, weight == 0.0 ? nullptr : scatter, unit_exponent);
  if (weight == 0.0) return;
  weights_[size_t(component)] += power_of_two(unit_exponent - unit_exponent_) * weight;
}

void Statistics::add_to_moments(Index component, double weight, const double* mean,
                                const double* scatter, int unit_exponent) {
  require(component >= 0 && component < n_components(), "there is no such component");
  require(weight >= 0.0 && std::isfinite(weight), "weight must be finite and at least 0");
  require(all_finite(mean, n_features()), "mean must be finite");
  if (weight == 0.0 && scatter == nullptr) return;
  if (has_no_rows()) unit_exponent_ = unit_exponent;
  if (unit_exponent > unit_exponent_) change_unit(unit_exponent);
  Scratch difference(n_features());
  std::transform(mean, mean + n_features(), reference(component), difference.data(),
                 std::minus<>());
  const double unit = power_of_two(unit_exponent - unit_exponent_);
  add_moments(component, unit * weight, difference.data(), scatter, unit);
}

// With r = first / weight, the rows' scatter about their mean is that about the centre less
// weight r r^T.
void Statistics::add_centred_rows(Index component, double weight, double moment_weight,
                                  const double* centre, const double* first) {
  weights_[size_t(component)] += weight;
  if (moment_weight == 0.0) return;
  const Index d = n_features();
  Scratch scratch(3 * d);
  double *const a = scratch.data(), *const b = a + d, *const difference = b + d;
  for (Index c = 0; c < d; ++c) {
    b[c] = first[c] / moment_weight;
    difference[c] = (centre[c] - reference(component)[c]) + b[c];
  }
  const double between = add_mean(component, moment_weight, difference, a);
  double* const own = scatter_to_add_to(component);
  for_each_entry(form(), d, [=](Index r, Index c, Index offset) {
    own[offset] += between * a[r] * a[c] - moment_weight * b[r] * b[c];
  });
}

bool Statistics::has_no_rows() const {
  return row_weight_ == 0.0 && log_likelihood_ == 0.0 && all_zero(weights_) &&
         all_zero(moment_weights_);
}

// A subnormal weight may be so far from its unit that no number is the quotient.
void Statistics::change_unit(int exponent) {
  constexpr int kMost = 1000;
  int shift = unit_exponent_ - exponent;
  for (; shift > kMost; shift -= kMost) multiply(power_of_two(kMost));
  multiply(power_of_two(shift));
  unit_exponent_ = exponent;
}

void Statistics::multiply(double factor) {
  const auto scale = [factor](std::vector<double>& values) {
    for (double& value : values) value *= factor;
  };
  scale(weights_);
  scale(moment_weights_);
  std::for_each(scatters_.begin(), scatters_.end(), scale);
  row_weight_ *= factor;
  log_likelihood_ *= factor;
}

bool Statistics::has_sizes_of(const Statistics& other) const {
  return form() == other.form() && n_components() == other.n_components() &&
         n_features() == other.n_features();
}

void Statistics::merge(const Statistics& other) {
  require(has_sizes_of(other),
          "statistics that are merged must have the same form, components and features");
  if (other.has_no_rows()) return;
  const bool negligible = power_of_two(unit_exponent_ - other.unit_exponent_) == 0.0;
  if (has_no_rows() || negligible) {
    *this = other;
    return;
  }
  if (other.unit_exponent_ > unit_exponent_) change_unit(other.unit_exponent_);
  const double unit = power_of_two(other.unit_exponent_ - unit_exponent_);
  if (unit == 0.0) return;
  Scratch difference(n_features());
  for (Index j = 0; j < n_components(); ++j) {
    weights_[size_t(j)] += unit * other.weight(j);
    subtract_from_mean(other, j, reference(j), difference.data());
    add_moments(j, unit * other.moment_weight(j), difference.data(), other.own_scatter(j), unit);
  }
  row_weight_ += unit * other.row_weight_;
  log_likelihood_ += unit * other.log_likelihood_;
}

// A component without rows here is swapped for the other's; the numbers are those of a copy.
void Statistics::merge(Statistics&& other) {
  if (shared_ == other.shared_ && form() != ScatterForm::pooled &&
      unit_exponent_ == other.unit_exponent_) {
    const Index d = n_features();
    for (Index j = 0; j < n_components(); ++j) {
      if (weight(j) != 0.0 || moment_weight(j) != 0.0) continue;
      std::swap(weights_[size_t(j)], other.weights_[size_t(j)]);
      std::swap(moment_weights_[size_t(j)], other.moment_weights_[size_t(j)]);
      std::swap(scatters_[size_t(j)], other.scatters_[size_t(j)]);
      std::swap_ranges(differences_.data() + j * d, differences_.data() + (j + 1) * d,
                       other.differences_.data() + j * d);
    }
  }
  merge(std::as_const(other));
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
  const double largest = std::max(
      {result.row_weight_, *std::max_element(result.weights_.begin(), result.weights_.end()),
       *std::max_element(result.moment_weights_.begin(), result.moment_weights_.end())});
  if (largest > 0.0 && std::isfinite(largest) && std::abs(std::ilogb(largest)) > kFar) {
    result.change_unit(result.unit_exponent_ + std::ilogb(largest));
  }
  return result;
}

Statistics Statistics::pooled() const {
  const auto form_of_all = form() == ScatterForm::pooled ? ScatterForm::full : form();
  const auto heaviest = std::max_element(moment_weights_.begin(), moment_weights_.end());
  const double* const centre = reference(heaviest - moment_weights_.begin());
  Statistics all(form_of_all, 1, n_features(), {centre, centre + n_features()});
  all.unit_exponent_ = unit_exponent_;
  Scratch difference(n_features());
  for (Index j = 0; j < n_components(); ++j) {
    subtract_from_mean(*this, j, centre, difference.data());
    all.add_moments(0, moment_weight(j), difference.data(), own_scatter(j), 1.0);
    all.weights_[0] += weight(j);
  }
  all.add_rows(row_weight_, log_likelihood_);
  return all;
}

Statistics Statistics::in_form(ScatterForm other) const {
  if (other == form()) return *this;
  require(form() == ScatterForm::full, "only full scatters have those of another form within");
  Statistics result = *this;
  const Index d = n_features();
  result.shared_ = std::make_shared<const Shared>(other, n_components(), d, shared_->reference);
  result.scatters_.assign(other == ScatterForm::pooled ? 1 : size_t(n_components()), {});
  if (other == ScatterForm::none) return result;
  for (Index j = 0; j < n_components(); ++j) {
    const double* const own = own_scatter(j);
    if (own == nullptr) continue;
    const Index step = other == ScatterForm::diagonal ? d + 1 : 1;
    double* const scatter = result.scatter_to_add_to(j);
    for (Index i = 0; i < result.scatter_size(); ++i) scatter[i] += own[i * step];
  }
  return result;
}

Statistics Statistics::with_pooled_scatter(std::vector<double> scatter) const {
  require(form() == ScatterForm::none, "the statistics must have no scatter of their own");
  Statistics result = *this;
  result.shared_ = std::make_shared<const Shared>(ScatterForm::pooled, n_components(), n_features(),
                                                  shared_->reference);
  require(static_cast<Index>(scatter.size()) == result.scatter_size(),
          "a pooled scatter has n_features x n_features numbers");
  result.scatters_ = {std::move(scatter)};
  return result;
}

void Statistics::reset() {
  for (auto* values : {&weights_, &moment_weights_, &differences_}) {
    std::fill(values->begin(), values->end(), 0.0);
  }
  for (auto& scatter : scatters_) scatter.clear();
  row_weight_ = log_likelihood_ = 0.0;
  unit_exponent_ = 0;
}

void Statistics::reset_to(const Statistics& others) {
  require(has_sizes_of(others),
          "statistics can only be reset to others of the same form and sizes");
  if (!has_no_rows()) reset();
  shared_ = others.shared_;
  unit_exponent_ = others.unit_exponent_;
}

// What is in units is compared in the smaller one, in which it is exact.
bool Statistics::operator==(const Statistics& other) const {
  if (unit_exponent_ < other.unit_exponent_) return other == *this;
  const int shift = unit_exponent_ - other.unit_exponent_;
  const auto same = [=](double own, double others) { return std::ldexp(own, shift) == others; };
  const auto all_same = [&](const std::vector<double>& own, const std::vector<double>& others) {
    return std::equal(own.begin(), own.end(), others.begin(), others.end(), same);
  };
  bool equal = form() == other.form() && n_features() == other.n_features() &&
               shared_->reference == other.shared_->reference &&
               differences_ == other.differences_ && all_same(weights_, other.weights_) &&
               all_same(moment_weights_, other.moment_weights_) &&
               same(row_weight_, other.row_weight_) && same(log_likelihood_, other.log_likelihood_);
  const auto n_scatters = static_cast<Index>(scatters_.size());
  for (Index b = 0; equal && b < n_scatters; ++b) {
    const double *const own = scatter(b), *const others = other.scatter(b);
    for_each_entry(form(), n_features(), [&](Index /*r*/, Index /*c*/, Index offset) {
      equal = equal && same(own[offset], others[offset]);
    });
  }
  return equal;
}

}  // namespace gaussmix
