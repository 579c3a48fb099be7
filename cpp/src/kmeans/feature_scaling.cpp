// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/feature_scaling.hpp"

#include <algorithm>
#include <cmath>

#include "statistics/moments/moment_adder.hpp"

namespace gaussmix {
namespace {

// The power of two that takes a standard deviation into [0.5, 1); 1 where there is none.
double power_of_two_for(double variance) {
  if (!(variance > 0.0) || !std::isfinite(variance)) return 1.0;
  return std::ldexp(1.0, -std::ilogb(std::sqrt(variance)) - 1);
}

}  // namespace

template <class T>
MeasuredScaling measure_scaling(Execution& execution, const Dataset<T>& data, ScalingKind kind) {
  const Index d = data.rows.columns;
  const Statistics all = statistics_of_all(execution, data, ScatterForm::diagonal);
  std::vector<double> variances;
  for (Index c = 0; c < d; ++c) variances.push_back(all.scatter(0)[c] / all.weight(0));
  const double common = power_of_two_for(*std::max_element(variances.begin(), variances.end()));
  MeasuredScaling result;
  result.scaling.shift = all.mean(0);
  for (const double variance : variances) {
    const bool unit = kind == ScalingKind::unit_variance && variance > 0.0;
    const double scale = unit ? 1.0 / std::sqrt(variance) : common;
    result.scaling.scale.push_back(scale);
    result.mean_variance += variance * scale * scale / static_cast<double>(d);
  }
  return result;
}

FeatureScaling scaling_of_centres(const std::vector<double>& centres, Index features) {
  const auto k = static_cast<Index>(centres.size()) / features;
  FeatureScaling scaling;
  double largest = 0.0;
  for (Index c = 0; c < features; ++c) {
    double mean = 0.0, variance = 0.0;
    for (Index j = 0; j < k; ++j) {
      mean += centres[size_t(j * features + c)] / static_cast<double>(k);
    }
    for (Index j = 0; j < k; ++j) {
      const double difference = centres[size_t(j * features + c)] - mean;
      variance += difference * difference / static_cast<double>(k);
    }
    scaling.shift.push_back(mean);
    largest = std::max(largest, variance);
  }
  scaling.scale.assign(size_t(features), power_of_two_for(largest));
  return scaling;
}

template MeasuredScaling measure_scaling<float>(Execution&, const Dataset<float>&, ScalingKind);
template MeasuredScaling measure_scaling<double>(Execution&, const Dataset<double>&, ScalingKind);

}  // namespace gaussmix
