// SPDX-License-Identifier: BSD-3-Clause
#include "em/component_places.hpp"

#include <algorithm>
#include <cmath>

#include "covariance/layout.hpp"

namespace gaussmix {

ComponentPlaces ComponentPlaces::of(const Mixture& mixture) {
  // With the variance within, half of the second moment that MomentAdder allows.
  constexpr double kNear = 32.0;
  using Kind = CovarianceLayout::Kind;
  const auto layout = CovarianceLayout::of(mixture.shape());
  const Index k = mixture.n_components(), d = mixture.n_features();
  const Index step = layout.kind == Kind::matrix ? d + 1 : layout.kind == Kind::vector ? 1 : 0;
  const double* mean = mixture.means().data();
  ComponentPlaces places;
  places.point.assign(size_t(d), 0.0);
  double weight = 0.0;
  for (Index j = 0; j < k; ++j) {
    weight += mixture.weights()[size_t(j)];
    for (Index c = 0; c < d; ++c) {
      places.point[size_t(c)] += mixture.weights()[size_t(j)] * mean[j * d + c];
    }
  }
  for (double& number : places.point) number /= weight;
  for (Index j = 0; j < k; ++j) {
    const double* const covariance = mixture.covariances().data() + layout.offset(j);
    bool near = true;
    for (Index c = 0; c < d; ++c, ++mean) {
      const double variance = covariance[c * step], away = *mean - places.point[size_t(c)];
      near = near && away * away <= kNear * variance;
      places.variances.push_back(variance);
    }
    places.near_point.push_back(near ? 1 : 0);
  }
  return places;
}

bool ComponentPlaces::too_far(const Statistics& statistics) const {
  constexpr double kMost = 0x1p12, kRounding = 0x1p-48;
  const Index d = statistics.n_features();
  if (statistics.form() == ScatterForm::none) return false;
  const Index step = statistics.form() == ScatterForm::diagonal ? 1 : d + 1;
  for (Index j = 0; j < statistics.n_components(); ++j) {
    const double weight = statistics.moment_weight(j);
    if (!(weight > 0.0)) continue;
    const double* const scatter = statistics.scatter(j);
    for (Index c = 0; c < d; ++c) {
      const double moved = statistics.mean_difference(j)[c];
      const double mean = statistics.reference(j)[c] + moved;
      const double from_point = near_point[size_t(j)] != 0 ? mean - point[size_t(c)] : 0.0;
      const double far = std::max(std::abs(moved), std::abs(from_point));
      if (far <= kRounding * std::abs(mean)) continue;
      if (!(far * far * weight <= kMost * scatter[c * step])) return true;
    }
  }
  return false;
}

}  // namespace gaussmix
