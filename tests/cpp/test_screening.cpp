// SPDX-License-Identifier: BSD-3-Clause
// Where a screened fit begins: clusterings of different kinds, and the ends of other fits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "starts/merge_clusters.hpp"
#include "starts/projection.hpp"
#include "starts/ties.hpp"

namespace gaussmix {
namespace {

using Labels = std::vector<std::int32_t>;

// Rows of three long parallel clusters, one after another: the first feature has 20 times the
// deviation of the second, in which the clusters lie 6 deviations apart.
std::vector<double> stripes(Index rows_each) {
  auto rows = made::normal<double>(3 * rows_each * 2, 1);
  for (Index i = 0; i < 3 * rows_each; ++i) {
    rows[size_t(2 * i)] *= 20.0;
    const Index cluster = i / rows_each;
    rows[size_t(2 * i + 1)] += 6.0 * static_cast<double>(cluster);
  }
  return rows;
}

Statistics of_labels(const std::vector<double>& rows, const Labels& labels, Index k) {
  const Index d = 2;
  Statistics statistics(ScatterForm::full, k, d);
  const std::vector<double> none(4, 0.0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    statistics.add_component(labels[i], 1.0, rows.data() + i * 2, none.data());
    statistics.add_rows(1.0, 0.0);
  }
  return statistics;
}

// The classification log-likelihood of clusters with the covariances that merge_clusters gives
// them, written out.
double classification(const Statistics& clusters, const Statistics& all, double share) {
  double sum = 0.0;
  for (Index j = 0; j < clusters.n_components(); ++j) {
    const double n = clusters.weight(j);
    if (n == 0.0) continue;
    const double factor = share * 3.0 / all.row_weight();
    const double* const s = clusters.scatter(j);
    const double* const a = all.scatter(0);
    const double xx = (s[0] + factor * a[0]) / n, xy = (s[2] + factor * a[2]) / n,
                 yy = (s[3] + factor * a[3]) / n;
    sum += n * std::log(n) - 0.5 * n * std::log(xx * yy - xy * xy);
  }
  return sum;
}

TEST(MergeClusters, TakesThePairThatLosesLeast) {
  const auto rows = stripes(20);
  Labels labels(60);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i / 10);
  const Statistics six = of_labels(rows, labels, 6), all = of_labels(rows, Labels(60, 0), 1);
  const Labels merged = merge_clusters(six, labels, 5, all, 0.3);
  double best = -1e300;
  for (std::int32_t a = 0; a < 6; ++a) {
    for (std::int32_t b = a + 1; b < 6; ++b) {
      Labels other = labels;
      std::replace(other.begin(), other.end(), b, a);
      best = std::max(best, classification(of_labels(rows, other, 6), all, 0.3));
    }
  }
  EXPECT_NEAR(classification(of_labels(rows, merged, 5), all, 0.3), best, 1e-9 * std::abs(best));
  EXPECT_EQ(std::set<std::int32_t>(merged.begin(), merged.end()).size(), 5U);
}

TEST(MergeClusters, FindsLongClustersOfSmallOnes) {
  const auto rows = stripes(200);
  Labels labels;  // each stripe in eight pieces along its length
  for (Index i = 0; i < 600; ++i) {
    const double x = std::clamp(rows[size_t(2 * i)] / 10.0 + 4.0, 0.0, 7.0);
    labels.push_back(static_cast<std::int32_t>(8 * (i / 200)) + static_cast<std::int32_t>(x));
  }
  const Labels merged = merge_clusters(of_labels(rows, labels, 24), labels, 3,
                                       of_labels(rows, Labels(600, 0), 1), 0.3);
  for (std::size_t i = 0; i < merged.size(); ++i) EXPECT_EQ(merged[i], merged[i / 200 * 200]);
}

TEST(MergeClusters, EmptyClustersAreNotThere) {
  const auto rows = stripes(20);
  Labels labels(60);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = 2 * static_cast<std::int32_t>(i / 20);
  const Labels merged =
      merge_clusters(of_labels(rows, labels, 6), labels, 3, of_labels(rows, Labels(60, 0), 1), 0.3);
  EXPECT_EQ(std::set<std::int32_t>(merged.begin(), merged.end()).size(), 3U);
}

// Whitened rows in which the second feature is two points, the third zero for most, and the others
// are normal.
std::vector<double> mixed_rows(Index n) {
  auto rows = made::normal<double>(5 * n, 4);
  for (Index i = 0; i < n; ++i) {
    rows[size_t(5 * i + 1)] = i % 2 == 0 ? 1.0 : -1.0;
    rows[size_t(5 * i + 2)] = i % 16 < 14 ? 0.0 : std::sqrt(8.0) * (i / 16 % 2 == 0 ? 1.0 : -1.0);
  }
  return rows;
}

TEST(Directions, AreThoseOfTheLeastAndTheLargestKurtosis) {
  const Index n = 8000;
  Execution execution(1);
  const auto found =
      least_gaussian_directions(execution, mixed_rows(n), std::vector<double>(size_t(n), 2.0));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(std::abs(found[0][1]), 1.0, 1e-2);
  EXPECT_NEAR(std::abs(found[1][2]), 1.0, 1e-2);
}

TEST(Directions, CountRowsByTheirWeights) {
  const Index n = 800;
  const auto rows = mixed_rows(n);
  std::vector<double> repeated, weights, ones;
  for (Index i = 0; i < n; ++i) {
    weights.push_back(static_cast<double>(1 + i % 3));
    for (Index times = 0; times <= i % 3; ++times) {
      repeated.insert(repeated.end(), rows.begin() + 5 * i, rows.begin() + 5 * (i + 1));
      ones.push_back(1.0);
    }
  }
  Execution execution(1);
  const auto weighted = least_gaussian_directions(execution, rows, weights);
  const auto of_repeated = least_gaussian_directions(execution, repeated, ones);
  for (std::size_t i = 0; i < 2; ++i) {
    const double product =
        std::inner_product(weighted[i].begin(), weighted[i].end(), of_repeated[i].begin(), 0.0);
    EXPECT_NEAR(std::abs(product), 1.0, 1e-9);
  }
}

TEST(Directions, OneFeatureHasOne) {
  const auto rows = made::normal<double>(100, 3);
  Execution execution(1);
  const auto found = least_gaussian_directions(execution, rows, std::vector<double>(100, 1.0));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(std::abs(found[0][0]), 1.0);
}

FitOptions options_for(Index k) {
  FitOptions options;
  options.n_components = k;
  options.tol = 1e-8;
  options.max_iter = 1000;
  options.screening = true;
  return options;
}

TEST(Screening, FindsClustersThatKMeansDoesNot) {
  const auto rows = stripes(200);
  const TableView<double> table{rows.data(), 600, 2};
  FitOptions options = options_for(3);
  options.tol = 1e-3;
  const FitResult screened = fit(table, options);
  options.screening = false;
  const FitResult plain = fit(table, options);
  EXPECT_GT(screened.lower_bound, plain.lower_bound + 0.1);
  std::vector<double> middles;
  for (std::size_t j = 0; j < 3; ++j) middles.push_back(screened.mixture.means()[2 * j + 1]);
  std::sort(middles.begin(), middles.end());
  for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(middles[j], 6.0 * static_cast<double>(j), 0.5);
}

TEST(Screening, ReportsEachThatRan) {
  const auto rows = stripes(200);
  const FitResult result = fit(TableView<double>{rows.data(), 600, 2}, options_for(4));
  ASSERT_GE(result.starts.size(), 2U);
  ASSERT_LE(result.starts.size(), 5U);
  for (std::size_t i = 0; i < result.starts.size(); ++i) {
    EXPECT_EQ(result.starts[i].dropped, static_cast<int>(i) != result.best_start);
    EXPECT_FALSE(result.starts[i].origin.empty());
    EXPECT_GE(result.starts[i].n_iter, 4);
  }
}

TEST(Screening, OneComponentHasOneStart) {
  const auto rows = stripes(20);
  const FitResult result = fit(TableView<double>{rows.data(), 60, 2}, options_for(1));
  EXPECT_EQ(result.starts.size(), 1U);
  EXPECT_TRUE(result.converged);
}

TEST(Screening, WithoutIterationsTheBestFirstModelIsTheResult) {
  const auto rows = stripes(50);
  FitOptions options = options_for(3);
  options.max_iter = 0;
  const FitResult result = fit(TableView<double>{rows.data(), 150, 2}, options);
  EXPECT_EQ(result.n_iter, 0);
  EXPECT_EQ(result.best_start, 0);
}

TEST(Screening, AFitMayBeginWhereAnotherEnded) {
  const auto rows = stripes(200);
  const TableView<double> table{rows.data(), 600, 2};
  FitOptions options = options_for(6);
  options.shared_starts = std::make_shared<SharedStarts>();
  std::set<std::string> origins;
  for (const char* const family : {"EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"}) {
    options.family = family;
    for (const auto& start : fit(table, options).starts) origins.insert(start.origin);
  }
  const auto of_fit = [](const std::string& origin) { return origin.rfind("the fit of ", 0) == 0; };
  EXPECT_TRUE(std::any_of(origins.begin(), origins.end(), of_fit));
  EXPECT_FALSE(std::all_of(origins.begin(), origins.end(), of_fit));
}

TEST(Screening, ManyRowsAreScreenedBySampleAndFittedByAll) {
  const auto rows = stripes(5000);
  const TableView<double> table{rows.data(), 15000, 2};
  const FitResult result = fit(table, options_for(3));
  ASSERT_TRUE(result.converged);
  EXPECT_EQ(static_cast<int>(result.lower_bounds.size()), result.n_iter);
  EXPECT_TRUE(std::is_sorted(result.lower_bounds.begin(), result.lower_bounds.end(),
                             [](double a, double b) { return a < b - 1e-9; }));
}

// Of few rows far away a sample has hardly one; k-means of all rows gives them a component.
TEST(Screening, ASampleMakesNoFitWorse) {
  auto rows = stripes(5000);
  for (std::size_t i = 0; i < 12; ++i) rows[2 * i * 1000 + 1] += 300.0 + static_cast<double>(i);
  const TableView<double> table{rows.data(), 15000, 2};
  FitOptions options = options_for(3);
  const FitResult screened = fit(table, options);
  options.screening = false;
  const FitResult plain = fit(table, options);
  EXPECT_GE(screened.lower_bound, plain.lower_bound - 1e-9);
  EXPECT_EQ(screened.starts.back().origin, plain.starts.front().origin);
}

TEST(Screening, ARowThatOutweighsAllOthersLeavesASample) {
  const auto rows = stripes(5000);
  std::vector<double> weights(15000, 1.0);
  weights[7] = 1e12;
  const FitResult result =
      fit(TableView<double>{rows.data(), 15000, 2}, options_for(3), weights.data());
  EXPECT_EQ(result.mixture.n_components(), 3);
  FitOptions several = options_for(3);
  several.screening = false;
  several.n_init = 3;
  const auto many = stripes(30000);
  weights.assign(90000, 1.0);
  weights[7] = 1e12;
  fit(TableView<double>{many.data(), 90000, 2}, several, weights.data());
}

TEST(Screening, WhoeverSharesAfterAnInterruptBeginsAnew) {
  const auto rows = stripes(5000);
  const TableView<double> table{rows.data(), 15000, 2};
  FitOptions options = options_for(20);
  options.tol = 0.0;  // long enough to be asked
  options.max_iter = 100;
  FitOptions alone = options;
  alone.shared_starts = std::make_shared<SharedStarts>();
  options.shared_starts = std::make_shared<SharedStarts>();
  options.interrupted = [] { return true; };
  EXPECT_THROW(fit(table, options), Interrupted);
  options.interrupted = {};
  EXPECT_EQ(fit(table, options).lower_bounds, fit(table, alone).lower_bounds);
}

TEST(Screening, IsNotForNoise) {
  const auto rows = stripes(200);
  const TableView<double> table{rows.data(), 600, 2};
  FitOptions options = options_for(3);
  options.noise = 0.05;
  const FitResult screened = fit(table, options);
  options.screening = false;
  EXPECT_EQ(screened.lower_bounds, fit(table, options).lower_bounds);
}

TEST(Screening, ThreadsChangeNothing) {
  const auto rows = stripes(5000);
  const TableView<double> table{rows.data(), 15000, 2};
  FitOptions options = options_for(5);
  const FitResult one = fit(table, options);
  options.n_threads = 3;
  const FitResult three = fit(table, options);
  EXPECT_EQ(one.lower_bounds, three.lower_bounds);
  EXPECT_EQ(one.mixture.means(), three.mixture.means());
}

TEST(Screening, AnObserverMayEndItAtOnce) {
  const auto rows = stripes(200);
  FitOptions options = options_for(3);
  options.observer = [](const Progress&) { return true; };
  const FitResult result = fit(TableView<double>{rows.data(), 600, 2}, options);
  EXPECT_EQ(result.n_iter, 0);
  EXPECT_FALSE(result.converged);
  EXPECT_EQ(result.starts.size(), 1U);
}

TEST(Screening, SharedStartsAreOfOneProblem) {
  const auto rows = stripes(200);
  FitOptions options = options_for(3);
  options.shared_starts = std::make_shared<SharedStarts>();
  fit(TableView<double>{rows.data(), 600, 2}, options);
  EXPECT_THROW(fit(TableView<double>{rows.data(), 599, 2}, options), std::invalid_argument);
  EXPECT_THROW(fit(TableView<double>{rows.data(), 400, 3}, options), std::invalid_argument);
  options.n_components = 4;
  EXPECT_THROW(fit(TableView<double>{rows.data(), 600, 2}, options), std::invalid_argument);
}

TEST(Screening, SharedStartsThatAreDiagonalAreForSuchFamilies) {
  const auto rows = stripes(200);
  FitOptions options = options_for(3);
  options.shared_starts = std::make_shared<SharedStarts>(true);
  options.family = "VVI";
  fit(TableView<double>{rows.data(), 600, 2}, options);
  options.family = "VVV";
  EXPECT_THROW(fit(TableView<double>{rows.data(), 600, 2}, options), std::invalid_argument);
}

TEST(Ties, LessThanRoundingIsNoGain) {
  EXPECT_FALSE(gains<double>(-3.0 + 1e-9, -3.0));
  EXPECT_TRUE(gains<double>(-3.0 + 1e-8, -3.0));
  EXPECT_FALSE(gains<float>(-3.0 + 1e-6, -3.0));
  EXPECT_TRUE(gains<double>(-3.0, std::nan("")));
  EXPECT_FALSE(gains<double>(std::nan(""), -3.0));
  std::vector<double> sorted;
  for (const double value : {1.0, 3.0, 2.0, 3.0 + 1e-12, 4.0}) {
    insert_by_bound<double>(sorted, value, 3, [](double bound) { return bound; });
  }
  EXPECT_EQ(sorted, (std::vector<double>{4.0, 3.0, 3.0 + 1e-12}));
}

}  // namespace
}  // namespace gaussmix
