// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/noise.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

// Of the core.
class Family;
struct MixtureParts;

/// A covariance family: which covariances the components of a mixture may have.
struct CovarianceFamily {
  std::string name;
  std::string family;   ///< the name that a mixture of it has: the same, but where a family has two
  CovarianceType type;  ///< how they are stored
  bool can_be_accelerated;  ///< whether FitOptions::acceleration is for it
};
/// All names. The first four are those of the types, in the order of CovarianceType. `fixed` has
/// multiples of the identity that UserStart::precisions gives, and that are not estimated. The
/// others are mclust's (EII ... VVV; E and V of one feature), of which VVV, EEE, VVI, VII, V and E
/// are second names.
GAUSSMIX_EXPORT std::vector<CovarianceFamily> covariance_families();

/// A Gaussian mixture: the density sum_j w_j N(x | mu_j, Sigma_j), and with a noise component w_0 /
/// volume besides. An immutable value.
///
/// All parameters are held as double; those of a float32 model are float32 numbers.
/// Arrays are row-major; the shape of covariances, precisions and precisions_cholesky is the one
/// that CovarianceType lists. precisions_cholesky holds upper triangular U with
/// U U^T = precision (diag, spherical: the square root of the precision).
class GAUSSMIX_EXPORT Mixture {
 public:
  /// The number of components k and of features d, how the covariances are stored, and which there
  /// may be.
  struct Shape {
    CovarianceType type = CovarianceType::full;
    Index components = 0;
    Index features = 0;
    /// nullptr: the family of the type, in which any covariances may be that it can store. Others
    /// live as long as the program: mixtures point to them. Files hold those of
    /// covariance_families.
    const Family* family = nullptr;

    /// That of a family by its name. \throws std::invalid_argument for a name that no family has,
    /// and for E and V of more than one feature.
    static Shape of(const std::string& family, Index components, Index features);
  };

  /// Each of these takes weights (k, at least 0, that sum to 1 within 1e-5, with that of the
  /// noise), means (k x d) and one parametrisation of the covariances, symmetric and positive
  /// definite.
  /// \throws std::invalid_argument for sizes, signs or matrices that are not as said.
  static Mixture from_covariances(Shape shape, ScalarType scalar, std::vector<double> weights,
                                  std::vector<double> means, std::vector<double> covariances,
                                  std::optional<Noise> noise = std::nullopt);
  /// `interrupted` is asked now and then; \throws Interrupted (fit.hpp) where it says true.
  /// n_threads is at least 1; no result depends on it.
  static Mixture from_precisions(Shape shape, ScalarType scalar, std::vector<double> weights,
                                 std::vector<double> means, const std::vector<double>& precisions,
                                 const std::function<bool()>& interrupted = {}, int n_threads = 1,
                                 std::optional<Noise> noise = std::nullopt);
  /// Without covariances (an empty vector) they are computed; with them, they are taken as given.
  static Mixture from_precisions_cholesky(Shape shape, ScalarType scalar,
                                          std::vector<double> weights, std::vector<double> means,
                                          std::vector<double> precisions_cholesky,
                                          std::vector<double> covariances = {},
                                          std::optional<Noise> noise = std::nullopt);

  /// The mixture of a model file, to the bit, and a file of the mixture alone; load_model and
  /// save_model (model_file.hpp) have the rest of what a file holds, and say what these throw.
  static Mixture load(const void* data, std::size_t size);
  static Mixture load(const std::string& path);
  void save(const std::string& path) const;

  const Shape& shape() const noexcept { return shape_; }
  CovarianceType covariance_type() const noexcept { return shape_.type; }
  Index n_components() const noexcept { return shape_.components; }
  Index n_features() const noexcept { return shape_.features; }
  /// The name of the family of its covariances.
  std::string family() const;
  /// The shape of `covariances`, `precisions` and `precisions_cholesky`, as CovarianceType lists
  /// it.
  std::vector<Index> covariances_shape() const;
  ScalarType scalar_type() const noexcept { return scalar_; }

  const std::vector<double>& weights() const noexcept { return weights_; }
  const std::vector<double>& means() const noexcept { return means_; }
  const std::vector<double>& covariances() const noexcept { return covariances_; }
  const std::vector<double>& precisions_cholesky() const noexcept { return precisions_cholesky_; }
  std::vector<double> precisions() const;
  /// None where there is no noise component; n_components() does not count it.
  const std::optional<Noise>& noise() const noexcept { return noise_; }
  /// How many responsibilities a row has: k, and one more for a noise component, the last.
  Index n_columns() const noexcept { return shape_.components + (noise_ ? 1 : 0); }

  /// log w_j + log |U_j| - d/2 log 2 pi: what a weighted log-density of component j has besides
  /// half the squared distance.
  std::vector<double> log_normalizers() const;

  /// The number of free parameters: k - 1 weights, k d means, those of the covariances, and 2 of a
  /// noise component, as mclust counts: its weight and its volume.
  Index n_parameters() const;

  /// The same mixture with every parameter rounded to float32.
  Mixture rounded_to_float32() const;

 private:
  friend struct MixtureParts;
  Mixture() = default;

  Shape shape_;
  ScalarType scalar_ = ScalarType::float64;
  std::vector<double> weights_, means_, covariances_, precisions_cholesky_;
  std::optional<Noise> noise_;
};

}  // namespace gaussmix
