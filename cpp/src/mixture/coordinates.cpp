// SPDX-License-Identifier: BSD-3-Clause
#include "mixture/coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "covariance/layout.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// Calls diagonal(i) and right_of_it(i, diagonal of its column) for the numbers i of all factors.
template <class Diagonal, class RightOfIt>
void for_each_number(const Mixture::Shape& shape, const Diagonal& diagonal,
                     const RightOfIt& right_of_it) {
  const auto layout = CovarianceLayout::of(shape);
  const bool matrices = layout.kind == CovarianceLayout::Kind::matrix;
  const Index d = shape.features, step = matrices ? d + 1 : 1;
  for (Index first = 0; first < layout.total(); first += layout.size) {
    for (Index i = 0; i < layout.size; i += step) diagonal(size_t(first + i));
    for (Index r = 0; r < d && matrices; ++r) {
      for (Index c = r + 1; c < d; ++c) {
        right_of_it(size_t(first + r * d + c), size_t(first + c * (d + 1)));
      }
    }
  }
}

// Of the features, under the mixture without its noise.
std::vector<double> standard_deviations(const Mixture& mixture) {
  const Index k = mixture.n_components(), d = mixture.n_features();
  const auto layout = CovarianceLayout::of(mixture.shape());
  using Kind = CovarianceLayout::Kind;
  const Index step = layout.kind == Kind::matrix ? d + 1 : layout.kind == Kind::vector ? 1 : 0;
  double total = 0.0;
  for (const double weight : mixture.weights()) total += weight;
  std::vector<double> deviations;
  for (Index c = 0; c < d; ++c) {
    double mean = 0.0, variance = 0.0;
    for (Index j = 0; j < k; ++j) {
      mean += mixture.weights()[size_t(j)] / total * mixture.means()[size_t(j * d + c)];
    }
    for (Index j = 0; j < k; ++j) {
      const double from_mean = mixture.means()[size_t(j * d + c)] - mean;
      const double within = mixture.covariances()[size_t(layout.offset(j) + c * step)];
      variance += mixture.weights()[size_t(j)] / total * (within + from_mean * from_mean);
    }
    deviations.push_back(std::sqrt(variance));
  }
  return deviations;
}

}  // namespace

std::vector<double> coordinates_of(const Mixture& mixture) {
  std::vector<double> point;
  const auto add_weight = [&](double weight) {
    point.push_back(std::log(std::max(weight, std::numeric_limits<double>::min())));
  };
  for (const double weight : mixture.weights()) add_weight(weight);
  if (mixture.noise()) add_weight(mixture.noise()->weight);
  point.insert(point.end(), mixture.means().begin(), mixture.means().end());
  const auto& factors = mixture.precisions_cholesky();
  for_each_number(
      mixture.shape(), [&](std::size_t i) { point.push_back(std::log(factors[i])); },
      [&](std::size_t i, std::size_t diagonal) {
        point.push_back(factors[i] / factors[diagonal]);
      });
  return point;
}

std::vector<double> units_of_coordinates(const Mixture& mixture) {
  const std::vector<double> deviations = standard_deviations(mixture);
  std::vector<double> units(size_t(mixture.n_columns()), 1.0);
  for (Index j = 0; j < mixture.n_components(); ++j) {
    units.insert(units.end(), deviations.begin(), deviations.end());
  }
  const auto layout = CovarianceLayout::of(mixture.shape());
  const Index d = mixture.n_features();
  for_each_number(
      mixture.shape(), [&](std::size_t) { units.push_back(1.0); },
      [&](std::size_t i, std::size_t diagonal) {
        const auto row = size_t(static_cast<Index>(i) % layout.size / d),
                   column = size_t(static_cast<Index>(diagonal) % layout.size / d);
        units.push_back(deviations[column] / deviations[row]);
      });
  return units;
}

Mixture mixture_at(const std::vector<double>& point, const Mixture& like) {
  const auto n_weights = size_t(like.n_columns());
  std::vector<double> factors(like.precisions_cholesky().size(), 0.0);
  std::vector<std::pair<std::size_t, std::size_t>> numbers;  // of factors, with their diagonals
  for_each_number(
      like.shape(), [&](std::size_t i) { numbers.emplace_back(i, i); },
      [&](std::size_t i, std::size_t diagonal) { numbers.emplace_back(i, diagonal); });
  require(point.size() == n_weights + like.means().size() + numbers.size(),
          "a point must have as many coordinates as the mixture");
  const auto means = point.begin() + like.n_columns();
  auto coordinate = means + static_cast<Index>(like.means().size());
  std::vector<double> weights(point.begin(), means);
  const double largest = *std::max_element(weights.begin(), weights.end());
  double sum = 0.0;
  for (double& weight : weights) sum += weight = std::exp(weight - largest);
  for (double& weight : weights) weight /= sum;
  std::optional<Noise> noise = like.noise();
  if (noise) {
    noise->weight = weights.back();
    weights.pop_back();
  }
  for (const auto& [i, diagonal] : numbers) {
    factors[i] = i == diagonal ? std::exp(*coordinate) : *coordinate * factors[diagonal];
    ++coordinate;
  }
  return Mixture::from_precisions_cholesky(like.shape(), like.scalar_type(), std::move(weights),
                                           {means, means + static_cast<Index>(like.means().size())},
                                           std::move(factors), {}, std::move(noise));
}

}  // namespace gaussmix
