// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/gaussmix.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "covariance/layout.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/model_file.hpp"
#include "gaussmix/predictor.hpp"
#include "support/require.hpp"

struct gaussmix_mixture {
  gaussmix::Mixture value;
};

struct gaussmix_predictor {
  std::variant<gaussmix::Predictor<float>, gaussmix::Predictor<double>> of_type;
};

namespace gaussmix {
namespace {

// Plain characters: a string's initialisation would run in every thread that comes by.
thread_local char error_message[512] = "";

gaussmix_status failure(gaussmix_status status, const char* message) noexcept {
  std::snprintf(error_message, sizeof error_message, "%s", message);
  return status;
}

// What body() comes to, as a status.
template <class Body>
gaussmix_status guarded(const Body& body) noexcept {
  try {
    body();
    return GAUSSMIX_OK;
  } catch (const std::bad_alloc&) {
    return failure(GAUSSMIX_OUT_OF_MEMORY, "out of memory");
  } catch (const ModelFileError& error) {
    return failure(GAUSSMIX_INVALID_FILE, error.what());
  } catch (const std::system_error& error) {
    return failure(GAUSSMIX_IO_ERROR, error.what());
  } catch (const std::logic_error& error) {  // invalid_argument, and vector's length_error
    return failure(GAUSSMIX_INVALID_ARGUMENT, error.what());
  } catch (const std::exception& error) {
    return failure(GAUSSMIX_INTERNAL_ERROR, error.what());
  } catch (...) {
    return failure(GAUSSMIX_INTERNAL_ERROR, "an unknown exception");
  }
}

// In the order of gaussmix_covariance_type.
constexpr CovarianceType kTypes[] = {CovarianceType::full, CovarianceType::tied,
                                     CovarianceType::diag, CovarianceType::spherical};

Mixture::Shape shape_of(gaussmix_covariance_type type, std::size_t k, std::size_t d) {
  require(type >= GAUSSMIX_FULL && type <= GAUSSMIX_SPHERICAL,
          "covariance_type is none of gaussmix_covariance_type");
  constexpr std::size_t kMost = std::numeric_limits<Index>::max() / sizeof(double);
  require(k >= 1 && d >= 1, "n_components and n_features must be at least 1");
  require(d <= kMost / d && k <= kMost / (d * d), "n_components and n_features are too large");
  return {kTypes[type], static_cast<Index>(k), static_cast<Index>(d)};
}

std::vector<double> copy_of(const double* values, Index count) {
  return values == nullptr ? std::vector<double>() : std::vector<double>(values, values + count);
}

// Calls method(predictor, rows, out), with a pointer for a single row and with a table for others,
// once the arguments are known to be sound.
template <class T, class Out, class Method>
gaussmix_status score(gaussmix_predictor* predictor, const T* rows, std::size_t n_rows,
                      std::size_t stride, Out* out, const Method& method) noexcept {
  if (predictor == nullptr || ((rows == nullptr || out == nullptr) && n_rows > 0)) {
    return failure(GAUSSMIX_INVALID_ARGUMENT, "predictor, rows and out must not be NULL");
  }
  auto* const typed = std::get_if<Predictor<T>>(&predictor->of_type);
  if (typed == nullptr) {
    return failure(GAUSSMIX_INVALID_ARGUMENT,
                   "the mixture has another scalar type: functions for double score float64 "
                   "mixtures, those that end in _f32 float32 mixtures");
  }
  if (n_rows == 1) {
    method(*typed, rows, out);
    return GAUSSMIX_OK;
  }
  const Index d = typed->n_features();
  if (n_rows > 1 && stride < size_t(d)) {
    return failure(GAUSSMIX_INVALID_ARGUMENT, "stride must be at least n_features");
  }
  const TableView<T> table{rows, static_cast<Index>(n_rows), d, static_cast<Index>(stride)};
  return guarded([&] { method(*typed, table, out); });
}

constexpr auto kLogDensity = [](auto& predictor, auto rows, auto* out) {
  if constexpr (std::is_pointer_v<decltype(rows)>) {
    *out = predictor.log_density(rows);
  } else {
    predictor.log_density(rows, out);
  }
};
constexpr auto kLogResponsibilities = [](auto& predictor, auto rows, auto* out) {
  predictor.log_responsibilities(rows, out);
};
constexpr auto kResponsibilities = [](auto& predictor, auto rows, auto* out) {
  predictor.responsibilities(rows, out);
};
constexpr auto kPredict = [](auto& predictor, auto rows, auto* out) {
  if constexpr (std::is_pointer_v<decltype(rows)>) {
    *out = predictor.predict(rows);
  } else {
    predictor.predict(rows, out);
  }
};

}  // namespace
}  // namespace gaussmix

const char* gaussmix_version(void) { return GAUSSMIX_VERSION; }

const char* gaussmix_error_message(void) { return gaussmix::error_message; }

