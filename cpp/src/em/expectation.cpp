// SPDX-License-Identifier: BSD-3-Clause
#include "em/expectation.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace gaussmix {
namespace {

template <class T>
using Numbers = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

// Adds the rows' weights and log-likelihood to the statistics. Returns the weights that the
// responsibilities are multiplied by, zeros for the repeated rows at the block's end; nullptr where
// all are ones.
template <class T>
const double* add_rows(const Dataset<T>& data, const RowSequence<T>& sequence, Index first,
                       const Block<T>& block, AlignedArray<T>& log_density,
                       AlignedArray<double>& weights, Statistics& statistics) {
  if (!data.weighted()) {
    const Numbers<T> log_densities(log_density.data(), block.rows);
    statistics.add_rows(static_cast<double>(block.rows),
                        log_densities.template cast<double>().sum());
    if (block.rows == block.length) return nullptr;
    weights.assign(block.length, 0.0);
    std::fill_n(weights.data(), block.rows, 1.0);
    return weights.data();
  }
  double weight_of_all = 0.0, log_likelihood = 0.0;
  weights.assign(block.length, 0.0);
  for (Index i = 0; i < block.rows; ++i) {
    const double weight = data.weight(sequence.number(first + i));
    if (weight == 0.0) continue;  // even of a row whose log-density is minus infinity
    weights[i] = weight;
    weight_of_all += weight;
    log_likelihood += weight * static_cast<double>(log_density[i]);
  }
  statistics.add_rows(weight_of_all, log_likelihood);
  return weights.data();
}

// A column of responsibilities in double, times the weights where there are some: in place, or for
// float at an offset in `buffer`.
template <class T>
const double* weighted_column(T* column, Index length, const double* weights,
                              AlignedArray<double>& buffer, Index offset) {
  double* out;
  if constexpr (sizeof(T) == sizeof(double)) {
    out = column;
  } else {
    out = buffer.data() + offset;
    Numbers<double>(out, length) = Numbers<T>(column, length).template cast<double>();
  }
  if (weights != nullptr) {
    Numbers<double>(out, length) *= Eigen::Map<const Eigen::ArrayXd>(weights, length);
  }
  return out;
}

// The size of parts of a count that are at most `most`, and as equal as they can be.
Index in_equal_parts(Index count, Index most) {
  const Index parts = std::max<Index>(1, (count + most - 1) / most);
  return (count + parts - 1) / parts;
}

}  // namespace

template <class T>
void ByResponsibilities<T>::add(const Dataset<T>& data, Index first, const Block<T>& block,
                                const ComponentPlaces* places, ExpectationWorkspace<T>& workspace,
                                Statistics& statistics, const KeepGoing& keep_going) const {
  auto& responsibilities = workspace.responsibilities;
  responsibilities.numbers.resize(n_columns_ * block.stride);
  responsibilities.log_density.resize(block.length);
  responsibilities.components.clear();
  fill(first, block, responsibilities, keep_going);
  if (!keep_going()) return;
  const RowSequence<T> sequence{data.rows, this->order()};
  const double* const weights = add_rows(data, sequence, first, block, responsibilities.log_density,
                                         workspace.row_weights, statistics);
  const auto& components = responsibilities.components;
  const auto count = static_cast<Index>(components.size());
  const Index most =
      places == nullptr ? 1 : CommonMoments<T>::most(block.features, statistics.form());
  const Index at_once = in_equal_parts(count, most);
  auto& buffer = workspace.buffer;
  if (sizeof(T) != sizeof(double) && buffer.size() < at_once * block.stride) {
    buffer.resize(at_once * block.stride);
  }
  auto& [near_point, others] = workspace.parts;
  for (Index i = 0; i < count; i += at_once) {
    if (!keep_going()) return;
    near_point.clear();
    others.clear();
    for (Index slot = 0; slot < std::min(at_once, count - i); ++slot) {
      const Index j = components[size_t(i + slot)];
      const double* const column = weighted_column(responsibilities.column(block, j), block.length,
                                                   weights, buffer, slot * block.stride);
      const bool near = places != nullptr && places->near_point[size_t(j)] != 0;
      (near ? near_point : others).push_back({j, column});
    }
    auto& moments = workspace.moments;
    if (places == nullptr || !moments.add_about(places->point, block, near_point, statistics)) {
      for (const auto& component : near_point) {
        moments.add(sequence, first, block, component, statistics);
      }
    }
    for (const auto& component : others) {
      moments.add(sequence, first, block, component, statistics);
    }
  }
}

template class ByResponsibilities<float>;
template class ByResponsibilities<double>;

}  // namespace gaussmix
