// SPDX-License-Identifier: BSD-3-Clause
#include "maximization.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "covariance/family.hpp"
#include "covariance/layout.hpp"
#include "covariance/repair.hpp"
#include "mixture_parts.hpp"

namespace gaussmix {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

constexpr const char* kIllDefined =
    "Fitting the mixture model failed because some components have ill-defined empirical "
    "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
    "number of components, increase reg_covar, or scale the input data.";

constexpr const char* kOutOfRange =
    "Fitting the mixture model failed because the variances of X are too large or too small to be "
    "represented: scale the input data.";

// A factorisation and an inversion of d x d numbers take as long as so many times d^3 operations of
// a matrix product.
constexpr double kFactorizationWork = 8.0;

void add_to_diagonals(const CovarianceLayout& layout, Index d, double reg_covar,
                      std::vector<double>& covariances) {
  const Index step = layout.kind == CovarianceLayout::Kind::matrix ? d + 1 : 1;
  for (Index b = 0; b < layout.blocks; ++b) {
    double* const block = covariances.data() + b * layout.size;
    for (Index i = 0; i < layout.size; i += step) block[i] += reg_covar;
  }
}

// What scikit-learn makes of the statistics: `weight` at the origin joins each component. Full
// scatter is then that of the rows about the new mean m', without that of the weight, m' m'^T: it
// is taken away as if the weight were spread about -m' and had its mean m' from there.
void add_weight_at_origin(Execution& execution, double weight, Statistics& statistics) {
  const auto d = static_cast<std::size_t>(statistics.n_features());
  const Index k = statistics.n_components();
  const auto add = [&](Index j, int /*worker*/) {
    const double count = statistics.weight(j);
    std::vector<double> centre(d, 0.0), first(d, 0.0);
    for (std::size_t c = 0; c < d && statistics.form() == ScatterForm::full; ++c) {
      const double mean = statistics.mean(j)[c] * (count / (count + weight));
      centre[c] = -mean;
      first[c] = weight * mean;
    }
    statistics.add_centred_rows(j, weight, centre.data(), first.data());
  };
  // What is pooled is added to by all.
  const double operations =
      statistics.form() == ScatterForm::full ? 4.0 * double(k) * double(d * d) : 0.0;
  parallel_for(execution, k, execution.workers(k, operations), add);
}

// The parameters of a mixture while an M-step puts them together.
class Draft {
 public:
  // In the memory of `parts`, whatever they are.
  Draft(Execution& execution, const Statistics& statistics, const MaximizationOptions& options,
        MixtureParts parts)
      : execution_(execution),
        options_(options),
        shape_{options.type, statistics.n_components(), statistics.n_features()},
        layout_(CovarianceLayout::of(shape_)),
        parts_(std::move(parts)) {
    parts_.weights.clear();
    parts_.means.clear();
    for (Index j = 0; j < shape_.components; ++j) {
      const double* const mean = statistics.mean(j);
      parts_.weights.push_back(statistics.weight(j));
      parts_.means.insert(parts_.means.end(), mean, mean + shape_.features);
    }
    family_of(options.type).covariances(execution, statistics, parts_.weights, parts_.covariances);
    add_to_diagonals(layout_, shape_.features, options.reg_covar, parts_.covariances);
  }

  void set_weight(Index j, double weight) { parts_.weights[static_cast<std::size_t>(j)] = weight; }

  // The mean and covariance of component j become those of component `from` of another mixture.
  void copy_component(Index j, const std::vector<double>& means,
                      const std::vector<double>& covariances, Index from) {
    const Index d = shape_.features;
    std::copy_n(means.begin() + from * d, d, parts_.means.begin() + j * d);
    if (layout_.shared) return;
    std::copy_n(covariances.begin() + from * layout_.size, layout_.size,
                parts_.covariances.begin() + j * layout_.size);
  }

