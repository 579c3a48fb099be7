// SPDX-License-Identifier: BSD-3-Clause
#include "em/maximize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "covariance/families/family.hpp"
#include "covariance/linalg/factor.hpp"
#include "covariance/repair.hpp"

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

// What scikit-learn makes of the statistics: `weight` at the origin joins each component. Full
// scatter is then that of the rows about the new mean m', without that of the weight, m' m'^T: it
// is taken away as if the weight were spread about -m' and had its mean m' from there.
Statistics with_weight_at_origin(Execution& execution, double weight, Statistics statistics) {
  const auto d = size_t(statistics.n_features());
  const Index k = statistics.n_components();
  const auto add = [&](Index j, int /*worker*/) {
    const double count = statistics.moment_weight(j);
    std::vector<double> centre(d, 0.0), first(d, 0.0);
    const auto mean = statistics.mean(j);
    for (std::size_t c = 0; c < d && statistics.form() == ScatterForm::full; ++c) {
      const double moved = mean[c] * (count / (count + weight));
      centre[c] = -moved;
      first[c] = weight * moved;
    }
    statistics.add_centred_rows(j, weight, weight, centre.data(), first.data());
  };
  // What is pooled is added to by all.
  const double operations =
      statistics.form() == ScatterForm::full ? 4.0 * double(k) * double(d * d) : 0.0;
  parallel_for(execution, k, execution.workers(k, operations), add);
  return statistics;
}

// The parameters of maximum likelihood but for the factors, in the memory of `parts`; weights are
// the components' total responsibilities.
MixtureParts parameters_of(Execution& execution, const Statistics& statistics, const Model& model,
                           const Mixture* previous, MixtureParts parts) {
  parts.weights.clear();
  parts.means.clear();
  CovarianceProblem problem{
      execution, statistics, {}, model.reg_covar, previous ? &previous->covariances() : nullptr};
  for (Index j = 0; j < statistics.n_components(); ++j) {
    const auto mean = statistics.mean(j);
    parts.weights.push_back(statistics.weight(j));
    problem.counts.push_back(statistics.moment_weight(j));
    parts.means.insert(parts.means.end(), mean.begin(), mean.end());
  }
  model.family->covariances(problem, parts.covariances);
  return parts;
}

// Calls use(index, block, worker), which takes as long as work d^3 operations, for each of blocks.
template <class Use>
void for_each_of(const std::vector<Index>& blocks, const CovarianceLayout& layout, Index d,
                 double work, Execution& execution, const Use& use) {
  const auto count = static_cast<Index>(blocks.size());
  const double operations = work * static_cast<double>(count * layout.size * d);
  parallel_for(execution, count, execution.workers(count, operations), [&](Index at, int worker) {
    const auto index = size_t(at);
    use(index, blocks[index], worker);
  });
}

std::vector<double> variances_of_all(const Statistics& statistics) {
  const Statistics all = statistics.pooled();
  const Index d = all.n_features(), step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
  std::vector<double> variances;
  for (Index c = 0; c < d; ++c) {
    variances.push_back(all.scatter(0)[c * step] / all.moment_weight(0));
  }
  return variances;
}

// One M-step while it is made.
class Maximization {
 public:
  Maximization(Execution& execution, const Statistics& statistics, const Model& model,
               const Mixture* previous)
      : execution_(execution),
        statistics_(statistics),
        model_(model),
        previous_(previous),
        shape_{model.family->type(), statistics.n_components(), statistics.n_features(),
               model.family},
        layout_(CovarianceLayout::of(shape_)) {}

  Maximized run(MixtureParts memory) {
    estimate(statistics_, std::move(memory));
    if (model_.degenerate == Degenerate::raise) {
      if (!without_factor_.empty()) throw DegenerateError(kIllDefined);
      // Beside the weight at the origin, what was singular may seem to have a factor.
      estimate(with_weight_at_origin(execution_, 10.0 * kEpsilon, statistics_), std::move(parts_));
      if (!without_factor_.empty()) throw DegenerateError(kIllDefined);
    } else if (!without_factor_.empty()) {
      raise_degenerate();
    }
    const double sum = std::accumulate(parts_.weights.begin(), parts_.weights.end(), 0.0);
    for (double& weight : parts_.weights) weight /= sum;
    return {MixtureParts::assemble(shape_, std::move(parts_)), std::move(repairs_)};
  }

 private:
  using Blocks = std::vector<Index>;

