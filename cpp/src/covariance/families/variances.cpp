// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/variances.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace gaussmix {
namespace {

double log_volume(const double* numbers, Index d) {
  double sum = 0.0;
  for (Index c = 0; c < d; ++c) sum += std::log(numbers[c]);
  return sum / static_cast<double>(d);
}

// sum_j factor(j) w_jc, over the components with rows, in the memory of `sum`.
template <class Factor>
std::vector<double> weighted_sum(const AxisScatters& axes, const Factor& factor,
                                 std::vector<double> sum = {}) {
  const Index d = axes.features();
  sum.assign(size_t(d), 0.0);
  for (Index j = 0; j < axes.components(); ++j) {
    if (axes.counts[size_t(j)] == 0.0) continue;
    for (Index c = 0; c < d; ++c) sum[size_t(c)] += factor(j) * axes.scatters[size_t(j * d + c)];
  }
  return sum;
}

bool all_positive(const std::vector<double>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double number) { return number > 0.0; });
}

}  // namespace

std::vector<double> equal_volumes_and_shapes(const AxisScatters& axes) {
  const double n = std::accumulate(axes.counts.begin(), axes.counts.end(), 0.0);
  const auto shape = weighted_sum(axes, [&](Index) { return 1.0 / n; });
  std::vector<double> out;
  for (Index j = 0; j < axes.components(); ++j) out.insert(out.end(), shape.begin(), shape.end());
  return out;
}

std::vector<double> variable_volumes(const AxisScatters& axes) {
  constexpr int kMostIterations = 10'000;
  constexpr double kTolerance = 1e-13;
  const Index k = axes.components(), d = axes.features();
  std::vector<double> volumes(size_t(k), 1.0), shape(size_t(d), 1.0);
  double change = 1.0;
  for (int iteration = 0; iteration < kMostIterations && change > kTolerance; ++iteration) {
    change = 0.0;
    for (Index j = 0; j < k; ++j) {
      if (axes.counts[size_t(j)] == 0.0) continue;
      double sum = 0.0;
      for (Index c = 0; c < d; ++c) sum += axes.scatters[size_t(j * d + c)] / shape[size_t(c)];
      const double volume = sum / (static_cast<double>(d) * axes.counts[size_t(j)]);
      if (!(volume > 0.0)) return variable_volumes_and_shapes(axes);
      change = std::max(change, std::abs(volume / volumes[size_t(j)] - 1.0));
      volumes[size_t(j)] = volume;
    }
    const auto factor = [&](Index j) { return 1.0 / volumes[size_t(j)]; };
    shape = weighted_sum(axes, factor, std::move(shape));
    if (!all_positive(shape)) return variable_volumes_and_shapes(axes);
    const double volume = std::exp(log_volume(shape.data(), d));
    for (double& number : shape) number /= volume;
  }
  std::vector<double> out;
  out.reserve(size_t(k * d));
  for (Index j = 0; j < k; ++j) {
    const double volume = axes.counts[size_t(j)] > 0.0 ? volumes[size_t(j)] : 0.0;
    for (const double number : shape) out.push_back(volume * number);
  }
  return out;
}

std::vector<double> variable_shapes(const AxisScatters& axes) {
  const Index k = axes.components(), d = axes.features();
  std::vector<double> volumes, out;
  volumes.reserve(size_t(k));
  out.reserve(size_t(k * d));
  double n = 0.0, sum = 0.0;
  for (Index j = 0; j < k; ++j) {
    const bool has_rows = axes.counts[size_t(j)] > 0.0;
    volumes.push_back(has_rows ? std::exp(log_volume(axes.scatters.data() + j * d, d)) : 0.0);
    n += axes.counts[size_t(j)];
    sum += volumes.back();
    if (has_rows && !(volumes.back() > 0.0)) return variable_volumes_and_shapes(axes);
  }
  for (Index j = 0; j < k; ++j) {
    const double factor = volumes[size_t(j)] > 0.0 ? sum / n / volumes[size_t(j)] : 0.0;
    for (Index c = 0; c < d; ++c) out.push_back(factor * axes.scatters[size_t(j * d + c)]);
  }
  return out;
}

std::vector<double> variable_volumes_and_shapes(const AxisScatters& axes) {
  const Index k = axes.components(), d = axes.features();
  std::vector<double> out;
  out.reserve(size_t(k * d));
  for (Index j = 0; j < k; ++j) {
    const double count = axes.counts[size_t(j)];
    for (Index c = 0; c < d; ++c) {
      out.push_back(count > 0.0 ? axes.scatters[size_t(j * d + c)] / count : 0.0);
    }
  }
  return out;
}

}  // namespace gaussmix
