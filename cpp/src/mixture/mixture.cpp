// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "covariance/families/family.hpp"
#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "mixture/mixture_parts.hpp"
#include "mixture/noise.hpp"
#include "support/floating_point.hpp"
#include "support/parallel.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

constexpr double kLog2Pi = 1.83787706640934548356;

// ", that of component b is not", where each has its own.
std::string which(const CovarianceLayout& layout, Index b) {
  return layout.shared ? "" : ", that of component " + std::to_string(b) + " is not";
}

void check_size(const char* name, const std::vector<double>& values, Index expected) {
  require(static_cast<Index>(values.size()) == expected, [&] {
    return std::string(name) + " has " + std::to_string(values.size()) + " numbers, expected " +
           std::to_string(expected);
  });
  int not_finite = 0;  // no early exit, so that the loop is one of vectors
  for (const double value : values) not_finite |= std::isfinite(value) ? 0 : 1;
  require(not_finite == 0, [&] { return std::string(name) + " must be finite"; });
}

void check_shape(const Mixture::Shape& shape) {
  require(shape.components >= 1 && shape.features >= 1,
          "a mixture needs at least one component and one feature");
}

void check_weights_and_means(const Mixture::Shape& shape, const std::vector<double>& weights,
                             const std::vector<double>& means, const std::optional<Noise>& noise) {
  check_size("weights", weights, shape.components);
  check_size("means", means, shape.components * shape.features);
  for (const double weight : weights) require(weight >= 0.0, "weights must not be negative");
  if (noise) check_noise(*noise, shape.features);
  const double sum = std::accumulate(weights.begin(), weights.end(), noise ? noise->weight : 0.0);
  require(std::abs(sum - 1.0) < 1e-5, [&] {
    return "weights" + std::string(noise ? " and that of the noise" : "") + " must sum to 1, got " +
           std::to_string(sum);
  });
}

void check_symmetric(const char* name, const CovarianceLayout& layout, Index d,
                     const std::vector<double>& values) {
  if (layout.kind != CovarianceLayout::Kind::matrix) return;
  std::vector<double> scales(static_cast<std::size_t>(d));
  for (Index b = 0; b < layout.blocks; ++b) {
    const double* const matrix = values.data() + b * layout.size;
    for (Index r = 0; r < d; ++r) {
      scales[size_t(r)] = std::sqrt(std::abs(matrix[r * d + r]));
    }
    for (Index r = 0; r < d; ++r) {
      const double most = 1e-5 * scales[size_t(r)];
      for (Index c = 0; c < r; ++c) {
        const double above = matrix[c * d + r], below = matrix[r * d + c];
        require(std::abs(above - below) <= most * scales[size_t(c)],
                [&] { return std::string(name) + " must be symmetric" + which(layout, b); });
      }
    }
  }
}

void check_factors(const CovarianceLayout& layout, Index d, const std::vector<double>& factors) {
  if (layout.kind != CovarianceLayout::Kind::matrix) {
    for (const double factor : factors)
      require(factor > 0.0, "precisions_cholesky must be positive");
    return;
  }
  for (const double* matrix = factors.data(); matrix < factors.data() + layout.total();
       matrix += d * d) {
    for (Index r = 0; r < d; ++r) {
      const bool triangular = std::all_of(matrix + r * d, matrix + r * d + r,
                                          [](double below) { return below == 0.0; });
      require(triangular && matrix[r * d + r] > 0.0,
              "precisions_cholesky must be upper triangular with a positive diagonal");
    }
  }
}

// What `convert` makes of each block of `values`; \throws std::invalid_argument where it fails.
template <class Convert>
std::vector<double> convert_blocks(Execution& execution, const char* name,
                                   const CovarianceLayout& layout, Index d,
                                   const std::vector<double>& values, const Convert& convert) {
  std::vector<double> out(values.size());
  std::vector<char> sound(size_t(layout.blocks));
  const auto operations = static_cast<double>(layout.total()) * static_cast<double>(d);
  parallel_for(execution, layout.blocks, execution.workers(layout.blocks, operations),
               [&](Index b, int /*worker*/) {
                 const Index at = b * layout.size;
                 sound[size_t(b)] =
                     convert(layout.kind, d, values.data() + at, out.data() + at) ? 1 : 0;
               });
  for (Index b = 0; b < layout.blocks; ++b) {
    require(sound[size_t(b)] != 0,
            [&] { return std::string(name) + " must be positive definite" + which(layout, b); });
  }
  return out;
}

std::vector<double> covariances_of(Execution& execution, const CovarianceLayout& layout, Index d,
                                   const std::vector<double>& factors) {
  const auto convert = [](auto kind, Index size, const double* in, double* out) {
    covariance_of(kind, size, in, out);
    return true;
  };
  return convert_blocks(execution, "precisions_cholesky", layout, d, factors, convert);
}

double to_float32(double value) { return static_cast<double>(static_cast<float>(value)); }

void round_to_float32(std::vector<double>& values) {
  for (double& value : values) value = to_float32(value);
}

}  // namespace