  void estimate(const Statistics& statistics, MixtureParts memory) {
    parts_ = parameters_of(execution_, statistics, model_, previous_, std::move(memory));
    if (model_.degenerate == Degenerate::repair) repair_empty_components();
    if (model_.constrain) model_.constrain(statistics, parts_);
    parts_.precisions_cholesky.resize(parts_.covariances.size());
    without_factor_ = factorize(all_blocks());
  }

  void repair_empty_components() {
    const double total = statistics_.total_weight();
    std::optional<MixtureParts> all;
    for (Index j = 0; j < shape_.components; ++j) {
      if (statistics_.weight(j) >= 10.0 * kEpsilon * total) continue;
      if (previous_ != nullptr) {
        copy_component(j, previous_->means(), previous_->covariances(), j);
        repairs_.push_back({j, "no row belongs to it", "kept its mean and covariance"});
      } else {
        if (!all) all = parameters_of(execution_, statistics_.pooled(), model_, nullptr, {});
        copy_component(j, all->means, all->covariances, 0);
        parts_.weights[size_t(j)] = 0.01 * total / static_cast<double>(shape_.components);
        repairs_.push_back({j, "no row belongs to it", "made it the Gaussian of all rows"});
      }
    }
  }

  // The mean and covariance of component j become those of component `from` of another mixture.
  void copy_component(Index j, const std::vector<double>& means,
                      const std::vector<double>& covariances, Index from) {
    const Index d = shape_.features;
    std::copy_n(means.begin() + from * d, d, parts_.means.begin() + j * d);
    if (layout_.shared) return;
    std::copy_n(covariances.begin() + from * layout_.size, layout_.size,
                parts_.covariances.begin() + j * layout_.size);
  }

  Blocks all_blocks() const {
    Blocks all(size_t(layout_.blocks));
    std::iota(all.begin(), all.end(), Index{0});
    return all;
  }

  // Makes the factors of blocks, and returns those that have none.
  Blocks factorize(const Blocks& blocks) {
    std::vector<char> sound(blocks.size());
    for_each_of(blocks, layout_, shape_.features, kFactorizationWork, execution_,
                [&](std::size_t index, Index b, int worker) {
                  const bool factorized = factor_covariance(
                      layout_.kind, shape_.features, parts_.covariances.data() + b * layout_.size,
                      parts_.precisions_cholesky.data() + b * layout_.size,
                      [&] { return !execution_.stopping(worker); });
                  sound[index] = factorized ? 1 : 0;
                });
    Blocks without;
    for (std::size_t index = 0; index < blocks.size(); ++index) {
      if (sound[index] == 0) without.push_back(blocks[index]);
    }
    return without;
  }

  // Raises the smallest variances of what has no factor, and factorises it.
  void raise_degenerate() {
    const auto variances = variances_of_all(statistics_);
    const bool finite = std::all_of(variances.begin(), variances.end(),
                                    [](double variance) { return std::isfinite(variance); });
    if (!finite) throw DegenerateError(kOutOfRange);
    for_each_of(without_factor_, layout_, shape_.features, kLiftWork, execution_,
                [&](std::size_t /*index*/, Index b, int /*worker*/) {
                  raise_covariance(layout_.kind, variances,
                                   parts_.covariances.data() + b * layout_.size);
                });
    if (!factorize(without_factor_).empty()) throw DegenerateError(kOutOfRange);
    for (const Index b : without_factor_) {
      repairs_.push_back({layout_.component(b), "its covariance is not positive definite",
                          "raised its smallest variances"});
    }
  }

  Execution& execution_;
  const Statistics& statistics_;
  const Model& model_;
  const Mixture* previous_;
  Mixture::Shape shape_;
  CovarianceLayout layout_;
  MixtureParts parts_;
  std::vector<RepairedComponent> repairs_;
  Blocks without_factor_;
};

}  // namespace

Maximized maximize(Execution& execution, const Statistics& statistics, const Model& model,
                   const Mixture* previous, std::optional<Mixture> spent) {
  auto memory = spent ? MixtureParts::take(std::move(*spent)) : MixtureParts();
  if (!model.prior) {
    return Maximization(execution, statistics, model, previous).run(std::move(memory));
  }
  Statistics with_prior = statistics;
  model.prior->add_to(with_prior);
  return Maximization(execution, with_prior, model, previous).run(std::move(memory));
}

}  // namespace gaussmix
