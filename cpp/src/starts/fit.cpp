// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/fit.hpp"

#include <cmath>
#include <vector>

#include "covariance/layout.hpp"
#include "starts/multi_start.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

void require_size(const std::vector<double>& values, Index count, const char* message) {
  require(values.empty() || static_cast<Index>(values.size()) == count, message);
}

template <class T>
void validate(TableView<T> rows, const FitOptions& options, const double* sample_weight) {
  require_rows(rows, options.n_threads, options.rows_are_finite);
  require(options.n_components >= 1, "n_components must be at least 1");
  require(options.n_components <= rows.rows, "n_components must be at most the rows' number");
  require(options.tol >= 0.0, "tol must be at least 0");
  require(options.reg_covar >= 0.0 && std::isfinite(options.reg_covar),
          "reg_covar must be at least 0 and finite");
  require(options.max_iter >= 0, "max_iter must be at least 0");
  require(options.n_init >= 1, "n_init must be at least 1");
  const Index k = options.n_components, d = rows.columns;
  const auto layout = CovarianceLayout::of({options.covariance_type, k, d});
  require_size(options.user_start.weights, k, "user_start.weights must be k numbers, or none");
  require_size(options.user_start.means, k * d, "user_start.means must be k x d numbers, or none");
  require_size(options.user_start.precisions, layout.total(),
               "user_start.precisions must be as many numbers as covariances have, or none");
  if (options.warm_start) {
    const Mixture& mixture = options.warm_start->mixture;
    require(mixture.n_components() == options.n_components &&
                mixture.n_features() == rows.columns &&
                mixture.covariance_type() == options.covariance_type,
            "warm_start must have the sizes and the covariance type of this fit");
  }
  require_weights(sample_weight, rows.rows);
}

}  // namespace

template <class T>
FitResult fit(TableView<T> rows, const FitOptions& options, const double* sample_weight) {
  const DefaultFloatingPoint environment;
  validate(rows, options, sample_weight);
  const Dataset<T> data(rows, sample_weight);
  Execution execution(options.n_threads, options.interrupted);
  return MultiStart<T>(execution, data, options).run();
}

template FitResult fit<float>(TableView<float>, const FitOptions&, const double*);
template FitResult fit<double>(TableView<double>, const FitOptions&, const double*);

}  // namespace gaussmix
