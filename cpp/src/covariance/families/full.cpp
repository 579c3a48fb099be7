// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/families/family.hpp"
#include "covariance/linalg/symmetric.hpp"

namespace gaussmix {
namespace {

// A matrix of its own for each component: Sigma_j = S_j / n_j.
class FullFamily final : public Family {
 public:
  const char* name() const override { return "full"; }
  CovarianceType type() const override { return CovarianceType::full; }
  ScatterForm scatter_form() const override { return ScatterForm::full; }

  Index n_parameters(Index k, Index d) const override { return k * d * (d + 1) / 2; }

  void covariances(Execution& execution, const Statistics& statistics,
                   const std::vector<double>& counts, std::vector<double>& out) const override {
    const Index k = statistics.n_components(), d = statistics.n_features();
    out.resize(size_t(k * d * d));
    constexpr Index kPerNumber = 16;  // divided, and stored twice, once across
    const auto operations = static_cast<double>(kPerNumber * k * d * d);
    parallel_for(execution, k, execution.workers(k, operations), [&](Index j, int /*worker*/) {
      divide_symmetric(statistics.scatter(j), counts[size_t(j)], d, out.data() + j * d * d);
    });
  }
};

}  // namespace

const Family& full_family() {
  static const FullFamily family;
  return family;
}

}  // namespace gaussmix
