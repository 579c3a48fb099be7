// SPDX-License-Identifier: BSD-3-Clause
#include "starts/clusterings.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "covariance/linalg/factor.hpp"
#include "covariance/repair.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "kmeans/lloyd.hpp"
#include "starts/merge_clusters.hpp"
#include "starts/projection.hpp"

namespace gaussmix {
namespace {

using Labels = std::vector<std::int32_t>;

constexpr Index kAskEvery = 1024;  // rows

// Clusters by the order of their first rows, so that equal clusterings have equal labels.
void renumber(Labels& labels) {
  std::vector<std::int32_t> numbers(size_t(*std::max_element(labels.begin(), labels.end())) + 1,
                                    -1);
  std::int32_t next = 0;
  for (std::int32_t& label : labels) {
    std::int32_t& number = numbers[size_t(label)];
    if (number < 0) number = next++;
    label = number;
  }
}

// A metric in which rows are clustered: x becomes U^T (x - mean).
struct Whitening {
  std::vector<double> mean;    // d
  std::vector<double> factor;  // U, d x d, upper triangular
};

// By the mean covariance of the clusters about their means.
Whitening whitening_within(const Statistics& clusters) {
  const auto d = size_t(clusters.n_features());
  const bool diagonal = clusters.form() == ScatterForm::diagonal;
  std::vector<double> covariance(d * d, 0.0), variances(d, 0.0);
  for (Index j = 0; j < clusters.n_components(); ++j) {
    const double* const scatter = clusters.scatter(j);
    for (std::size_t r = 0; r < d; ++r) {
      for (std::size_t c = diagonal ? r : 0; c <= r; ++c) {
        const double value = scatter[diagonal ? r : r * d + c] / clusters.row_weight();
        covariance[r * d + c] += value;
        if (c < r) covariance[c * d + r] += value;
      }
    }
  }
  for (std::size_t r = 0; r < d; ++r) variances[r] = covariance[r * d + r];
  Whitening whitening{clusters.pooled().mean(0), std::vector<double>(d * d)};
  constexpr auto kKind = CovarianceLayout::Kind::matrix;
  const auto features = static_cast<Index>(d);
  if (!factor_covariance(kKind, features, covariance.data(), whitening.factor.data())) {
    raise_covariance(kKind, variances, covariance.data());
    if (!factor_covariance(kKind, features, covariance.data(), whitening.factor.data())) {
      whitening.factor.clear();
    }
  }
  return whitening;
}

// \throws Interrupted
template <class T>
std::vector<double> whitened(Execution& execution, const TableView<T>& rows,
                             const Whitening& whitening) {
  const auto d = size_t(rows.columns);
  std::vector<double> values(size_t(rows.rows) * d, 0.0);
  for (Index i = 0; i < rows.rows; ++i) {
    if (i % kAskEvery == 0 && execution.stopping(0)) execution.throw_if_stopped();
    double* const row = values.data() + i * rows.columns;
    for (std::size_t r = 0; r < d; ++r) {
      const double difference = static_cast<double>(rows.row(i)[r]) - whitening.mean[r];
      for (std::size_t c = r; c < d; ++c) row[c] += difference * whitening.factor[r * d + c];
    }
  }
  return values;
}

// The rows along a direction.
std::vector<double> projected(const std::vector<double>& rows,
                              const std::vector<double>& direction) {
  std::vector<double> values;
  for (auto row = rows.begin(); row != rows.end();
       row += static_cast<std::ptrdiff_t>(direction.size())) {
    values.push_back(std::inner_product(direction.begin(), direction.end(), row, 0.0));
  }
  return values;
}

template <class T>
class Clusterer {
 public:
  Clusterer(Execution& execution, const Dataset<T>& data, Index k, std::uint64_t seed,
            const OfLabels& statistics_of)
      : execution_(execution),
        data_(data),
        k_(k),
        seed_(seed),
        statistics_of_(statistics_of),
        all_(statistics_of(1, Labels(size_t(data.rows.rows), 0))) {}

