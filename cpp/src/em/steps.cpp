// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "covariance/families/family.hpp"
#include "em/conjugate_prior.hpp"
#include "em/fit_options.hpp"
#include "em/in_float32.hpp"
#include "em/in_memory.hpp"
#include "em/known_labels.hpp"
#include "em/maximize.hpp"
#include "gaussmix/em.hpp"
#include "rows/dataset.hpp"
#include "support/floating_point.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

template <class T>
void validate_expect(TableView<T> rows, const Mixture& mixture, const FitOptions& options,
                     const double* sample_weight) {
  if (rows.rows > 0) require_rows(rows, options.n_threads, options.rows_are_finite);
  require(rows.columns == mixture.n_features(), "rows must have as many features as the mixture");
  validate_labels(options, rows.rows, mixture.n_components(), mixture.noise().has_value());
  require_weights(sample_weight, rows.rows);
}

ConjugatePrior complete_beside_noise(const ConjugatePrior& prior) {
  require(!prior.mean.empty() && !prior.scale.empty(),
          "with noise, prior needs mean and scale: statistics do not hold the rows that are noise");
  return prior;
}

Model model_of(const Statistics& statistics, const FitOptions& options, const Mixture* previous) {
  Model model;
  model.family = previous ? &family_of(previous->shape()) : &family_of(options);
  model.reg_covar = options.reg_covar;
  model.degenerate = options.degenerate;
  if (previous) model.noise = previous->noise();
  if (options.prior) {
    const auto given = model.noise ? complete_beside_noise(*options.prior) : *options.prior;
    model.prior =
        make_conjugate_prior(*model.family, statistics.n_components(), statistics.n_features(),
                             given, [&] { return statistics.pooled(); });
  }
  return model;
}

void validate_maximize(const Statistics& statistics, const FitOptions& options,
                       const Mixture* previous) {
  require(options.reg_covar >= 0.0 && std::isfinite(options.reg_covar),
          "reg_covar must be at least 0 and finite");
  require(statistics.row_weight() > 0.0 && std::isfinite(statistics.row_weight()),
          "the statistics must be those of at least one row");
  if (!previous) {
    require_features(options.family, statistics.n_features());
    require(family_of(options).n_parameters(statistics.n_components(), statistics.n_features()) > 0,
            "a family without parameters needs the mixture before: they are not estimated");
    return;
  }
  require(previous->n_components() == statistics.n_components() &&
              previous->n_features() == statistics.n_features(),
          "the statistics must have as many components and features as the mixture before");
}

// The statistics with the scatter that a family needs.
Statistics for_family(const Statistics& statistics, const Family& family) {
  require(statistics.form() == ScatterForm::full || statistics.form() == family.scatter_form(),
          "the statistics must have the scatter of the mixture's family");
  return statistics.in_form(family.scatter_form());
}

// E-steps over rows that are known to be sound.
template <class T>
struct Rows {
  Rows(TableView<T> rows, const Mixture& mixture, const FitOptions& options,
       const double* sample_weight, bool prunes)
      : data(rows, sample_weight),
        execution(options.n_threads, options.interrupted),
        known(known_labels<T>(options.known_labels, options.component_classes)),
        k(mixture.n_components()),
        family(&family_of(mixture.shape())),
        in_memory(execution, data, k, family->scatter_form(), known.get(), prunes) {}

  const Statistics& expect(const Mixture& mixture) {
    const DefaultFloatingPoint environment;
    require(mixture.n_components() == k && mixture.n_features() == data.rows.columns &&
                family_of(mixture.shape()).scatter_form() == family->scatter_form(),
            "mixtures must all have the same sizes and scatter");
    execution.begin();
    return in_memory.expect(mixture);
  }

  Dataset<T> data;
  Execution execution;
  std::unique_ptr<const KnownLabels<T>> known;
  Index k;
  const Family* family;
  InMemory<T> in_memory;
};

}  // namespace

template <class T>
struct RowsInMemory<T>::Engine : Rows<T> {
  using Rows<T>::Rows;
};

template <class T>
RowsInMemory<T>::RowsInMemory(TableView<T> rows, const Mixture& mixture, const FitOptions& options,
                              const double* sample_weight) {
  const DefaultFloatingPoint environment;
  validate_expect(rows, mixture, options, sample_weight);
  require(rows.rows > 0, "rows must be at least one");
  engine_ = std::make_unique<Engine>(rows, mixture, options, sample_weight, true);
}

template <class T>
RowsInMemory<T>::~RowsInMemory() = default;

template <class T>
Statistics RowsInMemory<T>::expect(const Mixture& mixture) {
  return engine_->expect(mixture);
}

template <class T>
Statistics expect(TableView<T> rows, const Mixture& mixture, const FitOptions& options,
                  const double* sample_weight) {
  const DefaultFloatingPoint environment;
  validate_expect(rows, mixture, options, sample_weight);
  if (rows.rows == 0) {
    return {family_of(mixture.shape()).scatter_form(), mixture.n_components(), mixture.n_features(),
            mixture.means()};
  }
  return Rows<T>(rows, mixture, options, sample_weight, false).expect(mixture);
}

Maximized maximize(const Statistics& statistics, const FitOptions& options,
                   const Mixture* previous) {
  const DefaultFloatingPoint environment;
  validate_maximize(statistics, options, previous);
  const Model model = model_of(statistics, options, previous);
  Execution execution(options.n_threads, options.interrupted);
  auto next = maximize(execution, for_family(statistics, *model.family), model, previous);
  Maximized result{std::move(next.mixture), -std::numeric_limits<double>::infinity(), {}};
  if (previous) {
    const double prior = std::ldexp(model.log_prior(*previous), -statistics.unit_exponent());
    result.lower_bound = (statistics.log_likelihood() + prior) / statistics.row_weight();
    if (previous->scalar_type() == ScalarType::float32) result.mixture = in_float32(result.mixture);
  }
  for (RepairedComponent& repair : next.repairs) {
    result.repairs.push_back(
        {0, 0, repair.component, std::move(repair.reason), std::move(repair.action)});
  }
  return result;
}

template <class T>
Maximized step(TableView<T> rows, const Mixture& mixture, const FitOptions& options,
               const double* sample_weight) {
  return maximize(expect(rows, mixture, options, sample_weight), options, &mixture);
}

template class RowsInMemory<float>;
template class RowsInMemory<double>;
template Statistics expect<float>(TableView<float>, const Mixture&, const FitOptions&,
                                  const double*);
template Statistics expect<double>(TableView<double>, const Mixture&, const FitOptions&,
                                   const double*);
template Maximized step<float>(TableView<float>, const Mixture&, const FitOptions&, const double*);
template Maximized step<double>(TableView<double>, const Mixture&, const FitOptions&,
                                const double*);

}  // namespace gaussmix
