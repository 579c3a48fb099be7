// SPDX-License-Identifier: BSD-3-Clause
#include "starts/seeds.hpp"

#include <utility>
#include <vector>

#include "kmeans/best_clustering.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "rows/sample.hpp"
#include "starts/first_responsibilities.hpp"
#include "support/random.hpp"

namespace gaussmix {

template <class T>
Seeds<T>::Seeds(Execution& execution, const Dataset<T>& data, const FitOptions& options)
    : execution_(execution), data_(data), options_(options), k_(options.n_components) {}

template <class T>
Seed<T> Seeds<T>::seed(int start) {
  const auto stream = [&](Purpose purpose) {
    return RandomStream(options_.seed, static_cast<std::uint32_t>(start), purpose);
  };
  if (options_.first_responsibilities) {
    return {"the user's function", std::make_unique<UserResponsibilities<T>>(
                                       options_.first_responsibilities(start), data_, k_)};
  }
  switch (options_.init_params) {
    case InitParams::kmeans:
      return clusters(start);
    case InitParams::kmeans_plus_plus:
      return {"rows that k-means++ picked",
              std::make_unique<SingleRows<T>>(data_.rows, kmeans_plus_plus_rows(start))};
    case InitParams::random:
      return {"random responsibilities", std::make_unique<RandomResponsibilities<T>>(
                                             data_, stream(Purpose::responsibilities), k_)};
    case InitParams::random_from_data:
      return {"random rows",
              std::make_unique<SingleRows<T>>(
                  data_.rows, random_rows(execution_, data_, k_, stream(Purpose::rows)))};
  }
  return {};
}

template <class T>
Seed<T> Seeds<T>::clusters(int start) {
  constexpr int kFirstTrials = 3;
  const int max_iter = LloydOptions().max_iter;
  if (start == 0) {
    return {"k-means", cluster(start, kFirstTrials, max_iter, ScalingKind::common)};
  }
  switch (start % 3) {
    case 1:
      return {"a partition of scaled features", cluster(start, 1, 0, ScalingKind::unit_variance)};
    case 2:
      return {"k-means of scaled features",
              cluster(start, 1, max_iter, ScalingKind::unit_variance)};
    default:
      return {"k-means", cluster(start, 1, max_iter, ScalingKind::common)};
  }
}

template <class T>
std::unique_ptr<const Expectation<T>> Seeds<T>::cluster(int start, int n_trials, int max_iter,
                                                        ScalingKind kind) {
  const PreparedRows<T>& rows = prepared(kind);
  const auto first_centres = [&](int trial) {
    const RandomStream random(options_.seed, static_cast<std::uint32_t>(start), Purpose::centres,
                              static_cast<std::uint32_t>(trial));
    return values_of(rows.data(), kmeans_plus_plus(execution_, rows, k_, random));
  };
  LloydOptions lloyd;
  lloyd.max_iter = max_iter;
  const Clustering best = best_clustering<T>(execution_, rows, n_trials, first_centres, lloyd);
  return std::make_unique<NearestCentres<T>>(data_, rows.scaling(), best.centres);
}

template <class T>
std::vector<Index> Seeds<T>::kmeans_plus_plus_rows(int start) {
  const RandomStream random(options_.seed, static_cast<std::uint32_t>(start), Purpose::centres);
  std::vector<Index> rows = kmeans_plus_plus(execution_, prepared(ScalingKind::common), k_, random);
  for (Index& row : rows) row = sample().number(row);
  return rows;
}

template <class T>
const Sample<T>& Seeds<T>::sample() {
  if (!sample_) {
    const RandomStream random(options_.seed, 0, Purpose::sample);
    sample_ = std::make_unique<const Sample<T>>(data_, rows_for_clusters(k_), random);
  }
  return *sample_;
}

template <class T>
const PreparedRows<T>& Seeds<T>::prepared(ScalingKind kind) {
  auto& rows = kind == ScalingKind::common ? common_ : unit_variance_;
  if (!rows) rows.emplace(execution_, sample().data(), kind);
  return *rows;
}

template class Seeds<float>;
template class Seeds<double>;

}  // namespace gaussmix