  std::vector<Clusters> run() {
    constexpr Index kMostWhitened = 100;
    if (k_ == 1) return {{"all rows", Labels(size_t(data_.rows.rows), 0), all_}};
    const PreparedRows<T> plain(execution_, data_, ScalingKind::common),
        scaled(execution_, data_, ScalingKind::unit_variance);
    add("k-means", kmeans(plain, k_, few_or_many(3, 12)));
    add("k-means of scaled features", kmeans(scaled, k_, few_or_many(1, 6)));
    if (data_.rows.columns > kMostWhitened) return std::move(found_);
    const std::vector<double> white = whitened_by(all_);
    const int n_starts = few_or_many(1, 4);
    if (!white.empty()) add("k-means of whitened features", kmeans_of(white, k_, n_starts));
    for (std::size_t i = 0, n = found_.size(); i < n; ++i) {
      const std::vector<double> within = whitened_by(found_[i].statistics);
      if (within.empty()) continue;
      add("k-means of features whitened within clusters", kmeans_of(within, k_, n_starts));
    }
    if (!white.empty()) add_projections(white);
    add_hierarchies(scaled, white);
    return std::move(found_);
  }

 private:
  void add(std::string origin, Labels labels) {
    renumber(labels);
    const bool known = std::any_of(found_.begin(), found_.end(),
                                   [&](const auto& other) { return other.labels == labels; });
    if (known) return;
    Statistics statistics = statistics_of_(k_, labels);
    found_.push_back({std::move(origin), std::move(labels), std::move(statistics)});
  }

  // The number of starts of a k-means: of few rows many, which then take no time to speak of.
  int few_or_many(int few, int many) const {
    constexpr Index kRowsOfAllStarts = 4000;
    return static_cast<int>(std::clamp<Index>(kRowsOfAllStarts / data_.rows.rows, few, many));
  }

  Labels kmeans(const PreparedRows<T>& rows, Index k, int n_starts) {
    const auto number = n_kmeans_++;
    const auto first_centres = [&](int trial) {
      const RandomStream random(seed_, number, Purpose::clusterings,
                                static_cast<std::uint32_t>(trial));
      return values_of(rows.data().rows, kmeans_plus_plus(execution_, rows, k, random));
    };
    return best_clustering<T>(execution_, rows, n_starts, first_centres, {}).labels;
  }

  // Nothing where the covariance cannot be factorised.
  std::vector<double> whitened_by(const Statistics& within) const {
    const Whitening whitening = whitening_within(within);
    if (whitening.factor.empty()) return {};
    return whitened(execution_, data_.rows, whitening);
  }

  Labels kmeans_of(const std::vector<double>& values, Index k, int n_starts = 1) {
    const std::vector<T> numbers(values.begin(), values.end());
    const Index n = data_.rows.rows, d = static_cast<Index>(numbers.size()) / n;
    const Dataset<T> data = data_.with_rows({numbers.data(), n, d});
    return kmeans({execution_, data, ScalingKind::common}, k, n_starts);
  }

  void add_projections(const std::vector<double>& rows) {
    if (all_.form() == ScatterForm::diagonal) return;
    std::vector<double> weights;
    for (Index i = 0; i < data_.rows.rows; ++i) weights.push_back(data_.weight(i));
    for (const auto& direction : least_gaussian_directions(execution_, rows, weights)) {
      add("k-means along a direction", kmeans_of(projected(rows, direction), k_));
    }
  }

  void add_hierarchies(const PreparedRows<T>& scaled, const std::vector<double>& white) {
    constexpr Index kMostFeatures = 32, kMostClusters = 64, kLeastSmall = 20;
    if (all_.form() == ScatterForm::diagonal || data_.rows.columns > kMostFeatures) return;
    const Index n_small = std::max(kLeastSmall, 2 * k_);
    if (k_ > kMostClusters || n_small >= data_.rows.rows) return;
    const auto merge = [&](const Labels& small, double share) {
      add("merged clusters",
          merge_clusters(statistics_of_(n_small, small), small, k_, all_, share));
    };
    if (!white.empty()) merge(kmeans_of(white, n_small), 1.0);
    merge(kmeans(scaled, n_small, 1), 0.3);
  }

  Execution& execution_;
  const Dataset<T>& data_;
  Index k_;
  std::uint64_t seed_;
  const OfLabels& statistics_of_;
  Statistics all_;  // of all rows as one cluster
  std::uint32_t n_kmeans_ = 0;
  std::vector<Clusters> found_;
};

}  // namespace

template <class T>
std::vector<Clusters> clusterings(Execution& execution, const Dataset<T>& data, Index k,
                                  std::uint64_t seed, const OfLabels& statistics_of) {
  return Clusterer<T>(execution, data, k, seed, statistics_of).run();
}

template std::vector<Clusters> clusterings<float>(Execution&, const Dataset<float>&, Index,
                                                  std::uint64_t, const OfLabels&);
template std::vector<Clusters> clusterings<double>(Execution&, const Dataset<double>&, Index,
                                                   std::uint64_t, const OfLabels&);

}  // namespace gaussmix
