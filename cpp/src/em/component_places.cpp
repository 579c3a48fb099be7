// SPDX-License-Identifier: BSD-3-Clause
#include "em/component_places.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "covariance/layout.hpp"

namespace gaussmix {
namespace {

// Half of what makes a component far: its variances change.
constexpr double kNear = 0x1p5;
constexpr double kSixBits = 0x1p6, kTwelveBits = 0x1p12;

// The mean of the components' means.
std::vector<double> mean_of(const Mixture& mixture) {
  const auto d = static_cast<std::size_t>(mixture.n_features());
  std::vector<double> mean(d, 0.0);
  double weight = 0.0;
  for (std::size_t j = 0; j < mixture.weights().size(); ++j) {
    weight += mixture.weights()[j];
    for (std::size_t c = 0; c < d; ++c) {
      mean[c] += mixture.weights()[j] * mixture.means()[j * d + c];
    }
  }
  for (double& number : mean) number /= weight;
  return mean;
}

// The largest square of a component's distance to a point, in a feature, beside its variance there.
// Scatters that overflowed, or are negative by rounding, have lost all.
double largest_distance(const Statistics& statistics, Index j, const std::vector<double>& point) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kRounding = 0x1p-49;
  const Index d = statistics.n_features();
  const Index step = statistics.form() == ScatterForm::diagonal ? 1 : d + 1;
  const double* const scatter = statistics.scatter(j);
  double largest = 0.0;
  for (Index c = 0; c < d; ++c) {
    if (!std::isfinite(scatter[c * step])) return kInfinity;
    const double mean = statistics.reference(j)[c] + statistics.mean_difference(j)[c];
    const double away = mean - point[size_t(c)];
    // In a feature that is constant, means differ by roundings.
    if (std::abs(away) <= kRounding * std::abs(point[size_t(c)])) continue;
    const double ratio = statistics.moment_weight(j) * (away * away) / scatter[c * step];
    if (!(ratio >= 0.0)) return kInfinity;
    largest = std::max(largest, ratio);
  }
  return largest;
}

}  // namespace

ComponentPlaces ComponentPlaces::of(const Mixture& mixture) {
  using Kind = CovarianceLayout::Kind;
  const auto layout = CovarianceLayout::of(mixture.shape());
  const Index d = mixture.n_features();
  const Index step = layout.kind == Kind::matrix ? d + 1 : layout.kind == Kind::vector ? 1 : 0;
  const double* mean = mixture.means().data();
  ComponentPlaces places{mean_of(mixture), {}};
  for (Index j = 0; j < mixture.n_components(); ++j) {
    const double* const covariance = mixture.covariances().data() + layout.offset(j);
    bool near = true;
    for (Index c = 0; c < d; ++c, ++mean) {
      const double away = *mean - places.point[size_t(c)];
      near = near && away * away <= kNear * covariance[c * step];
    }
    places.near_point.push_back(near ? 1 : 0);
  }
  return places;
}

bool ComponentPlaces::separate(const Statistics& statistics, std::vector<char>& far) {
  bool much_lost = false;
  for (Index j = 0; j < statistics.n_components(); ++j) {
    if (near_point[size_t(j)] == 0 || !(statistics.moment_weight(j) > 0.0)) continue;
    const double distance = largest_distance(statistics, j, point);
    if (distance <= kSixBits) continue;
    near_point[size_t(j)] = 0;
    far[size_t(j)] = 1;
    much_lost = much_lost || distance > kTwelveBits;
  }
  return much_lost;
}

}  // namespace gaussmix
