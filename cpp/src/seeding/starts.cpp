// SPDX-License-Identifier: BSD-3-Clause
#include "seeding/starts.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "expectation.hpp"
#include "random.hpp"
#include "seeding/best_clustering.hpp"
#include "seeding/kmeans_plus_plus.hpp"
#include "seeding/nearest_centre.hpp"
#include "seeding/random_rows.hpp"

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

// Every row belongs to the component whose centre is nearest.
template <class T>
class NearestCentres final : public ResponsibilitySource<T> {
 public:
  NearestCentres(const Dataset<T>& data, NearestCentre centres)
      : data_(data), centres_(std::move(centres)) {}

  void fill(Index first, const Block<T>& block, Shares<T>& shares,
            const KeepGoing& /*keep_going*/) const override {
    clear(block, centres_.n_centres(), shares);
    AlignedArray<float> scratch;
    std::vector<std::int32_t> labels(size_t(block.rows));
    centres_.find(data_.rows.data + first * block.features, block.rows, scratch, labels.data());
    for (Index i = 0; i < block.rows; ++i) {
      shares.column(block, labels[size_t(i)])[i] = T(1);
    }
  }

 private:
  const Dataset<T>& data_;
  NearestCentre centres_;
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

}  // namespace

std::uint32_t n_candidates(InitParams init_params, std::uint32_t start) {
  return init_params == InitParams::kmeans && start > 0 ? kCandidates : 1;
}

template <class T>
std::unique_ptr<const ResponsibilitySource<T>> Starts<T>::first_responsibilities(
    std::uint32_t start, std::uint32_t candidate) {
  const auto stream = [&](Purpose purpose, std::uint32_t substream) {
    return RandomStream(seed_, start, purpose, substream);
  };
  switch (init_params_) {
    case InitParams::kmeans: {
      LloydOptions options;
      options.max_iter = start == 0 ? options.max_iter : 0;
      const auto first_centres = [&](int trial) {
        const auto substream = candidate + static_cast<std::uint32_t>(trial);
        return values_of(data_, kmeans_plus_plus(execution_, prepared(), k_,
                                                 stream(Purpose::centres, substream)));
      };
      const auto best = best_clustering<T>(execution_, prepared(), start == 0 ? kKMeansStarts : 1,
                                           first_centres, options);
      return std::make_unique<NearestCentres<T>>(data_,
                                                 NearestCentre(prepared().frame(), best.centres));
    }
    case InitParams::kmeans_plus_plus:
      return std::make_unique<SingleRows<T>>(
          kmeans_plus_plus(execution_, prepared(), k_, stream(Purpose::centres, candidate)));
    case InitParams::random:
      return std::make_unique<RandomShares<T>>(stream(Purpose::responsibilities, candidate), k_);
    case InitParams::random_from_data:
      return std::make_unique<SingleRows<T>>(
          random_rows(execution_, data_, k_, stream(Purpose::rows, candidate)));
  }
  return nullptr;
}

template <class T>
const PreparedRows<T>& Starts<T>::prepared() {
  if (!prepared_) prepared_.emplace(execution_, data_, Scaling::common);
  return *prepared_;
}

template class Starts<float>;
template class Starts<double>;

}  // namespace gaussmix
