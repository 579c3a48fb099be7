// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/best_clustering.hpp"

#include <utility>

#include "kmeans/assignment.hpp"

namespace gaussmix {

template <class T>
Clustering best_clustering(Execution& execution, const PreparedRows<T>& rows, int n_starts,
                           const std::function<std::vector<double>(int start)>& first_centres,
                           const LloydOptions& options) {
  // Equal clusterings, their clusters in another order, tie but for rounding, in which instruction
  // sets differ: the first of them is kept.
  constexpr double kTie = 1e-9;
  Clustering best;
  for (int start = 0; start < n_starts; ++start) {
    LloydResult result = lloyd(execution, rows, first_centres(start), options);
    Clustering found;
    found.labels.resize(size_t(rows.rows()));
    found.inertia =
        assign(execution, rows, NearestCentre(rows.scaling(), result.centres), found.labels.data());
    found.centres = std::move(result.centres);
    found.n_iter = result.n_iter;
    if (start == 0 || found.inertia < (1.0 - kTie) * best.inertia) best = std::move(found);
  }
  return best;
}

template <class T>
std::vector<double> values_of(const Dataset<T>& data, const std::vector<Index>& rows) {
  const Index d = data.rows.columns;
  std::vector<double> values;
  for (const Index row : rows) {
    const T* const x = data.rows.row(row);
    values.insert(values.end(), x, x + d);
  }
  return values;
}

template Clustering best_clustering<float>(Execution&, const PreparedRows<float>&, int,
                                           const std::function<std::vector<double>(int)>&,
                                           const LloydOptions&);
template Clustering best_clustering<double>(Execution&, const PreparedRows<double>&, int,
                                            const std::function<std::vector<double>(int)>&,
                                            const LloydOptions&);
template std::vector<double> values_of<float>(const Dataset<float>&, const std::vector<Index>&);
template std::vector<double> values_of<double>(const Dataset<double>&, const std::vector<Index>&);

}  // namespace gaussmix
