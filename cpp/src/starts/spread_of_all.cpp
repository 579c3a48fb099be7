// SPDX-License-Identifier: BSD-3-Clause
#include "starts/spread_of_all.hpp"

#include "statistics/moments/moment_adder.hpp"

namespace gaussmix {

template <class T>
SpreadOfAll::SpreadOfAll(Execution& execution, const Dataset<T>& data, ScatterForm form)
    : unit_exponent_(data.unit_exponent()) {
  const Index d = data.rows.columns;
  const bool diagonal = form == ScatterForm::diagonal;
  const Statistics all =
      statistics_of_all(execution, data, diagonal ? ScatterForm::diagonal : ScatterForm::full);
  const double share = static_cast<double>(d + 1) / static_cast<double>(data.rows.rows);
  weight_ = all.weight(0) * share;
  const double* const scatter = all.scatter(0);
  for (Index i = 0; i < (diagonal ? d : d * d); ++i) scatter_.push_back(scatter[i] * share);
}

void SpreadOfAll::add_to(Statistics& statistics) const {
  for (Index j = 0; j < statistics.n_components(); ++j) {
    if (!(statistics.weight(j) > 0.0)) continue;
    statistics.add_component(j, weight_, statistics.mean(j).data(), scatter_.data(),
                             unit_exponent_);
  }
}

template SpreadOfAll::SpreadOfAll(Execution&, const Dataset<float>&, ScatterForm);
template SpreadOfAll::SpreadOfAll(Execution&, const Dataset<double>&, ScatterForm);

}  // namespace gaussmix
