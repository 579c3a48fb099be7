// SPDX-License-Identifier: BSD-3-Clause
#include "em/within_scatter.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "covariance/linalg/symmetric.hpp"
#include "statistics/moments/block_moments.hpp"
#include "statistics/moments/centring.hpp"
#include "statistics/moments/double_block.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {
namespace {

// Adds blocks of rows, in double, to statistics of a single component.
class TotalWorker {
 public:
  explicit TotalWorker(Index d)
      : moments_(make_block_moments<double>(d, true, 0.0)), centring_(d) {}

  template <class T>
  void add(const Dataset<T>& data, Index first, Index rows, Statistics& statistics) {
    rows_.set(RowSequence<T>{data.rows}, first, rows);
    const auto& block = rows_.block();
    shares_.assign(block.length, 0.0);
    for (Index i = 0; i < rows; ++i) shares_[i] = data.weight(first + i);
    const double weight = moments_->take(rows_.sequence(), 0, block, shares_.data());
    if (weight == 0.0) return;
    const Index row = std::max_element(shares_.data(), shares_.data() + rows) - shares_.data();
    std::copy_n(rows_.sequence().row(row), data.rows.columns, centring_.place());
    centring_.find(*moments_, weight);
    moments_->add_products(statistics.scatter(0));
    statistics.add_centred_rows(0, weight, centring_.place(), centring_.first());
  }

 private:
  std::unique_ptr<BlockMoments<double>> moments_;
  Centring centring_;
  DoubleBlock rows_;
  AlignedArray<double> shares_;
};

template <class T>
Statistics total_of(Execution& execution, const Dataset<T>& data) {
  const Index n = data.rows.rows, d = data.rows.columns;
  const auto partition = Partition::of(n, d, 1, sizeof(double));
  const auto operations = static_cast<double>(n * d) * static_cast<double>(d);
  const int workers = execution.workers(partition.leaves(), operations);
  std::vector<TotalWorker> own;
  for (int worker = 0; worker < workers; ++worker) own.emplace_back(d);
  return tree_reduce<Statistics>(
      execution, partition.leaves(), workers, [&] { return Statistics(ScatterForm::full, 1, d); },
      [&](Index leaf, int worker, Statistics& statistics) {
        partition.for_each_block(leaf, [&](Index first, Index rows) {
          own[size_t(worker)].add(data, first, rows, statistics);
          return !execution.stopping(worker);
        });
      });
}

}  // namespace

template <class T>
WithinScatter::WithinScatter(Execution& execution, const Dataset<T>& data)
    : total_(total_of(execution, data)),
      epsilon_(static_cast<double>(std::numeric_limits<T>::epsilon())),
      largest_error_(sizeof(T) == sizeof(float) ? 1e-3 : 1e-11) {}

template WithinScatter::WithinScatter(Execution&, const Dataset<float>&);
template WithinScatter::WithinScatter(Execution&, const Dataset<double>&);

bool WithinScatter::pool(const Statistics& means, Statistics& pooled) const {
  const Index d = means.n_features();
  const double* const all = total_.mean(0);
  double* const scatter = pooled.scatter(0);
  std::copy_n(total_.scatter(0), d * d, scatter);
  std::vector<double> delta(static_cast<std::size_t>(d));
  for (Index j = 0; j < means.n_components(); ++j) {
    const double weight = means.weight(j);
    pooled.merge_component(j, weight, means.mean(j), nullptr);
    for (Index c = 0; c < d; ++c) delta[size_t(c)] = means.mean(j)[c] - all[c];
    for (Index r = 0; r < d && weight > 0.0; ++r) {
      const double times = weight * delta[size_t(r)];
      for (Index c = 0; c <= r; ++c) scatter[r * d + c] -= times * delta[size_t(c)];
    }
  }
  pooled.add_log_likelihood(means.log_likelihood());
  return accurate(pooled);
}

// With S the within scatter and r the largest ratio of T's and S's diagonals, an entry of S, each
// feature divided by its deviation, is off by some r eps: from the subtraction, and because the
// weights n_j are sums of shares that were rounded to the type of the rows. An eigenvalue may then
// be off by the same, relative to itself, times the trace of the inverse of S so scaled.
bool WithinScatter::accurate(const Statistics& pooled) const {
  const Index d = pooled.n_features();
  std::vector<double> matrix(pooled.scatter(0), pooled.scatter(0) + d * d), factor(matrix);
  const double* const within = matrix.data();
  mirror(d, matrix.data());
  if (!factor_covariance(CovarianceLayout::Kind::matrix, d, within, factor.data())) return false;
  double ratio = 1.0;
  for (Index r = 0; r < d; ++r) {
    ratio = std::max(ratio, total_.scatter(0)[r * d + r] / within[r * d + r]);
  }
  return ratio * epsilon_ * inverse_correlation_trace(d, within, factor.data()) < largest_error_;
}

}  // namespace gaussmix
