// SPDX-License-Identifier: BSD-3-Clause
#include "maximization.hpp"

#include <algorithm>
#include <cmath>
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
// So does raising the smallest eigenvalues.
constexpr double kLiftWork = 50.0;

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

  // Factorises the covariances. Returns the blocks of those that have no factor.
  std::vector<Index> factorize() {
    parts_.precisions_cholesky.resize(parts_.covariances.size());
    std::vector<Index> blocks(static_cast<std::size_t>(layout_.blocks));
    std::iota(blocks.begin(), blocks.end(), Index{0});
    return without_factor(blocks);
  }

  // Raises the smallest variances of such blocks, and factorises them.
  void lift(const std::vector<Index>& blocks, const Statistics& statistics,
            std::vector<RepairedComponent>& repairs) {
    if (blocks.empty()) return;
    const auto variances = variances_of_all(statistics);
    const bool finite = std::all_of(variances.begin(), variances.end(),
                                    [](double variance) { return std::isfinite(variance); });
    if (!finite) throw DegenerateError(kOutOfRange);
    for_each_of(blocks, kLiftWork, [&](std::size_t /*place*/, Index b, int /*worker*/) {
      lift_covariance(layout_.kind, variances, parts_.covariances.data() + b * layout_.size);
    });
    if (!without_factor(blocks).empty()) throw DegenerateError(kOutOfRange);
    for (const Index b : blocks) {
      repairs.push_back({layout_.component(b), "its covariance is not positive definite",
                         "raised its smallest variances"});
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
  // Makes the factors of blocks, and returns those that have none.
  std::vector<Index> without_factor(const std::vector<Index>& blocks) {
    std::vector<char> sound(blocks.size());
    for_each_of(blocks, kFactorizationWork, [&](std::size_t place, Index b, int worker) {
      sound[place] = factor_covariance(layout_.kind, shape_.features,
                                       parts_.covariances.data() + b * layout_.size,
                                       parts_.precisions_cholesky.data() + b * layout_.size,
                                       [&] { return !execution_.stopping(worker); })
                         ? 1
                         : 0;
    });
    std::vector<Index> without;
    for (std::size_t place = 0; place < blocks.size(); ++place) {
      if (sound[place] == 0) without.push_back(blocks[place]);
    }
    return without;
  }

  // Calls use(place, block, worker), which takes as long as work d^3 operations, for each of
  // blocks.
  template <class Use>
  void for_each_of(const std::vector<Index>& blocks, double work, const Use& use) {
    const auto count = static_cast<Index>(blocks.size());
    const double operations = work * static_cast<double>(count * layout_.size * shape_.features);
    parallel_for(execution_, count, execution_.workers(count, operations),
                 [&](Index at, int worker) {
                   const auto place = static_cast<std::size_t>(at);
                   use(place, blocks[place], worker);
                 });
  }

  static std::vector<double> variances_of_all(const Statistics& statistics) {
    const Statistics all = statistics.pooled();
    const Index d = all.n_features(), step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
    std::vector<double> variances;
    for (Index c = 0; c < d; ++c) variances.push_back(all.scatter(0)[c * step] / all.weight(0));
    return variances;
  }

  Execution& execution_;
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
                      std::optional<Mixture> spent, const Recount& recount) {
  const bool raise = options.degenerate == Degenerate::raise;
  std::vector<RepairedComponent> repairs;
  if (raise) add_weight_at_origin(execution, 10.0 * kEpsilon, statistics);
  Draft draft(execution, statistics, options,
              spent ? MixtureParts::take(std::move(*spent)) : MixtureParts());
  if (!raise) repair_empty_components(execution, statistics, options, previous, draft, repairs);
  const auto flawed = draft.factorize();
  if (!flawed.empty() && recount) {
    if (Statistics* const precise = recount(flawed)) {
      return maximize(execution, *precise, options, previous);
    }
  }
  if (!flawed.empty() && raise) throw DegenerateError(kIllDefined);
  draft.lift(flawed, statistics, repairs);
  return {draft.finish(), std::move(repairs)};
}

}  // namespace gaussmix
