// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/kmeans.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "support/random.hpp"

namespace gaussmix {
namespace {

constexpr Index kFeatures = 3;

template <class T>
TableView<T> view(const std::vector<T>& x) {
  return {x.data(), static_cast<Index>(x.size()) / kFeatures, kFeatures};
}

KMeansOptions options_for(Index k) {
  KMeansOptions options;
  options.n_clusters = k;
  return options;
}

TEST(KMeans, FindsSeparatedClusters) {
  const auto x = made::clusters<double>(3000, kFeatures, 5, 20.0);
  const KMeansResult result = kmeans(view(x), options_for(5));
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    EXPECT_EQ(result.labels[i], result.labels[i % 5]);
  }
  // Of n rows about k centres of unit spread, n - k degrees of freedom for each feature.
  EXPECT_NEAR(result.inertia, (3000 - 5) * kFeatures, 5 * std::sqrt(2.0 * 3000 * kFeatures));
}

// Inertia, labels and distances belong together, and centres are the means of their rows.
TEST(KMeans, IsConsistent) {
  const auto check = [](const auto& x, double tolerance) {
    using T = typename std::decay_t<decltype(x)>::value_type;
    KMeansOptions options = options_for(7);
    options.tol = 0.0;
    const KMeansResult result = kmeans(view(x), options);
    const Index n = view(x).rows;
    std::vector<std::int32_t> labels(static_cast<std::size_t>(n));
    const double inertia = nearest_centres(view(x), nullptr, result.centres, labels.data(), 1);
    EXPECT_EQ(labels, result.labels);
    EXPECT_NEAR(inertia, result.inertia, tolerance * inertia);
    std::vector<T> distances(size_t(n * 7));
    centre_distances(view(x), result.centres, distances.data(), 1);
    double sum = 0.0;
    std::vector<double> means(7 * kFeatures), counts(7);
    for (Index i = 0; i < n; ++i) {
      const auto label = static_cast<Index>(labels[size_t(i)]);
      const double distance = static_cast<double>(distances[size_t(i * 7 + label)]);
      sum += distance * distance;
      counts[size_t(label)] += 1.0;
      for (Index c = 0; c < kFeatures; ++c) {
        means[size_t(label * kFeatures + c)] += static_cast<double>(x[size_t(i * kFeatures + c)]);
      }
    }
    EXPECT_NEAR(sum, inertia, tolerance * inertia);
    for (std::size_t at = 0; at < means.size(); ++at) {
      EXPECT_NEAR(result.centres[at], means[at] / counts[at / kFeatures], tolerance * 10);
      EXPECT_EQ(result.centres[at], static_cast<double>(static_cast<T>(result.centres[at])));
    }
  };
  check(made::normal<double>(900 * kFeatures, 1), 1e-12);
  check(made::normal<float>(900 * kFeatures, 1), 1e-6);
}

TEST(KMeans, GivesTheSameBitsForAnyNumberOfThreads) {
  const auto check = [](const auto& x) {
    KMeansOptions options = options_for(12);
    options.n_init = 2;
    const KMeansResult serial = kmeans(view(x), options);
    for (const int n_threads : {2, 3, 8}) {
      options.n_threads = n_threads;
      const KMeansResult parallel = kmeans(view(x), options);
      EXPECT_EQ(parallel.centres, serial.centres);
      EXPECT_EQ(parallel.labels, serial.labels);
      EXPECT_EQ(parallel.inertia, serial.inertia);
    }
  };
  check(made::clusters<double>(60000, kFeatures, 12, 2.0));
  check(made::clusters<float>(60000, kFeatures, 12, 2.0));
}

TEST(KMeans, WeightsAreRepetitions) {
  const auto x = made::clusters<double>(300, kFeatures, 4, 3.0);
  std::vector<double> weights, repeated;
  for (Index i = 0; i < 300; ++i) {
    const int times = static_cast<int>(i % 4) + 1;
    weights.push_back(times);
    for (int copy = 0; copy < times; ++copy) {
      repeated.insert(repeated.end(), x.begin() + i * kFeatures, x.begin() + (i + 1) * kFeatures);
    }
  }
  KMeansOptions options = options_for(4);
  options.centres.assign(x.begin(), x.begin() + 4 * kFeatures);
  options.tol = 0.0;
  const KMeansResult weighted = kmeans(view(x), options, weights.data());
  const KMeansResult expected = kmeans(view(repeated), options);
  EXPECT_NEAR(weighted.inertia, expected.inertia, 1e-10 * expected.inertia);
  for (std::size_t i = 0; i < weighted.centres.size(); ++i) {
    EXPECT_NEAR(weighted.centres[i], expected.centres[i], 1e-12);
  }
}

template <class T>
std::size_t distinct_rows(const std::vector<T>& x, Index columns) {
  std::set<std::vector<T>> rows;
  for (auto row = x.begin(); row != x.end(); row += columns) rows.emplace(row, row + columns);
  return rows.size();
}

// No cluster is empty, and more iterations have no larger inertia.
template <class T>
void expect_full_clusters(const std::vector<T>& x, Index columns, KMeansOptions options,
                          const double* weights) {
  const TableView<T> rows{x.data(), static_cast<Index>(x.size()) / columns, columns};
  double last = std::numeric_limits<double>::infinity();
  for (const int max_iter : {1, 2, 3, 5, 300}) {
    options.max_iter = max_iter;
    const KMeansResult result = kmeans(rows, options, weights);
    const std::set<std::int32_t> used(result.labels.begin(), result.labels.end());
    EXPECT_EQ(used.size(), std::min(size_t(options.n_clusters), distinct_rows(x, columns)));
    EXPECT_LE(result.inertia, last * (1.0 + 1e-6) + 1e-9);
    last = result.inertia;
  }
}

// Small whole numbers make ties and equal rows; every third time, all given centres coincide.
template <class T>
void fit_small_tables(double scale) {
  const RandomStream random(1, 0, Purpose::rows);
  std::uint64_t draws = 0;
  const auto draw = [&](int low, int high) {
    return low + static_cast<int>(random.uniform(draws++) * (high - low + 1));
  };
  for (int trial = 0; trial < 400; ++trial) {
    SCOPED_TRACE(trial);
    const int n = draw(1, 9), columns = draw(1, 2), k = draw(1, n);
    std::vector<T> x;
    std::vector<double> weights;
    for (int i = 0; i < n * columns; ++i) x.push_back(static_cast<T>(scale * draw(-5, 5)));
    for (int i = 0; i < n; ++i) weights.push_back(draw(1, 3));
    KMeansOptions options = options_for(k);
    options.tol = trial % 2 == 0 ? 0.0 : 1e-4;
    options.init = KMeansInit::random;
    if (trial % 3 != 0) {
      for (int i = 0; i < k * columns; ++i) {
        const bool coincide = trial % 3 == 1 && i >= columns;
        options.centres.push_back(coincide
                                      ? options.centres[size_t(i - columns)]
                                      : static_cast<double>(static_cast<T>(scale * draw(-6, 6))));
      }
    }
    expect_full_clusters(x, columns, options, trial % 4 < 2 ? nullptr : weights.data());
  }
}

TEST(KMeans, NoClusterIsEmptyIfThereAreEnoughDistinctRows) {
  fit_small_tables<double>(1.0);
  fit_small_tables<double>(0.1);
  fit_small_tables<float>(0.1);
}

TEST(KMeans, AnEmptyClusterIsFilledThoughNoLabelChanges) {
  const std::vector<double> x{-5.0, -3.0, 2.0};
  KMeansOptions options = options_for(3);
  options.centres = {-2.0, 6.0, -3.0};
  const KMeansResult result = kmeans(TableView<double>{x.data(), 3, 1}, options);
  EXPECT_EQ(result.inertia, 0.0);
}

// Results are those of the data times a power of two, if squares over- or underflow or do not.
TEST(KMeans, SquaresMayOverAndUnderflow) {
  const auto check = [](auto zero, int exponent) {
    SCOPED_TRACE(exponent);
    using T = decltype(zero);
    const auto x = made::clusters<T>(200, kFeatures, 4, 3.0);
    auto scaled = x;
    for (T& value : scaled) value = std::ldexp(value, exponent);
    const std::vector<double> weights(200, std::ldexp(1.0, std::clamp(-2 * exponent, -1000, 1000)));
    const KMeansResult expected = kmeans(view(x), options_for(4));
    const KMeansResult result = kmeans(view(scaled), options_for(4), weights.data());
    EXPECT_EQ(result.labels, expected.labels);
    std::vector<std::int32_t> labels(200);
    const double inertia =
        nearest_centres(view(scaled), weights.data(), result.centres, labels.data(), 1);
    EXPECT_EQ(labels, expected.labels);
    if (std::abs(exponent) <= 500) {
      EXPECT_EQ(result.inertia, expected.inertia);
      EXPECT_EQ(inertia, expected.inertia);
    }
    std::vector<T> distances(200 * 4), expected_distances(200 * 4);
    centre_distances(view(scaled), result.centres, distances.data(), 1);
    centre_distances(view(x), expected.centres, expected_distances.data(), 1);
    for (std::size_t i = 0; i < distances.size(); ++i) {
      EXPECT_NEAR(std::ldexp(distances[i], -exponent), expected_distances[i],
                  4 * std::numeric_limits<T>::epsilon() * expected_distances[i]);
    }
  };
  for (const int exponent : {-900, -560, -500, -400, 400, 500, 512, 560, 1010}) {
    check(0.0, exponent);
  }
  for (const int exponent : {-80, 64, 100}) check(0.0F, exponent);
}

// Nearest is nearest also for rows that are much farther away than the centres from each other.
TEST(KMeans, RowsFarFromAllCentresFindTheNearest) {
  const std::vector<double> centres{0.0, 1e190, -1.7e308}, x{1e200, -1e300, -1.6e308, 1.7e308, 1.0};
  std::vector<std::int32_t> labels(x.size());
  const TableView<double> rows{x.data(), static_cast<Index>(x.size()), 1};
  nearest_centres(rows, nullptr, centres, labels.data(), 1);
  EXPECT_EQ(labels, (std::vector<std::int32_t>{1, 0, 2, 0, 0}));
}

TEST(KMeans, CanBeInterrupted) {
  const auto x = made::normal<double>(3000 * kFeatures, 1);
  KMeansOptions options = options_for(4);
  options.n_init = std::numeric_limits<int>::max();
  int asked = 0;
  options.interrupted = [&] { return ++asked == 2; };
  EXPECT_THROW(kmeans(view(x), options), Interrupted);
}

TEST(KMeans, ATableWithoutRowsHasNoInertia) {
  const std::vector<double> centres(2 * kFeatures, 1.0);
  const TableView<double> none{nullptr, 0, kFeatures};
  EXPECT_EQ(nearest_centres(none, nullptr, centres, nullptr, 2), 0.0);
  centre_distances(none, centres, static_cast<double*>(nullptr), 2);
}

TEST(KMeans, OptionsOutOfRangeAreInvalidArguments) {
  const auto x = made::normal<double>(30 * kFeatures, 1);
  const auto expect_invalid = [&](const std::string& what, auto change) {
    SCOPED_TRACE(what);
    KMeansOptions options = options_for(3);
    change(options);
    try {
      kmeans(view(x), options);
      ADD_FAILURE();
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  expect_invalid("n_clusters", [](KMeansOptions& o) { o.n_clusters = 0; });
  expect_invalid("n_clusters", [](KMeansOptions& o) { o.n_clusters = 31; });
  expect_invalid("centres", [](KMeansOptions& o) { o.centres = {1.0}; });
  expect_invalid("n_init", [](KMeansOptions& o) { o.n_init = 0; });
  expect_invalid("max_iter", [](KMeansOptions& o) { o.max_iter = 0; });
  expect_invalid("tol", [](KMeansOptions& o) { o.tol = std::nan(""); });
  expect_invalid("n_threads", [](KMeansOptions& o) { o.n_threads = 0; });
  const std::vector<double> weights(30, -1.0);
  EXPECT_THROW(kmeans(view(x), options_for(3), weights.data()), std::invalid_argument);
  EXPECT_THROW(kmeans(TableView<double>{x.data(), 10, 3, 2}, options_for(3)),
               std::invalid_argument);
  std::vector<std::int32_t> labels(30);
  EXPECT_THROW(nearest_centres(view(x), nullptr, {1.0, 2.0}, labels.data(), 1),
               std::invalid_argument);
  EXPECT_THROW(nearest_centres(view(x), nullptr, {1.0, 2.0, 3.0}, labels.data(), 0),
               std::invalid_argument);
}

}  // namespace
}  // namespace gaussmix
