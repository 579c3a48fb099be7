// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/all_rows.hpp"

#include <vector>

#include "statistics/moments/moment_adder.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {

template <class T>
Statistics statistics_of_all(Execution& execution, const Dataset<T>& data, ScatterForm form) {
  struct Worker {
    MomentAdder<T> adder;
    AlignedArray<T> columns;
    AlignedArray<double> weights;
  };
  const Index n = data.rows.rows, d = data.rows.columns;
  const T* const near = data.rows.row(data.heaviest());
  Statistics none(form, 1, d, std::vector<double>(near, near + d));
  none.set_unit_exponent(data.unit_exponent());
  const auto partition = Partition::of(n, d, 1, sizeof(T));
  const Index products = form == ScatterForm::diagonal ? d : d * d;
  const int workers = execution.workers(partition.leaves(), static_cast<double>(n * products));
  std::vector<Worker> own;
  for (int worker = 0; worker < workers; ++worker) {
    own.push_back({MomentAdder<T>(d, form, 0.0), {}, {}});
  }
  const RowSequence<T> sequence{data.rows};
  return tree_reduce<Statistics>(
      execution, partition.leaves(), workers, [&] { return none; },
      [&](Index leaf, int worker, Statistics& statistics) {
        auto& [adder, columns, weights] = own[size_t(worker)];
        partition.for_each_block(leaf, [&, &adder = adder, &columns = columns, &weights = weights](
                                           Index first, Index count) {
          const auto block = make_block(sequence, first, count, columns);
          weights.assign(block.length, 0.0);
          double weight = 0.0;
          for (Index i = 0; i < count; ++i) weight += weights[i] = data.weight(first + i);
          adder.add(sequence, first, block, 0, weights.data(), statistics);
          statistics.add_rows(weight, 0.0);
          return !execution.stopping(worker);
        });
      });
}

template Statistics statistics_of_all<float>(Execution&, const Dataset<float>&, ScatterForm);
template Statistics statistics_of_all<double>(Execution&, const Dataset<double>&, ScatterForm);

}  // namespace gaussmix
