// SPDX-License-Identifier: BSD-3-Clause
#include "starts/spread_within.hpp"

#include <cmath>

namespace gaussmix {

SpreadWithin::SpreadWithin(const Statistics& clusters, Index n_rows)
    : unit_exponent_(clusters.unit_exponent()) {
  const Index d = clusters.n_features();
  const double share = static_cast<double>(d + 1) / static_cast<double>(n_rows);
  weight_ = clusters.row_weight() * share;
  const Index n_scatters = clusters.form() == ScatterForm::pooled ? 1 : clusters.n_components();
  scatter_.resize(size_t(clusters.form() == ScatterForm::diagonal ? d : d * d), 0.0);
  for (Index j = 0; j < n_scatters; ++j) {
    const double* const scatter = clusters.scatter(j);
    for (std::size_t i = 0; i < scatter_.size(); ++i) scatter_[i] += scatter[i] * share;
  }
}

void SpreadWithin::add_to(Statistics& statistics) const {
  for (Index j = 0; j < statistics.n_components(); ++j) {
    if (!(statistics.weight(j) > 0.0)) continue;
    statistics.add_to_moments(j, weight_, statistics.mean(j).data(), scatter_.data(),
                              unit_exponent_);
  }
}

double SpreadWithin::count(Index /*n_components*/) const {
  return std::ldexp(weight_, unit_exponent_);
}

}  // namespace gaussmix
