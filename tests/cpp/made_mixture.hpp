// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <vector>

#include "gaussmix/mixture.hpp"
#include "made_data.hpp"

namespace gaussmix::made {

/// Equal weights, standard normal means times `distance`, and covariances A A^T / d + 0.1 I.
inline Mixture mixture(CovarianceType type, Index k, Index d, double distance, std::uint64_t seed,
                       ScalarType scalar = ScalarType::float64) {
  std::vector<double> means = normal<double>(k * d, seed);
  for (double& mean : means) mean *= distance;
  const std::vector<double> a = normal<double>(k * d * d, seed + 1);
  std::vector<double> covariances;
  if (type == CovarianceType::full || type == CovarianceType::tied) {
    for (Index j = 0; j < (type == CovarianceType::full ? k : 1); ++j) {
      for (Index r = 0; r < d; ++r) {
        for (Index c = 0; c < d; ++c) {
          double sum = r == c ? 0.1 : 0.0;
          for (Index i = 0; i < d; ++i) {
            sum += a[size_t((j * d + r) * d + i)] * a[size_t((j * d + c) * d + i)] /
                   static_cast<double>(d);
          }
          covariances.push_back(sum);
        }
      }
    }
  } else {
    for (Index i = 0; i < (type == CovarianceType::diag ? k * d : k); ++i) {
      covariances.push_back(0.1 + a[size_t(i)] * a[size_t(i)]);
    }
  }
  const std::vector<double> weights(size_t(k), 1.0 / static_cast<double>(k));
  return Mixture::from_covariances({type, k, d}, scalar, weights, means, covariances);
}

}  // namespace gaussmix::made
