// SPDX-License-Identifier: BSD-3-Clause
#include "seeding/starts.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "expectation.hpp"
#include "random.hpp"
#include "seeding/kmeans.hpp"
#include "seeding/kmeans_plus_plus.hpp"

namespace gaussmix {
namespace {

// k-means from this many random starts, of which the best is kept, seeds the first start of EM.
constexpr int kKMeansStarts = 3;
// So many partitions are tried for each further start. Measured on six data sets, k = 2 to 8, with
// 20 starts: more hardly find better optima, and one alone misses many.
constexpr std::uint32_t kCandidates = 8;

// All components, with no row in any.
template <class T>
void clear(const Block<T>& block, Index k, Shares<T>& shares) {
  shares.components = all_components(k);
  shares.responsibilities.head(k * block.stride) = T(0);
  shares.log_density.head(block.length) = T(0);
}

// Every row belongs to the component that its label names.
template <class T>
class Labels final : public ResponsibilitySource<T> {
 public:
  Labels(std::vector<std::int32_t> labels, Index k) : labels_(std::move(labels)), k_(k) {}

  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    clear(block, k_, shares);
    for (Index i = 0; i < block.rows; ++i) {
      shares.column(block, labels_[size_t(first + i)])[i] = T(1);
    }
  }

 private:
  std::vector<std::int32_t> labels_;
  Index k_;
};

// Component j consists of row rows[j]; all other rows belong to none.
template <class T>
class SingleRows final : public ResponsibilitySource<T> {
 public:
  explicit SingleRows(std::vector<Index> rows) : rows_(std::move(rows)) {}

  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    const auto k = static_cast<Index>(rows_.size());
    clear(block, k, shares);
    for (Index j = 0; j < k; ++j) {
      const Index i = rows_[size_t(j)] - first;
      if (i >= 0 && i < block.rows) shares.column(block, j)[i] = T(1);
    }
  }

 private:
  std::vector<Index> rows_;
};

// Uniform draws, each row divided by its sum.
template <class T>
class RandomShares final : public ResponsibilitySource<T> {
 public:
  RandomShares(const RandomStream& random, Index k) : random_(random), k_(k) {}

  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    clear(block, k_, shares);
    std::vector<double> draws(static_cast<std::size_t>(k_));
    for (Index i = 0; i < block.rows; ++i) {
      double sum = 0.0;
      for (Index j = 0; j < k_; ++j) {
        const auto index = static_cast<std::uint64_t>((first + i) * k_ + j);
        sum += draws[size_t(j)] = random_.uniform(index);
      }
      for (Index j = 0; j < k_; ++j) {
        shares.column(block, j)[i] = static_cast<T>(draws[size_t(j)] / sum);
      }
    }
  }

 private:
  RandomStream random_;
  Index k_;
};

// k rows without replacement, the chance of each proportional to its weight: those with the
// smallest exponential draws of rate weight (Efraimidis, Spirakis 2006).
template <class T>
std::vector<Index> random_rows(Execution& execution, const Dataset<T>& data, Index k,
                               const RandomStream& random) {
  constexpr Index kRowsBetweenQuestions = 4096;
  using Draw = std::pair<double, Index>;
  std::vector<Draw> smallest;
  for (Index i = 0; i < data.rows.rows; ++i) {
    if (i % kRowsBetweenQuestions == 0 && execution.stopping(0)) execution.throw_if_stopped();
    const double arrival =
        -std::log(random.uniform(static_cast<std::uint64_t>(i))) / data.weight(i);
    if (static_cast<Index>(smallest.size()) == k) {
      if (arrival >= smallest.front().first) continue;
      std::pop_heap(smallest.begin(), smallest.end());
      smallest.pop_back();
    }
    smallest.emplace_back(arrival, i);
    std::push_heap(smallest.begin(), smallest.end());
  }
  std::sort(smallest.begin(), smallest.end());
  std::vector<Index> rows;
  for (const Draw& draw : smallest) rows.push_back(draw.second);
  return rows;
}

}  // namespace

std::uint32_t n_candidates(InitParams init_params, std::uint32_t start) {
  return init_params == InitParams::kmeans && start > 0 ? kCandidates : 1;
}

template <class T>
std::unique_ptr<const ResponsibilitySource<T>> first_responsibilities(Execution& execution,
                                                                      const Dataset<T>& data,
                                                                      Index k,
                                                                      InitParams init_params,
                                                                      const StartNumber& number) {
  const auto stream = [&](Purpose purpose) {
    return RandomStream(number.seed, number.start, purpose, number.candidate);
  };
  switch (init_params) {
    case InitParams::kmeans: {
      KMeansOptions options;
      options.n_clusters = k;
      options.n_starts = number.start == 0 ? kKMeansStarts : 1;
      options.max_iter = number.start == 0 ? options.max_iter : 0;
      return std::make_unique<Labels<T>>(
          kmeans(execution, data, options, number.seed, number.start, number.candidate).labels, k);
    }
    case InitParams::kmeans_plus_plus:
      return std::make_unique<SingleRows<T>>(
          kmeans_plus_plus(execution, data, k, stream(Purpose::centres)));
    case InitParams::random:
      return std::make_unique<RandomShares<T>>(stream(Purpose::responsibilities), k);
    case InitParams::random_from_data:
      return std::make_unique<SingleRows<T>>(
          random_rows(execution, data, k, stream(Purpose::rows)));
  }
  return nullptr;
}

template std::unique_ptr<const ResponsibilitySource<float>> first_responsibilities<float>(
    Execution&, const Dataset<float>&, Index, InitParams, const StartNumber&);
template std::unique_ptr<const ResponsibilitySource<double>> first_responsibilities<double>(
    Execution&, const Dataset<double>&, Index, InitParams, const StartNumber&);

}  // namespace gaussmix
