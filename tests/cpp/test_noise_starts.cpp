// SPDX-License-Identifier: BSD-3-Clause
// The box of the noise, the rows that starts are seeded from, and fits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "starts/dense_rows.hpp"
#include "starts/noise_box.hpp"

namespace gaussmix {
namespace {

template <class T>
Noise box_of(const std::vector<T>& x, Index d, const double* weights = nullptr) {
  Execution execution(2);
  const Dataset<T> data({x.data(), static_cast<Index>(x.size()) / d, d}, weights);
  return noise_box(execution, data);
}

// What a box about d numbers that it is to hold says of them: the coordinates along its axes.
std::vector<double> coordinates(const Noise& box, const double* x) {
  const std::size_t d = box.corner.size();
  std::vector<double> found;
  for (std::size_t a = 0; a < d; ++a) {
    double sum = 0.0;
    for (std::size_t c = 0; c < d; ++c) {
      const double axis = box.axes.empty() ? (a == c ? 1.0 : 0.0) : box.axes[a * d + c];
      sum += axis * (x[c] - box.corner[c]);
    }
    found.push_back(sum);
  }
  return found;
}

// Each side of the box touches a row, and no row is outside.
void expect_fits(const Noise& box, const std::vector<double>& x) {
  const std::size_t d = box.corner.size();
  std::vector<double> least(d, 1e300), largest(d, -1e300);
  for (std::size_t i = 0; i < x.size(); i += d) {
    const auto at = coordinates(box, x.data() + i);
    for (std::size_t a = 0; a < d; ++a) {
      least[a] = std::min(least[a], at[a]);
      largest[a] = std::max(largest[a], at[a]);
    }
  }
  for (std::size_t a = 0; a < d; ++a) {
    EXPECT_NEAR(least[a], 0.0, 1e-12 * box.widths[a]);
    EXPECT_NEAR(largest[a], box.widths[a], 1e-12 * box.widths[a]);
  }
}

TEST(NoiseBox, IsTheSmallerOfTwo) {
  const auto z = made::normal<double>(3000, 5);
  std::vector<double> x;  // a long cloud along the diagonal
  for (std::size_t i = 0; i < z.size(); i += 2) {
    x.insert(x.end(), {10.0 * z[i] + z[i + 1], 10.0 * z[i] - z[i + 1]});
  }
  const Noise turned = box_of(x, 2), straight = box_of(z, 2);
  ASSERT_EQ(turned.axes.size(), 4U);
  EXPECT_NEAR(std::abs(turned.axes[0]), std::sqrt(0.5), 0.02);
  expect_fits(turned, x);
  expect_fits(straight, z);
  EXPECT_LT(turned.log_volume(), std::log(200.0 * 20.0));
  // Of one feature both are the same.
  const Noise line = box_of(z, 1);
  EXPECT_TRUE(line.axes.empty());
  EXPECT_EQ(line.widths[0],
            *std::max_element(z.begin(), z.end()) - *std::min_element(z.begin(), z.end()));
}

TEST(NoiseBox, IsThatOfTheRowsFarFromZeroToo) {
  const auto z = made::clusters<double>(900, 3, 3, 20.0);
  std::vector<double> x = z;
  for (double& value : x) value = std::ldexp(std::round(std::ldexp(value, 10)), -10);
  std::vector<double> far = x;
  for (double& value : far) value += 0x1p30;
  const Noise near_box = box_of(x, 3), far_box = box_of(far, 3);
  for (std::size_t a = 0; a < 3; ++a) EXPECT_NEAR(far_box.widths[a], near_box.widths[a], 1e-9);
  std::vector<double> weights(300, 2.0);
  weights[7] = 0.5;
  const std::vector<double> some(x.begin(), x.begin() + 900);
  expect_fits(box_of(some, 3, weights.data()), some);
}

// Rows in many leaves, whose statistics are used again one after the other.
TEST(NoiseBox, DoesNotDependOnTheUnitOfWeights) {
  const auto z = made::normal<double>(60000, 5);
  std::vector<double> x;
  for (std::size_t i = 0; i < z.size(); i += 2) {
    x.insert(x.end(), {10.0 * z[i] + z[i + 1], 10.0 * z[i] - z[i + 1]});
  }
  const Noise expected = box_of(x, 2);
  ASSERT_FALSE(expected.axes.empty());
  for (const double weight : {0.25, 1.0, 2.0, 16.0}) {
    const std::vector<double> weights(x.size() / 2, weight);
    const Noise box = box_of(x, 2, weights.data());
    EXPECT_EQ(box.axes, expected.axes) << weight;
    EXPECT_EQ(box.widths, expected.widths) << weight;
  }
}

void expect_refused(const std::vector<double>& x, Index d, const std::string& says) {
  try {
    box_of(x, d);
    FAIL() << "a box without volume";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
  }
}

TEST(NoiseBox, HasAVolume) {
  const auto z = made::normal<double>(300, 2);
  std::vector<double> x;
  for (std::size_t i = 0; i < z.size(); i += 2) x.insert(x.end(), {z[i], 7.0, z[i + 1]});
  expect_refused(x, 3, "column 1 is constant");
  for (std::size_t i = 0; i < x.size(); i += 3) x[i + 1] = x[i] + 1e3 * x[i + 2] - 5.0;
  expect_refused(x, 3, "hyperplane");
  expect_refused({z.begin(), z.begin() + 9}, 3, "hyperplane");  // three rows
  for (std::size_t i = 0; i < x.size(); i += 3) x[i + 1] += 1e-3 * z[i % z.size()];
  EXPECT_GT(box_of(x, 3).log_volume(), -10.0);  // of a thin slice
  std::vector<float> single;
  for (std::size_t i = 0; i < z.size(); i += 2) {
    const auto a = static_cast<float>(z[i]), b = static_cast<float>(z[i + 1]);
    single.insert(single.end(), {a, b, a + b});
  }
  EXPECT_THROW(box_of(single, 3), std::invalid_argument);
}

// Rows in clusters, of which every tenth is uniform in a cube.
template <class T>
std::vector<T> in_cube(Index rows, Index d, Index k, double side) {
  auto x = made::clusters<T>(rows, d, k, 8.0);
  const RandomStream draws(3, 0, Purpose::rows);
  for (Index i = 0; i < rows; i += 10) {
    for (Index c = 0; c < d; ++c) {
      const double draw = draws.uniform(static_cast<std::uint64_t>(i * d + c)) - 0.5;
      x[size_t(i * d + c)] = static_cast<T>(side * draw);
    }
  }
  return x;
}

TEST(DenseRows, AreThoseOfClusters) {
  for (const Index d : {1, 2, 5, 10}) {
    for (const double side : {100.0, 1000.0}) {
      SCOPED_TRACE(std::to_string(d) + " " + std::to_string(side));
      constexpr Index n = 1500;
      const auto x = in_cube<double>(n, d, 3, side);
      const Dataset<double> data({x.data(), n, d}, nullptr);
      Execution execution(2), alone(1);
      const auto rows = dense_rows(execution, data);
      EXPECT_EQ(dense_rows(alone, data), rows);
      EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
      EXPECT_GT(rows.size(), 900U);
      const auto noise = [](Index i) { return i % 10 == 0; };
      // On a line a twentieth of the noise lies among the clusters, and more where they fill more.
      const auto most = d == 1 ? 60 : 8;
      EXPECT_LE(std::count_if(rows.begin(), rows.end(), noise), most);
    }
  }
}

TEST(DenseRows, AreAllOfFewOrOfThoseThatAreEqual) {
  Execution execution(1);
  const std::vector<double> equal(60, 2.5);
  EXPECT_EQ(dense_rows(execution, Dataset<double>({equal.data(), 30, 2}, nullptr)).size(), 30U);
  const std::vector<double> two{1.0, 2.0, 3.0, 4.0};
  EXPECT_EQ(dense_rows(execution, Dataset<double>({two.data(), 2, 2}, nullptr)).size(), 2U);
  const std::vector<double> huge{-1e308, 1e308, 0.0, 1.0};
  EXPECT_EQ(dense_rows(execution, Dataset<double>({huge.data(), 4, 1}, nullptr)).size(), 4U);
}

FitOptions options_of(Index k, const std::string& family = "full") {
  FitOptions options;
  options.n_components = k;
  options.family = family;
  options.noise = 0.05;
  options.reg_covar = 0.0;
  return options;
}

template <class T>
FitResult fitted(const std::vector<T>& x, Index d, const FitOptions& options,
                 const double* weights = nullptr) {
  return fit<T>({x.data(), static_cast<Index>(x.size()) / d, d}, options, weights);
}

template <class T>
void expect_rising(const std::string& family) {
  SCOPED_TRACE(family);
  const Index d = family.size() == 1 ? 1 : 8;  // so many that scatters within may come of the total
  const auto x = in_cube<T>(1200, d, 4, 60.0);
  FitOptions options = options_of(4, family);
  options.tol = 0.0;
  options.max_iter = 40;
  const FitResult result = fitted(x, d, options);
  ASSERT_EQ(result.lower_bounds.size(), 40U);
  const double tolerance = sizeof(T) == sizeof(float) ? 3e-6 : 1e-10;
  for (std::size_t i = 1; i < result.lower_bounds.size(); ++i) {
    EXPECT_GE(result.lower_bounds[i], result.lower_bounds[i - 1] - tolerance) << i;
  }
  EXPECT_NEAR(result.mixture.noise()->weight, 0.1, 0.03);
}

TEST(NoisyFit, NeverLowersTheBound) {
  for (const auto& family : covariance_families()) {
    const bool of_one_feature = family.name == "E" || family.name == "V";
    if (family.name == "fixed" || of_one_feature) continue;  // given, or not for these rows
    expect_rising<double>(family.name);
    expect_rising<float>(family.name);
  }
}

bool same_bits(const FitResult& a, const FitResult& b) {
  return a.mixture.weights() == b.mixture.weights() && a.mixture.means() == b.mixture.means() &&
         a.mixture.covariances() == b.mixture.covariances() && a.lower_bounds == b.lower_bounds &&
         a.mixture.noise()->weight == b.mixture.noise()->weight &&
         a.mixture.noise()->widths == b.mixture.noise()->widths &&
         a.mixture.noise()->axes == b.mixture.noise()->axes;
}

TEST(NoisyFit, DoesNotDependOnThreads) {
  for (const char* family : {"full", "tied", "diag", "spherical"}) {
    const auto x = in_cube<float>(90000, 4, 4, 80.0);  // rounds on a sample
    FitOptions options = options_of(4, family);
    options.n_init = 2;
    options.max_iter = 5;
    const FitResult one = fitted(x, 4, options);
    options.n_threads = 3;
    EXPECT_TRUE(same_bits(fitted(x, 4, options), one));
  }
}

TEST(NoisyFit, HasWeightsThatAreRepetitions) {
  const auto x = in_cube<double>(600, 2, 3, 60.0);
  std::vector<double> weights, repeated;
  for (Index i = 0; i < 600; ++i) {
    const int times = 1 + static_cast<int>(i % 3);
    weights.push_back(times);
    for (int t = 0; t < times; ++t) {
      repeated.insert(repeated.end(), x.begin() + 2 * i, x.begin() + 2 * (i + 1));
    }
  }
  FitOptions options = options_of(3);
  options.tol = 1e-10;
  options.max_iter = 500;
  const FitResult a = fitted(x, 2, options, weights.data()), b = fitted(repeated, 2, options);
  EXPECT_NEAR(a.mixture.noise()->weight, b.mixture.noise()->weight, 1e-6);
  EXPECT_NEAR(a.lower_bound, b.lower_bound, 1e-9);
}

TEST(NoisyFit, BeginsWithItsShareAndGoesOn) {
  const auto x = in_cube<double>(600, 2, 3, 60.0);
  FitOptions options = options_of(3);
  options.max_iter = 0;
  options.noise = 0.25;
  options.user_start.weights = {0.5, 0.25, 0.25};
  const FitResult start = fitted(x, 2, options);
  EXPECT_EQ(start.mixture.noise()->weight, 0.25);
  EXPECT_EQ(start.mixture.weights(), (std::vector<double>{0.375, 0.1875, 0.1875}));

  options.user_start = {};
  options.max_iter = 7;
  options.tol = 0.0;
  const FitResult seven = fitted(x, 2, options);
  options.max_iter = 4;
  const FitResult four = fitted(x, 2, options);
  options.max_iter = 3;
  options.warm_start = WarmStart{four.mixture, four.lower_bound};
  const FitResult more = fitted(x, 2, options);
  EXPECT_EQ(more.mixture.means(), seven.mixture.means());
  EXPECT_EQ(more.mixture.noise()->weight, seven.mixture.noise()->weight);
  // Other rows have another box.
  std::vector<double> wide = x;
  for (double& value : wide) value *= 2.0;
  options.max_iter = 0;
  const FitResult other = fitted(wide, 2, options);
  EXPECT_NEAR(other.mixture.noise()->widths[0], 2.0 * four.mixture.noise()->widths[0], 1e-12);
  EXPECT_EQ(other.mixture.noise()->weight, four.mixture.noise()->weight);
}

TEST(NoisyFit, TakesKnownLabelsOfNoise) {
  constexpr Index n = 900, d = 2, k = 3;
  const auto x = in_cube<double>(n, d, k, 40.0);
  std::vector<std::int32_t> labels(size_t(n), -1);
  for (Index i = 0; i < n; i += 10) labels[size_t(i)] = k;
  labels[1] = 1;  // is among others
  for (const auto init : {InitParams::kmeans, InitParams::kmeans_plus_plus, InitParams::random,
                          InitParams::random_from_data}) {
    FitOptions options = options_of(k);
    options.init_params = init;
    options.known_labels = labels;
    options.max_iter = 1;
    const FitResult result = fitted(x, d, options);
    EXPECT_GE(result.mixture.noise()->weight, 0.1 - 1e-12);
    options.n_init = 3;
    options.max_iter = 100;
    EXPECT_NEAR(fitted(x, d, options).mixture.noise()->weight, 0.1, 0.01);
  }
  // All rows but two are labelled as noise: what is left makes a component each.
  std::fill(labels.begin(), labels.end(), k);
  labels[1] = labels[2] = -1;
  FitOptions options = options_of(k);
  options.known_labels = labels;
  EXPECT_GE(fitted(x, d, options).mixture.noise()->weight, 0.99);
}

TEST(NoisyFit, ChecksItsOptions) {
  const auto x = in_cube<double>(200, 2, 3, 60.0);
  const auto refused = [&](const FitOptions& options) {
    EXPECT_THROW(fitted(x, 2, options), std::invalid_argument);
  };
  for (const double share : {0.0, 1.0, -0.1, std::numeric_limits<double>::quiet_NaN()}) {
    FitOptions options = options_of(3);
    options.noise = share;
    refused(options);
  }
  FitOptions options = options_of(3);
  options.known_labels.assign(200, 4);
  refused(options);
  options.known_labels.assign(200, 3);
  options.noise.reset();
  refused(options);
  options.known_labels.clear();
  const FitResult plain = fitted(x, 2, options);
  options.warm_start = WarmStart{plain.mixture};
  options.noise = 0.1;
  refused(options);
}

}  // namespace
}  // namespace gaussmix
