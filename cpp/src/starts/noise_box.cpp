// SPDX-License-Identifier: BSD-3-Clause
#include "starts/noise_box.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "covariance/linalg/eigenpairs.hpp"
#include "covariance/linalg/factor.hpp"
#include "covariance/linalg/symmetric.hpp"
#include "rows/blocks.hpp"
#include "statistics/moments/moment_adder.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// The least and the largest coordinates of rows, d each.
struct Range {
  Eigen::ArrayXd least, largest;

  explicit Range(Index d)
      : least(Eigen::ArrayXd::Constant(d, std::numeric_limits<double>::infinity())),
        largest(-least) {}
  void include(const Eigen::ArrayXd& lower, const Eigen::ArrayXd& upper) {
    least = least.min(lower);
    largest = largest.max(upper);
  }
};

// That of axes^T (x - centre) over the rows x; without axes, that of x - centre.
template <class T>
Range range_along(Execution& execution, const Dataset<T>& data, const Eigen::VectorXd& centre,
                  const SquareMatrix* axes) {
  using Table = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Rows = Eigen::Map<const Table, 0, Eigen::OuterStride<>>;
  const Index n = data.rows.rows, d = data.rows.columns;
  const auto partition = Partition::of(n, d, 1, sizeof(T));
  const auto operations = static_cast<double>(n * d) * static_cast<double>(axes ? d : 1);
  std::vector<Range> ranges(size_t(partition.leaves()), Range(d));
  parallel_for(execution, partition.leaves(), execution.workers(partition.leaves(), operations),
               [&](Index leaf, int worker) {
                 SquareMatrix coordinates;
                 partition.for_each_block(leaf, [&](Index first, Index count) {
                   const Rows rows(data.rows.row(first), count, d,
                                   Eigen::OuterStride<>(data.rows.stride));
                   coordinates = rows.template cast<double>().rowwise() - centre.transpose();
                   if (axes != nullptr) coordinates *= axes->transpose();
                   ranges[size_t(leaf)].include(coordinates.colwise().minCoeff().transpose(),
                                                coordinates.colwise().maxCoeff().transpose());
                   return !execution.stopping(worker);
                 });
               });
  execution.throw_if_stopped();
  Range all(d);
  for (const Range& range : ranges) all.include(range.least, range.largest);
  return all;
}

std::vector<double> numbers_of(const Eigen::ArrayXd& array) {
  return {array.data(), array.data() + array.size()};
}

// \param axes a row each; nullptr: those of the features
Noise box_of(const Range& range, const Eigen::VectorXd& centre, const SquareMatrix* axes) {
  Noise noise;
  noise.widths = numbers_of(range.largest - range.least);
  Eigen::VectorXd corner = range.least.matrix();
  if (axes != nullptr) {
    corner = axes->transpose() * corner;
    noise.axes.assign(axes->data(), axes->data() + axes->size());
  }
  noise.corner = numbers_of((centre + corner).array());
  return noise;
}

void require_varying_features(const Noise& along_features) {
  const auto& widths = along_features.widths;
  const auto constant =
      std::find_if(widths.begin(), widths.end(), [](double width) { return !(width > 0.0); });
  require(constant == widths.end(), [&] {
    return "a noise component needs rows that have a volume, but column " +
           std::to_string(constant - widths.begin()) + " is constant";
  });
}

// The covariance of the rows; none where a double cannot hold it. Where they lie in a hyperplane,
// but for rounding, the trace of the inverse of their correlations is about 1 / eps, or 1 / eps^2
// with that of the rows, or more.
template <class T>
std::vector<double> regular_covariance(const Statistics& all) {
  constexpr double kRounding = std::numeric_limits<T>::epsilon();
  constexpr double kLeast =
      std::max(4.0 * std::numeric_limits<double>::epsilon(), 4.0 * kRounding * kRounding);
  const Index d = all.n_features();
  std::vector<double> covariance(size_t(d * d)), factor(covariance);
  divide_symmetric(all.scatter(0), all.row_weight(), d, 0.0, covariance.data());
  const double trace = Eigen::Map<const Eigen::MatrixXd>(covariance.data(), d, d).trace();
  if (!std::isfinite(trace)) return {};
  constexpr auto kMatrix = CovarianceLayout::Kind::matrix;
  const bool regular = factor_covariance(kMatrix, d, covariance.data(), factor.data()) &&
                       inverse_correlation_trace(d, covariance.data(), factor.data()) * kLeast <
                           1.0 / static_cast<double>(d);
  require(regular,
          "a noise component needs rows that have a volume, but these lie in a hyperplane: columns "
          "depend linearly on each other, or there are too few rows");
  return covariance;
}

}  // namespace

template <class T>
Noise noise_box(Execution& execution, const Dataset<T>& data) {
  const Index d = data.rows.columns;
  const Statistics all = statistics_of_all(execution, data, ScatterForm::full);
  const auto mean = all.mean(0);
  const Eigen::VectorXd centre = Eigen::Map<const Eigen::VectorXd>(mean.data(), d);
  Noise along_features = box_of(range_along(execution, data, centre, nullptr), centre, nullptr);
  require_varying_features(along_features);
  const auto covariance = regular_covariance<T>(all);
  if (covariance.empty()) return along_features;  // the fit will say that it cannot be estimated
  const SquareMatrix matrix = Eigen::Map<const SquareMatrix>(covariance.data(), d, d);
  const SquareMatrix axes = eigenpairs(matrix).vectors.transpose();
  Noise along_principal = box_of(range_along(execution, data, centre, &axes), centre, &axes);
  const bool smaller = along_principal.log_volume() < along_features.log_volume();
  return smaller ? std::move(along_principal) : std::move(along_features);
}

template Noise noise_box<float>(Execution&, const Dataset<float>&);
template Noise noise_box<double>(Execution&, const Dataset<double>&);

}  // namespace gaussmix
