// SPDX-License-Identifier: BSD-3-Clause
#include "em/component_places.hpp"

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

}  // namespace gaussmix
