// SPDX-License-Identifier: BSD-3-Clause
#include "em/fit_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "covariance/layout.hpp"
#include "gaussmix/validation.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

template <class Number>
void require_size(const std::vector<Number>& values, Index count, const char* message) {
  require(values.empty() || static_cast<Index>(values.size()) == count, message);
}

}  // namespace

const Family& family_of(const FitOptions& options) {
  return options.family.empty() ? family_of(options.covariance_type) : family_named(options.family);
}

int count_given(const FitOptions& options) {
  if (options.warm_start) return 3;
  const UserStart& user = options.user_start;
  return (user.weights.empty() ? 0 : 1) + (user.means.empty() ? 0 : 1) +
         (user.precisions.empty() ? 0 : 1);
}

void validate_labels(const FitOptions& options, Index n, Index k, bool has_noise) {
  const auto& labels = options.known_labels;
  const auto& classes = options.component_classes;
  require_size(labels, n, "known_labels must be a number a row, or none");
  require_size(classes, k, "component_classes must be k numbers, or none");
  require(std::all_of(classes.begin(), classes.end(), [](std::int32_t c) { return c >= 0; }),
          "component_classes must be at least 0");
  const std::set<std::int32_t> distinct(classes.begin(), classes.end());
  const auto is_label = [&](std::int32_t label) {
    const Index last = has_noise ? k : k - 1;
    if (classes.empty()) return label >= -1 && label <= last;
    return label == -1 || distinct.count(label) != 0;
  };
  require(
      std::all_of(labels.begin(), labels.end(), is_label),
      "known_labels must be numbers of components, from 0 to n_components - 1, or -1, with noise "
      "also n_components; or classes of components, or -1");
  require(classes.empty() || !has_noise, "component_classes go without noise");
}

template <class T>
void validate_fit(TableView<T> rows, const FitOptions& options, const double* sample_weight) {
  require_rows(rows, options.n_threads, options.rows_are_finite);
  require(options.n_components >= 1, "n_components must be at least 1");
  require(options.n_components <= rows.rows, "n_components must be at most the rows' number");
  require(options.tol >= 0.0, "tol must be at least 0");
  require(options.reg_covar >= 0.0 && std::isfinite(options.reg_covar),
          "reg_covar must be at least 0 and finite");
  require(options.max_iter >= 0, "max_iter must be at least 0");
  require(options.n_init >= 1, "n_init must be at least 1");
  require(options.truncation >= 0.0 && options.truncation <= 0.1,
          "truncation must be at least 0 and at most 0.1");
  require(options.checkpoint_every >= 0, "checkpoint_every must be at least 0");
  for (const FitResult& run : options.resume) {
    require(run.starts.size() == 1 && run.mixture.n_components() == options.n_components &&
                run.mixture.n_features() == rows.columns &&
                run.mixture.noise().has_value() == options.noise.has_value(),
            "resume must be what a checkpoint of a fit of these sizes was given");
  }
  if (options.acceleration != Acceleration::none) {
    require(scalar_type_of<T>() == ScalarType::float64, "acceleration is for float64 rows");
    require(family_of(options).has_linear_coordinates(),
            "acceleration is not for this family: CovarianceFamily::can_be_accelerated");
  }
  const Index k = options.n_components, d = rows.columns;
  const CovarianceType type = family_of(options).type();
  require_features(options.family, d);
  const auto layout = CovarianceLayout::of({type, k, d});
  require_size(options.user_start.weights, k, "user_start.weights must be k numbers, or none");
  require_size(options.user_start.means, k * d, "user_start.means must be k x d numbers, or none");
  require_size(options.user_start.precisions, layout.total(),
               "user_start.precisions must be as many numbers as covariances have, or none");
  require(family_of(options).n_parameters(k, d) > 0 || options.warm_start ||
              !options.user_start.precisions.empty(),
          "a family without parameters needs user_start.precisions: they are not estimated");
  if (options.warm_start) {
    const Mixture& mixture = options.warm_start->mixture;
    require(mixture.n_components() == options.n_components &&
                mixture.n_features() == rows.columns && mixture.covariance_type() == type,
            "warm_start must have the sizes and the covariance type of this fit");
    require(mixture.noise().has_value() == options.noise.has_value(),
            "warm_start must have a noise component if this fit has one, or else none");
  }
  require(!options.noise || (*options.noise > 0.0 && *options.noise < 1.0),
          "noise must be greater than 0 and less than 1, or none");
  validate_labels(options, rows.rows, k, options.noise.has_value());
  const auto& classes = options.component_classes;
  const std::set<std::int32_t> distinct(classes.begin(), classes.end());
  require(distinct.size() == classes.size() || options.first_responsibilities ||
              count_given(options) == 3,
          "component_classes with several components of a class need first_responsibilities, a "
          "whole user_start, or warm_start");
  require_weights(sample_weight, rows.rows);
}

template void validate_fit<float>(TableView<float>, const FitOptions&, const double*);
template void validate_fit<double>(TableView<double>, const FitOptions&, const double*);

}  // namespace gaussmix