  // Factorises the covariances; those that have no factor are lifted first, or raise.
  void factorize(const Statistics& statistics, std::vector<RepairedComponent>& repairs) {
    const Index d = shape_.features;
    double* const covariances = parts_.covariances.data();
    parts_.precisions_cholesky.resize(parts_.covariances.size());
    double* const factors = parts_.precisions_cholesky.data();
    // Why a block cannot be used; nullptr where it can.
    std::vector<const char*> flaws(static_cast<std::size_t>(layout_.blocks), nullptr);
    const auto factor = [&](Index b, int worker) {
      return factor_covariance(layout_.kind, d, covariances + b * layout_.size,
                               factors + b * layout_.size,
                               [&] { return !execution_.stopping(worker); });
    };
    const double operations = kFactorizationWork * static_cast<double>(layout_.total() * d);
    parallel_for(
        execution_, layout_.blocks, execution_.workers(layout_.blocks, operations),
        [&](Index b, int worker) {
          const char*& flaw = flaws[static_cast<std::size_t>(b)];
          if (!factor(b, worker)) {
            flaw = "its covariance is not positive definite";
          } else if (out_of_reach(covariances + b * layout_.size, factors + b * layout_.size)) {
            flaw = "its covariance is too nearly singular for float32";
          }
        });
    std::vector<double> variances;
    for (Index b = 0; b < layout_.blocks; ++b) {
      const char* const flaw = flaws[static_cast<std::size_t>(b)];
      if (flaw == nullptr) continue;
      if (options_.degenerate == Degenerate::raise) throw DegenerateError(kIllDefined);
      if (execution_.stopping(0)) execution_.throw_if_stopped();
      if (variances.empty()) variances = variances_of_all(statistics);
      lift_covariance(layout_.kind, variances, covariances + b * layout_.size);
      const bool lifted = factor(b, 0);
      execution_.throw_if_stopped();
      if (!lifted) throw DegenerateError(kOutOfRange);
      repairs.push_back({layout_.component(b), flaw, "raised its smallest variances"});
    }
  }

  Mixture finish() {
    const double sum = std::accumulate(parts_.weights.begin(), parts_.weights.end(), 0.0);
    for (double& weight : parts_.weights) weight /= sum;
    return MixtureParts::assemble(shape_, std::move(parts_));
  }

  const std::vector<double>& means() const { return parts_.means; }
  const std::vector<double>& covariances() const { return parts_.covariances; }

 private:
  // In float32, a distance to a component whose correlations have the smallest eigenvalue e is off
  // by some 1e-7 / sqrt(e). Nobody else minds, so that is a matter of repairs alone.
  bool out_of_reach(const double* covariance, const double* factor) const {
    constexpr double kMostInFloat = 1e10;
    if (options_.scalar == ScalarType::float64 || options_.degenerate == Degenerate::raise ||
        layout_.kind != CovarianceLayout::Kind::matrix) {
      return false;
    }
    return !(inverse_correlation_trace(shape_.features, covariance, factor) < kMostInFloat);
  }

  static std::vector<double> variances_of_all(const Statistics& statistics) {
    const Statistics all = statistics.pooled();
    const Index d = all.n_features(), step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
    std::vector<double> variances;
    for (Index c = 0; c < d; ++c) variances.push_back(all.scatter(0)[c * step] / all.weight(0));
    return variances;
  }

  Execution& execution_;
  const MaximizationOptions& options_;
  Mixture::Shape shape_;
  CovarianceLayout layout_;
  MixtureParts parts_;
};

void repair_empty_components(Execution& execution, const Statistics& statistics,
                             const MaximizationOptions& options, const Mixture* previous,
                             Draft& draft, std::vector<RepairedComponent>& repairs) {
  const double total = statistics.total_weight();
  const Index k = statistics.n_components();
  std::optional<Draft> all;
  for (Index j = 0; j < k; ++j) {
    if (statistics.weight(j) >= 10.0 * kEpsilon * total) continue;
    if (previous != nullptr) {
      draft.copy_component(j, previous->means(), previous->covariances(), j);
      repairs.push_back({j, "no row belongs to it", "kept its mean and covariance"});
    } else {
      if (!all) all.emplace(execution, statistics.pooled(), options, MixtureParts());
      draft.copy_component(j, all->means(), all->covariances(), 0);
      draft.set_weight(j, 0.01 * total / static_cast<double>(k));
      repairs.push_back({j, "no row belongs to it", "made it the Gaussian of all rows"});
    }
  }
}

}  // namespace

Maximization maximize(Execution& execution, Statistics& statistics,
                      const MaximizationOptions& options, const Mixture* previous,
                      std::optional<Mixture> spent) {
  std::vector<RepairedComponent> repairs;
  auto parts = spent ? MixtureParts::take(std::move(*spent)) : MixtureParts();
  if (options.degenerate == Degenerate::raise) {
    add_weight_at_origin(execution, 10.0 * kEpsilon, statistics);
    Draft draft(execution, statistics, options, std::move(parts));
    draft.factorize(statistics, repairs);
    return {draft.finish(), {}};
  }
  Draft draft(execution, statistics, options, std::move(parts));
  repair_empty_components(execution, statistics, options, previous, draft, repairs);
  draft.factorize(statistics, repairs);
  return {draft.finish(), std::move(repairs)};
}

}  // namespace gaussmix
