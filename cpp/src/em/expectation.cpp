// SPDX-License-Identifier: BSD-3-Clause
#include "em/expectation.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace gaussmix {
namespace {

template <class T>
using Numbers = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

// Writes the rows' weights, zeros for the repeated rows at the block's end, and adds them and the
// rows' log-likelihood to the statistics.
template <class T>
void add_rows(const Dataset<T>& data, const RowSequence<T>& sequence, Index first,
              const Block<T>& block, const AlignedArray<T>& log_density,
              AlignedArray<double>& weights, Statistics& statistics) {
  weights.assign(block.length, 0.0);
  if (!data.weighted()) {
    std::fill_n(weights.data(), block.rows, 1.0);
    const Numbers<T> log_densities(log_density.data(), block.rows);
    statistics.add_rows(static_cast<double>(block.rows),
                        log_densities.template cast<double>().sum());
    return;
  }
  double weight_of_all = 0.0, log_likelihood = 0.0;
  for (Index i = 0; i < block.rows; ++i) {
    const double weight = data.weight(sequence.number(first + i));
    if (weight == 0.0) continue;  // even of a row whose log-density is minus infinity
    weights[i] = weight;
    weight_of_all += weight;
    log_likelihood += weight * static_cast<double>(log_density[i]);
  }
  statistics.add_rows(weight_of_all, log_likelihood);
}

}  // namespace

template <class T>
void ByResponsibilities<T>::add(const Dataset<T>& data, Index first, const Block<T>& block,
                                ExpectationWorkspace<T>& workspace, Statistics& statistics,
                                const KeepGoing& keep_going) const {
  auto& [columns, responsibilities, weights, shares, moments] = workspace;
  responsibilities.numbers.resize(k_ * block.stride);
  responsibilities.log_density.resize(block.length);
  responsibilities.components.clear();
  fill(first, block, responsibilities, keep_going);
  if (!keep_going()) return;
  const RowSequence<T> sequence{data.rows, this->order()};
  add_rows(data, sequence, first, block, responsibilities.log_density, weights, statistics);
  shares.resize(block.length);
  Eigen::Map<Eigen::ArrayXd> share(shares.data(), block.length);
  for (const Index j : responsibilities.components) {
    if (!keep_going()) return;
    share = Numbers<T>(responsibilities.column(block, j), block.length).template cast<double>() *
            Numbers<double>(weights.data(), block.length);
    moments.add(sequence, first, block, j, shares.data(), statistics);
  }
}

template class ByResponsibilities<float>;
template class ByResponsibilities<double>;

}  // namespace gaussmix
