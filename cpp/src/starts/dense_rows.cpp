// SPDX-License-Identifier: BSD-3-Clause
#include "starts/dense_rows.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gaussmix {
namespace {

using Numbers = std::vector<Index>;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kNeighbours = 10.0, kShareSpread = 0.5;
constexpr int kRepetitions = 3;
// Of all rows, in the end.
constexpr double kLeastShare = 0.25;
// A box is much smaller where its sides are half as long, in the mean.
constexpr double kMuchSmaller = 0.5;

// Some rows in the cube, and their weights.
struct Points {
  RowMajor coordinates;
  Eigen::VectorXd weights;
  double log_volume;  // of their box before it was scaled

  bool sound() const { return std::isfinite(log_volume); }
  Points some(const Numbers& numbers) const {
    return {coordinates(numbers, Eigen::all), weights(numbers), log_volume};
  }
};

template <class T>
Points points_of(const Dataset<T>& sample, const Numbers& rows) {
  const Index d = sample.rows.columns, count = static_cast<Index>(rows.size());
  Points points{RowMajor(count, d), Eigen::VectorXd(count), 0.0};
  for (Index i = 0; i < count; ++i) {
    const T* const row = sample.rows.row(rows[size_t(i)]);
    for (Index c = 0; c < d; ++c) points.coordinates(i, c) = static_cast<double>(row[c]);
    points.weights[i] = sample.weight(rows[size_t(i)]);
  }
  for (Index c = 0; c < d; ++c) {
    auto column = points.coordinates.col(c);
    const double least = column.minCoeff(), width = column.maxCoeff() - least;
    points.log_volume += std::log(width);
    column = (column.array() - least) / width;
  }
  return points;
}

// The square of the radius of the ball that holds the neighbours.
double squared_radius(Index count, Index d) {
  const double volume = kNeighbours / (kShareSpread * static_cast<double>(count));
  const double half = 0.5 * static_cast<double>(d), log_pi = std::log(std::acos(-1.0));
  const double log_of_unit_ball = half * log_pi - std::lgamma(half + 1.0);
  return std::exp(2.0 * (std::log(volume) - log_of_unit_ball) / static_cast<double>(d));
}

// So many sums are made at once, so that the compiler makes vectors of them.
constexpr Index kLanes = 8;

// The sum of the weights where half_lengths - products is at most `most`; n is a multiple of
// kLanes.
double sum_where_near(const double* half_lengths, const double* products, const double* weights,
                      Index n, double most) {
  double sums[kLanes] = {};
  for (Index i = 0; i < n; i += kLanes) {
    for (Index l = 0; l < kLanes; ++l) {
      sums[l] += half_lengths[i + l] - products[i + l] <= most ? weights[i + l] : 0.0;
    }
  }
  return std::accumulate(sums, sums + kLanes, 0.0);
}

// Of each point the weight of those among `others` that are within the radius.
Eigen::VectorXd weights_near(Execution& execution, const Points& points, const Points& others,
                             double squared) {
  constexpr Index kBlock = 128;
  const Index n = points.coordinates.rows(), blocks = (n + kBlock - 1) / kBlock;
  const Index n_others = others.coordinates.rows(),
              padded = (n_others + kLanes - 1) / kLanes * kLanes;
  RowMajor transposed = RowMajor::Zero(points.coordinates.cols(), padded);
  transposed.leftCols(n_others) = others.coordinates.transpose();
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(padded);
  weights.head(n_others) = others.weights;
  const Eigen::VectorXd half_lengths = 0.5 * points.coordinates.rowwise().squaredNorm(),
                        half_of_others = 0.5 * transposed.colwise().squaredNorm().transpose();
  Eigen::VectorXd near(n);
  const auto operations = static_cast<double>(n) * static_cast<double>(transposed.size());
  parallel_for(execution, blocks, execution.workers(blocks, operations),
               [&](Index block, int worker) {
                 if (execution.stopping(worker)) return;
                 const Index first = block * kBlock, count = std::min(kBlock, n - first);
                 const RowMajor products = points.coordinates.middleRows(first, count) * transposed;
                 for (Index i = 0; i < count; ++i) {
                   near[first + i] =
                       sum_where_near(half_of_others.data(), products.row(i).data(), weights.data(),
                                      padded, 0.5 * squared - half_lengths[first + i]);
                 }
               });
  execution.throw_if_stopped();
  return near;
}

// Those that `chosen` says.
template <class Chosen>
Numbers numbers_where(Index count, const Chosen& chosen) {
  Numbers numbers;
  for (Index i = 0; i < count; ++i) {
    if (chosen(i)) numbers.push_back(i);
  }
  return numbers;
}

// The numbers of the points that have enough others near.
Numbers core_points(Execution& execution, const Points& points) {
  constexpr double kRounding = 1e-9;
  const Index n = points.coordinates.rows(), d = points.coordinates.cols();
  const double squared = squared_radius(n, d), weight = points.weights.sum();
  const double enough = (kNeighbours + 1.0) * (1.0 - kRounding) * weight / static_cast<double>(n);
  Eigen::VectorXd near = weights_near(execution, points, points, squared);
  std::vector<char> left(size_t(n), 1);
  Numbers lost;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    if (!lost.empty()) near -= weights_near(execution, points, points.some(lost), squared);
    lost = numbers_where(n, [&](Index i) { return left[size_t(i)] != 0 && !(near[i] >= enough); });
    if (lost.empty()) break;
    for (const Index i : lost) left[size_t(i)] = 0;
  }
  return numbers_where(n, [&](Index i) { return left[size_t(i)] != 0; });
}

}  // namespace

template <class T>
std::vector<Index> dense_rows(Execution& execution, const Dataset<T>& sample) {
  const double log_much_smaller = static_cast<double>(sample.rows.columns) * std::log(kMuchSmaller);
  Numbers rows = numbers_where(sample.rows.rows, [](Index) { return true; });
  const double least = kLeastShare * static_cast<double>(rows.size());
  double log_volume = std::numeric_limits<double>::infinity();
  for (;;) {
    const Points points = points_of(sample, rows);
    if (!points.sound() || points.log_volume > log_volume + log_much_smaller) break;
    log_volume = points.log_volume;
    Numbers left;
    for (const Index i : core_points(execution, points)) left.push_back(rows[size_t(i)]);
    if (static_cast<double>(left.size()) < least) break;
    rows = std::move(left);
  }
  return rows;
}

template std::vector<Index> dense_rows(Execution&, const Dataset<float>&);
template std::vector<Index> dense_rows(Execution&, const Dataset<double>&);

}  // namespace gaussmix
