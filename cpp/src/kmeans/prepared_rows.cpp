// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/prepared_rows.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "statistics/moments/moment_adder.hpp"

namespace gaussmix {
namespace {

template <class T>
using RowMajor = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The power of two that takes a length into [0.5, 1), as far as there is one, or 1.
double power_of_two_for(double length) {
  constexpr int kLargest = std::numeric_limits<double>::max_exponent - 1;
  if (!(length > 0.0) || !std::isfinite(length)) return 1.0;
  return std::ldexp(1.0, std::min(-std::ilogb(length) - 1, kLargest));
}

}  // namespace

FeatureScaling scaling_of_centres(const std::vector<double>& centres, Index features,
                                  double scale) {
  const Eigen::Map<const RowMajor<double>> points(
      centres.data(), static_cast<Index>(centres.size()) / features, features);
  // Halves, whose sums and differences cannot overflow.
  const Eigen::ArrayXd low = 0.5 * points.colwise().minCoeff().transpose();
  const Eigen::ArrayXd high = 0.5 * points.colwise().maxCoeff().transpose();
  const Eigen::ArrayXd middle = low + high;
  return {{middle.begin(), middle.end()},
          std::vector<double>(size_t(features), scale),
          std::vector<double>(size_t(features), power_of_two_for((high - low).maxCoeff()))};
}

template <class T>
int range_exponent(const TableView<T>& rows) {
  constexpr int kLargest = 1000;
  const Eigen::Map<const RowMajor<T>, 0, Eigen::OuterStride<>> x(rows.data, rows.rows, rows.columns,
                                                                 Eigen::OuterStride<>(rows.stride));
  const double range = (x.colwise().maxCoeff().template cast<double>() -
                        x.colwise().minCoeff().template cast<double>())
                           .maxCoeff();
  if (range == 0.0) return 0;
  const auto largest = static_cast<double>(x.abs().maxCoeff());
  return std::max(std::ilogb(std::min(range, std::numeric_limits<double>::max())),
                  std::ilogb(largest) - kLargest);
}

template <class T>
void write_tile(const FeatureScaling& scaling, const TableView<T>& rows, float* tile) {
  write_tile(scaling, RowSequence<T>{rows}, 0, rows.rows, tile);
}

template <class T>
void write_tile(const FeatureScaling& scaling, const RowSequence<T>& rows, Index first, Index count,
                float* tile) {
  constexpr Index kFeatures = 16;  // at once
  alignas(64) T columns[kFeatures * kTileRows];
  for (Index c = 0; c < scaling.features(); c += kFeatures) {
    RowSequence<T> part = rows;
    part.table.data += c;
    part.table.columns = std::min(kFeatures, scaling.features() - c);
    transpose_rows(part, first, count, kTileRows, kTileRows, columns);
    for (Index i = 0; i < part.table.columns; ++i) {
      const double shift = scaling.shift[size_t(c + i)],
                   scale = scaling.float32_scale[size_t(c + i)];
      const T* const from = columns + i * kTileRows;
      float* const to = tile + (c + i) * kTileRows;
      for (Index r = 0; r < kTileRows; ++r) {
        to[r] = static_cast<float>((static_cast<double>(from[r]) - shift) * scale);
      }
    }
  }
}

template <class T>
PreparedRows<T>::PreparedRows(Execution& execution, const Dataset<T>& data, ScalingKind kind)
    : data_(data), tiles_(padded(data.rows.rows) * data.rows.columns) {
  measure_scaling(execution, kind);
  const Index d = features();
  const auto partition = Partition::of(rows(), d, 1, sizeof(T));
  const int workers = execution.workers(partition.leaves(), static_cast<double>(rows() * d));
  parallel_for(execution, partition.leaves(), workers, [&](Index leaf, int worker) {
    for_each_tile(execution, partition, leaf, worker, [&](Index first, Index count) {
      write_tile(scaling(), data.rows.part(first, count), tiles_.data() + first * d);
    });
  });
}

template <class T>
void PreparedRows<T>::measure_scaling(Execution& execution, ScalingKind kind) {
  const Index d = features();
  const Statistics all = statistics_of_all(execution, data_, ScatterForm::diagonal);
  const double* const scatter = all.scatter(0);
  const double weight = all.weight(0);
  const double common =
      power_of_two_for(std::sqrt(*std::max_element(scatter, scatter + d) / weight));
  scaling_.shift = all.mean(0);
  for (Index c = 0; c < d; ++c) {
    const double variance = scatter[c] / weight;
    const bool unit = kind == ScalingKind::unit_variance && variance > 0.0;
    scaling_.float32_scale.push_back(unit ? 1.0 / std::sqrt(variance) : common);
    const double scale = kind == ScalingKind::common ? 1.0 : scaling_.float32_scale.back();
    scaling_.scale.push_back(scale);
    mean_variance_ += variance * scale * scale / static_cast<double>(d);
  }
}

template int range_exponent<float>(const TableView<float>&);
template int range_exponent<double>(const TableView<double>&);
template void write_tile<float>(const FeatureScaling&, const TableView<float>&, float*);
template void write_tile<float>(const FeatureScaling&, const RowSequence<float>&, Index, Index,
                                float*);
template void write_tile<double>(const FeatureScaling&, const TableView<double>&, float*);
template void write_tile<double>(const FeatureScaling&, const RowSequence<double>&, Index, Index,
                                 float*);
template class PreparedRows<float>;
template class PreparedRows<double>;

}  // namespace gaussmix