gaussmix_status gaussmix_mixture_create(gaussmix_covariance_type covariance_type,
                                        gaussmix_scalar_type scalar_type, size_t n_components,
                                        size_t n_features, const double* weights,
                                        const double* means, const double* covariances,
                                        const double* precisions_cholesky,
                                        gaussmix_mixture** mixture) {
  using namespace gaussmix;
  return guarded([&] {
    require(weights != nullptr && means != nullptr && mixture != nullptr,
            "weights, means and mixture must not be NULL");
    require(covariances != nullptr || precisions_cholesky != nullptr,
            "covariances or precisions_cholesky must not be NULL");
    require(scalar_type == GAUSSMIX_FLOAT32 || scalar_type == GAUSSMIX_FLOAT64,
            "scalar_type is none of gaussmix_scalar_type");
    const auto shape = shape_of(covariance_type, n_components, n_features);
    const auto scalar = scalar_type == GAUSSMIX_FLOAT32 ? ScalarType::float32 : ScalarType::float64;
    const Index k = shape.components, total = CovarianceLayout::of(shape).total();
    auto w = copy_of(weights, k), m = copy_of(means, k * shape.features);
    auto c = copy_of(covariances, total), u = copy_of(precisions_cholesky, total);
    *mixture = new gaussmix_mixture{
        u.empty()
            ? Mixture::from_covariances(shape, scalar, std::move(w), std::move(m), std::move(c))
            : Mixture::from_precisions_cholesky(shape, scalar, std::move(w), std::move(m),
                                                std::move(u), std::move(c))};
  });
}

gaussmix_status gaussmix_mixture_load(const char* path, gaussmix_mixture** mixture) {
  using namespace gaussmix;
  return guarded([&] {
    require(path != nullptr && mixture != nullptr, "path and mixture must not be NULL");
    *mixture = new gaussmix_mixture{load_model(std::string(path)).mixture};
  });
}

gaussmix_status gaussmix_mixture_load_bytes(const void* bytes, size_t size,
                                            gaussmix_mixture** mixture) {
  using namespace gaussmix;
  return guarded([&] {
    require(bytes != nullptr && mixture != nullptr, "bytes and mixture must not be NULL");
    *mixture = new gaussmix_mixture{load_model(bytes, size).mixture};
  });
}

// NOLINTNEXTLINE(misc-const-correctness): who frees it owns it
void gaussmix_mixture_free(gaussmix_mixture* mixture) { delete mixture; }

size_t gaussmix_mixture_n_components(const gaussmix_mixture* mixture) {
  return static_cast<size_t>(mixture->value.n_components());
}

size_t gaussmix_mixture_n_features(const gaussmix_mixture* mixture) {
  return static_cast<size_t>(mixture->value.n_features());
}

size_t gaussmix_mixture_n_columns(const gaussmix_mixture* mixture) {
  return static_cast<size_t>(mixture->value.n_columns());
}

gaussmix_covariance_type gaussmix_mixture_covariance_type(const gaussmix_mixture* mixture) {
  const auto* const type = std::find(std::begin(gaussmix::kTypes), std::end(gaussmix::kTypes),
                                     mixture->value.covariance_type());
  return static_cast<gaussmix_covariance_type>(type - gaussmix::kTypes);
}

gaussmix_scalar_type gaussmix_mixture_scalar_type(const gaussmix_mixture* mixture) {
  const bool single = mixture->value.scalar_type() == gaussmix::ScalarType::float32;
  return single ? GAUSSMIX_FLOAT32 : GAUSSMIX_FLOAT64;
}

gaussmix_status gaussmix_predictor_create(const gaussmix_mixture* mixture,
                                          gaussmix_predictor** predictor) {
  using namespace gaussmix;
  return guarded([&] {
    require(mixture != nullptr && predictor != nullptr, "mixture and predictor must not be NULL");
    const Mixture& value = mixture->value;
    *predictor = value.scalar_type() == ScalarType::float32
                     ? new gaussmix_predictor{Predictor<float>(value)}
                     : new gaussmix_predictor{Predictor<double>(value)};
  });
}

gaussmix_status gaussmix_predictor_copy(const gaussmix_predictor* predictor,
                                        gaussmix_predictor** copy) {
  using namespace gaussmix;
  return guarded([&] {
    require(predictor != nullptr && copy != nullptr, "predictor and copy must not be NULL");
    *copy = new gaussmix_predictor(*predictor);
  });
}

// NOLINTNEXTLINE(misc-const-correctness): who frees it owns it
void gaussmix_predictor_free(gaussmix_predictor* predictor) { delete predictor; }

gaussmix_status gaussmix_log_density(gaussmix_predictor* predictor, const double* rows,
                                     size_t n_rows, size_t stride, double* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kLogDensity);
}

gaussmix_status gaussmix_log_density_f32(gaussmix_predictor* predictor, const float* rows,
                                         size_t n_rows, size_t stride, float* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kLogDensity);
}

gaussmix_status gaussmix_log_responsibilities(gaussmix_predictor* predictor, const double* rows,
                                              size_t n_rows, size_t stride, double* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kLogResponsibilities);
}

gaussmix_status gaussmix_log_responsibilities_f32(gaussmix_predictor* predictor, const float* rows,
                                                  size_t n_rows, size_t stride, float* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kLogResponsibilities);
}

gaussmix_status gaussmix_responsibilities(gaussmix_predictor* predictor, const double* rows,
                                          size_t n_rows, size_t stride, double* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kResponsibilities);
}

gaussmix_status gaussmix_responsibilities_f32(gaussmix_predictor* predictor, const float* rows,
                                              size_t n_rows, size_t stride, float* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kResponsibilities);
}

gaussmix_status gaussmix_predict(gaussmix_predictor* predictor, const double* rows, size_t n_rows,
                                 size_t stride, ptrdiff_t* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kPredict);
}

gaussmix_status gaussmix_predict_f32(gaussmix_predictor* predictor, const float* rows,
                                     size_t n_rows, size_t stride, ptrdiff_t* out) {
  return gaussmix::score(predictor, rows, n_rows, stride, out, gaussmix::kPredict);
}