Mixture Mixture::from_covariances(Shape shape, ScalarType scalar, std::vector<double> weights,
                                  std::vector<double> means, std::vector<double> covariances,
                                  std::optional<Noise> noise) {
  const DefaultFloatingPoint environment;
  check_shape(shape);
  const auto layout = CovarianceLayout::of(shape);
  check_size("covariances", covariances, layout.total());
  check_symmetric("covariances", layout, shape.features, covariances);
  Execution execution(1);
  auto factors = convert_blocks(execution, "covariances", layout, shape.features, covariances,
                                [](auto kind, Index size, const double* in, double* out) {
                                  return factor_covariance(kind, size, in, out);
                                });
  return from_precisions_cholesky(shape, scalar, std::move(weights), std::move(means),
                                  std::move(factors), std::move(covariances), std::move(noise));
}

Mixture Mixture::from_precisions(Shape shape, ScalarType scalar, std::vector<double> weights,
                                 std::vector<double> means, const std::vector<double>& precisions,
                                 const std::function<bool()>& interrupted, int n_threads,
                                 std::optional<Noise> noise) {
  const DefaultFloatingPoint environment;
  check_shape(shape);
  const auto layout = CovarianceLayout::of(shape);
  check_size("precisions", precisions, layout.total());
  check_symmetric("precisions", layout, shape.features, precisions);
  Execution execution(n_threads, interrupted);
  auto factors =
      convert_blocks(execution, "precisions", layout, shape.features, precisions, factor_precision);
  auto covariances = covariances_of(execution, layout, shape.features, factors);
  return from_precisions_cholesky(shape, scalar, std::move(weights), std::move(means),
                                  std::move(factors), std::move(covariances), std::move(noise));
}

Mixture Mixture::from_precisions_cholesky(Shape shape, ScalarType scalar,
                                          std::vector<double> weights, std::vector<double> means,
                                          std::vector<double> precisions_cholesky,
                                          std::vector<double> covariances,
                                          std::optional<Noise> noise) {
  const DefaultFloatingPoint environment;
  check_shape(shape);
  const Index d = shape.features;
  const auto layout = CovarianceLayout::of(shape);
  check_weights_and_means(shape, weights, means, noise);
  check_size("precisions_cholesky", precisions_cholesky, layout.total());
  check_factors(layout, d, precisions_cholesky);
  if (covariances.empty()) {
    Execution execution(1);
    covariances = covariances_of(execution, layout, d, precisions_cholesky);
  }
  check_size("covariances", covariances, layout.total());

  Mixture mixture = MixtureParts::assemble(
      shape, {std::move(weights), std::move(means), std::move(precisions_cholesky),
              std::move(covariances), std::move(noise)});
  if (scalar == ScalarType::float32) return mixture.rounded_to_float32();
  return mixture;
}

Mixture MixtureParts::assemble(const Mixture::Shape& shape, MixtureParts parts) {
  Mixture mixture;
  mixture.shape_ = shape;
  mixture.weights_ = std::move(parts.weights);
  mixture.means_ = std::move(parts.means);
  mixture.precisions_cholesky_ = std::move(parts.precisions_cholesky);
  mixture.covariances_ = std::move(parts.covariances);
  mixture.noise_ = std::move(parts.noise);
  return mixture;
}

MixtureParts MixtureParts::release(Mixture mixture) {
  return {std::move(mixture.weights_), std::move(mixture.means_),
          std::move(mixture.precisions_cholesky_), std::move(mixture.covariances_),
          std::move(mixture.noise_)};
}

std::vector<double> Mixture::precisions() const {
  const DefaultFloatingPoint environment;
  const auto layout = CovarianceLayout::of(shape_);
  std::vector<double> out(precisions_cholesky_.size());
  for (Index b = 0; b < layout.blocks; ++b) {
    precision_of(layout.kind, shape_.features, precisions_cholesky_.data() + b * layout.size,
                 out.data() + b * layout.size);
  }
  return out;
}

std::vector<double> Mixture::log_normalizers() const {
  const auto layout = CovarianceLayout::of(shape_);
  std::vector<double> out;
  out.reserve(weights_.size());
  for (Index j = 0; j < shape_.components; ++j) {
    const double* const factor = precisions_cholesky_.data() + layout.offset(j);
    out.push_back(std::log(weights_[size_t(j)]) +
                  log_determinant(layout.kind, shape_.features, factor) -
                  0.5 * static_cast<double>(shape_.features) * kLog2Pi);
  }
  return out;
}

std::string Mixture::family() const { return family_of(shape_).name(); }

std::vector<Index> Mixture::covariances_shape() const {
  return CovarianceLayout::of(shape_).array_shape(shape_.features);
}

Index Mixture::n_parameters() const {
  const Index k = shape_.components, d = shape_.features;
  return k - 1 + k * d + family_of(shape_).n_parameters(k, d) + (noise_ ? 2 : 0);
}

Mixture Mixture::rounded_to_float32() const {
  Mixture rounded = *this;
  rounded.scalar_ = ScalarType::float32;
  for (auto* values :
       {&rounded.weights_, &rounded.means_, &rounded.covariances_, &rounded.precisions_cholesky_}) {
    round_to_float32(*values);
  }
  if (noise_) {
    Noise& noise = *rounded.noise_;
    noise.weight = to_float32(noise.weight);
    for (auto* values : {&noise.corner, &noise.widths, &noise.axes}) round_to_float32(*values);
  }
  return rounded;
}

}  // namespace gaussmix
