// SPDX-License-Identifier: BSD-3-Clause
#include "starts/seeds.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "densities/log_sum_exp.hpp"
#include "kmeans/best_clustering.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "kmeans/nearest_centre.hpp"
#include "rows/random_rows.hpp"
#include "support/random.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// All components, with no row in any.
template <class T>
void clear(Index k, Shares<T>& shares) {
  shares.components = all_components(k);
  shares.responsibilities.fill(T(0));
  shares.log_density.fill(T(0));
}

// Every row belongs to the component whose centre is nearest.
template <class T>
class NearestCentres final : public ResponsibilitySource<T> {
 public:
  NearestCentres(const Dataset<T>& data, NearestCentre centres)
      : data_(data), centres_(std::move(centres)) {}

  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    clear(centres_.n_centres(), shares);
    AlignedArray<float> scratch;
    std::vector<std::int32_t> labels(size_t(block.rows));
    centres_.find(data_.rows.part(first, block.rows), scratch, labels.data());
    for (Index i = 0; i < block.rows; ++i) {
      shares.column(block, labels[size_t(i)])[i] = T(1);
    }
  }

 private:
  const Dataset<T>& data_;
  NearestCentre centres_;
};

// Shares that the user's function computed.
template <class T>
class UsersShares final : public ResponsibilitySource<T> {
 public:
  UsersShares(FirstShares shares, Index n, Index k) : shares_(std::move(shares)), k_(k) {
    const auto given = static_cast<Index>(shares_.responsibilities.size());
    require(shares_.labels.empty() ? given == n * k
                                   : given == 0 && static_cast<Index>(shares_.labels.size()) == n,
            "first_shares must give a label a row, or n_components responsibilities");
    for (const std::int32_t label : shares_.labels) {
      require(label >= 0 && label < k, "first_shares must give labels in [0, n_components)");
    }
    for (const double share : shares_.responsibilities) {
      require(share >= 0.0 && share <= 1.0, "first_shares must give responsibilities in [0, 1]");
    }
  }

  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    clear(k_, shares);
    for (Index i = 0; i < block.rows; ++i) {
      if (!shares_.labels.empty()) {
        shares.column(block, shares_.labels[size_t(first + i)])[i] = T(1);
        continue;
      }
      for (Index j = 0; j < k_; ++j) {
        const double share = shares_.responsibilities[size_t((first + i) * k_ + j)];
        shares.column(block, j)[i] = static_cast<T>(share);
      }
    }
  }

 private:
  FirstShares shares_;
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
    clear(k, shares);
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
    clear(k_, shares);
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

}  // namespace

template <class T>
Starts<T>::Starts(Execution& execution, const Dataset<T>& data, const FitOptions& options)
    : execution_(execution), data_(data), options_(options), k_(options.n_components) {}

template <class T>
FirstResponsibilities<T> Starts<T>::first_responsibilities(int start) {
  const auto stream = [&](Purpose purpose) {
    return RandomStream(options_.seed, static_cast<std::uint32_t>(start), purpose);
  };
  if (options_.first_shares) {
    return {"the user's function",
            std::make_unique<UsersShares<T>>(options_.first_shares(start), data_.rows.rows, k_)};
  }
  switch (options_.init_params) {
    case InitParams::kmeans:
      return clusters(start);
    case InitParams::kmeans_plus_plus:
      return {"rows that k-means++ picked",
              std::make_unique<SingleRows<T>>(kmeans_plus_plus_rows(start))};
    case InitParams::random:
      return {"random responsibilities",
              std::make_unique<RandomShares<T>>(stream(Purpose::responsibilities), k_)};
    case InitParams::random_from_data:
      return {"random rows", std::make_unique<SingleRows<T>>(
                                 random_rows(execution_, data_, k_, stream(Purpose::rows)))};
  }
  return {};
}

template <class T>
FirstResponsibilities<T> Starts<T>::clusters(int start) {
  constexpr int kFirstTrials = 3;
  const int max_iter = LloydOptions().max_iter;
  if (start == 0) {
    return {"k-means", cluster(start, kFirstTrials, max_iter, Scaling::common)};
  }
  switch (start % 3) {
    case 1:
      return {"a partition of scaled features", cluster(start, 1, 0, Scaling::unit_variance)};
    case 2:
      return {"k-means of scaled features", cluster(start, 1, max_iter, Scaling::unit_variance)};
    default:
      return {"k-means", cluster(start, 1, max_iter, Scaling::common)};
  }
}

template <class T>
std::unique_ptr<const ResponsibilitySource<T>> Starts<T>::cluster(int start, int n_trials,
                                                                  int max_iter, Scaling scaling) {
  const PreparedRows<T>& rows = prepared(scaling);
  const auto first_centres = [&](int trial) {
    const RandomStream random(options_.seed, static_cast<std::uint32_t>(start), Purpose::centres,
                              static_cast<std::uint32_t>(trial));
    return values_of(rows.data(), kmeans_plus_plus(execution_, rows, k_, random));
  };
  LloydOptions lloyd;
  lloyd.max_iter = max_iter;
  const Clustering best = best_clustering<T>(execution_, rows, n_trials, first_centres, lloyd);
  return std::make_unique<NearestCentres<T>>(data_, NearestCentre(rows.frame(), best.centres));
}

template <class T>
std::vector<Index> Starts<T>::kmeans_plus_plus_rows(int start) {
  const RandomStream random(options_.seed, static_cast<std::uint32_t>(start), Purpose::centres);
  std::vector<Index> rows = kmeans_plus_plus(execution_, prepared(Scaling::common), k_, random);
  for (Index& row : rows) row = sample().number(row);
  return rows;
}

template <class T>
const Sample<T>& Starts<T>::sample() {
  if (!sample_) {
    const RandomStream random(options_.seed, 0, Purpose::sample);
    sample_ = std::make_unique<const Sample<T>>(data_, rows_for_clusters(k_), random);
  }
  return *sample_;
}

template <class T>
const PreparedRows<T>& Starts<T>::prepared(Scaling scaling) {
  auto& rows = scaling == Scaling::common ? common_ : unit_variance_;
  if (!rows) rows.emplace(execution_, sample().data(), scaling);
  return *rows;
}

template class Starts<float>;
template class Starts<double>;

}  // namespace gaussmix
