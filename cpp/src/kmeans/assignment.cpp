// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/assignment.hpp"

#include <algorithm>
#include <vector>

#include "support/tree_reduce.hpp"

namespace gaussmix {
namespace {

// A number that partial results are summed into.
struct Sum {
  double value = 0.0;
  void merge(const Sum& other) { value += other.value; }
  void reset() { value = 0.0; }
};

// find(first, count, scratch) writes the labels of a tile's rows.
template <class T, class Find>
double assign_tiles(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
                    const std::int32_t* label, const Find& find) {
  const Index n = data.rows.rows, d = data.rows.columns, k = centres.n_centres();
  const auto partition = Partition::of(n, d, k, sizeof(float));
  const int workers =
      execution.workers(partition.leaves(), static_cast<double>(n) * static_cast<double>(d * k));
  std::vector<AlignedArray<float>> scratch(static_cast<std::size_t>(workers));
  const auto distance = [&](Index i) {
    return data.weight(i) * centres.squared_distance(data.rows.row(i), label[i]);
  };
  const auto leaf = [&](Index index, int worker, Sum& inertia) {
    partition.for_each_block(index, [&](Index first, Index count) {
      for (Index i = first; i < first + count; i += kTileRows) {
        find(i, std::min(kTileRows, first + count - i), scratch[size_t(worker)]);
      }
      for (Index i = first; i < first + count; ++i) inertia.value += distance(i);
      return !execution.stopping(worker);
    });
  };
  return tree_reduce<Sum>(execution, partition.leaves(), workers, [] { return Sum(); }, leaf).value;
}

}  // namespace

template <class T>
double assign(Execution& execution, const PreparedRows<T>& rows, const NearestCentre& centres,
              std::int32_t* label) {
  return assign_tiles(execution, rows.data(), centres, label,
                      [&](Index first, Index count, AlignedArray<float>& /*scratch*/) {
                        centres.find(rows.tile(first / kTileRows),
                                     rows.data().rows.part(first, count), label + first);
                      });
}

template <class T>
double assign(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
              std::int32_t* label) {
  return assign_tiles(execution, data, centres, label,
                      [&](Index first, Index count, AlignedArray<float>& scratch) {
                        centres.find(data.rows.part(first, count), scratch, label + first);
                      });
}

template double assign<float>(Execution&, const PreparedRows<float>&, const NearestCentre&,
                              std::int32_t*);
template double assign<double>(Execution&, const PreparedRows<double>&, const NearestCentre&,
                               std::int32_t*);
template double assign<float>(Execution&, const Dataset<float>&, const NearestCentre&,
                              std::int32_t*);
template double assign<double>(Execution&, const Dataset<double>&, const NearestCentre&,
                               std::int32_t*);

}  // namespace gaussmix
