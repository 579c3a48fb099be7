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

/// Features that follow each other: under component j, each is the one before it plus a normal
/// number of deviation 1 / steepness[j], and the first one is standard normal. Means are small
/// integers, so all parameters are numbers of float. Tied covariances take the first steepness.
inline Mixture chains(CovarianceType type, const std::vector<double>& steepness, Index d,
                      ScalarType scalar) {
  const auto k = static_cast<Index>(steepness.size());
  std::vector<double> means, factors;
  for (Index j = 0; j < k; ++j) {
    for (Index c = 0; c < d; ++c) means.push_back(static_cast<double>((3 * j + c) % 5));
    if (type == CovarianceType::tied && j > 0) continue;
    for (Index r = 0; r < d; ++r) {
      for (Index c = 0; c < d; ++c) {
        const double a = c == 0 ? 1.0 : steepness[size_t(j)];
        factors.push_back(c == r ? a : c == r + 1 ? -a : 0.0);
      }
    }
  }
  const std::vector<double> weights(size_t(k), 1.0 / static_cast<double>(k));
  return Mixture::from_precisions_cholesky({type, k, d}, scalar, weights, means, factors);
}

/// Rows of such a mixture, component after component, twice as far from their means as usual.
template <class T>
std::vector<T> rows_of_chains(const Mixture& mixture, const std::vector<double>& steepness,
                              Index rows) {
  const Index k = mixture.n_components(), d = mixture.n_features();
  const auto draws = normal<double>(rows * d, 3);
  std::vector<T> out;
  for (Index i = 0; i < rows; ++i) {
    double offset = 0.0;
    for (Index c = 0; c < d; ++c) {
      const double scale = c == 0 ? 1.0 : 1.0 / steepness[size_t(i % k)];
      offset += 2.0 * scale * draws[size_t(i * d + c)];
      out.push_back(static_cast<T>(mixture.means()[size_t(i % k * d + c)] + offset));
    }
  }
  return out;
}

}  // namespace gaussmix::made
