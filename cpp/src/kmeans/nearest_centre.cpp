// SPDX-License-Identifier: BSD-3-Clause
#include "kmeans/nearest_centre.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "simd/simd.hpp"
#include "support/tree_reduce.hpp"

namespace gaussmix {
namespace {

// Whether a squared distance has lost nothing for under- or overflow.
bool is_accurate(double square) {
  return square >= 0x1p-900 && square <= std::numeric_limits<double>::max();
}

Index first_least(const AlignedArray<double>& numbers, Index count) {
  return std::min_element(numbers.data(), numbers.data() + count) - numbers.data();
}

}  // namespace

NearestCentre::NearestCentre(FeatureScaling scaling, const std::vector<double>& centres)
    : scaling_(std::move(scaling)),
      k_(static_cast<Index>(centres.size()) / scaling_.features()),
      d_(scaling_.features()),
      centres_(centres),
      panels_(scaling_, centres) {
  constexpr Index L = simd::kLanes<double>;
  padded_k_ = (k_ + L - 1) / L * L;
  transposed_.assign(d_ * padded_k_, std::numeric_limits<double>::infinity());
  for (Index j = 0; j < k_; ++j) {
    for (Index c = 0; c < d_; ++c) {
      transposed_[c * padded_k_ + j] = centres[size_t(j * d_ + c)];
    }
  }
}

template <class T>
void NearestCentre::find(const float* tile, const TableView<T>& rows, std::int32_t* label) const {
  alignas(64) float proposed[kTileRows];
  alignas(64) float margin[kTileRows];
  panels_.propose(tile, proposed, margin);
  for (Index i = 0; i < rows.rows; ++i) label[i] = static_cast<std::int32_t>(proposed[i]);
  for (Index i = 0; i < rows.rows; ++i) {
    if (!(margin[i] > 0.0F)) label[i] = find(rows.row(i));
  }
}

template <class T>
void NearestCentre::find(const TableView<T>& rows, AlignedArray<float>& scratch,
                         std::int32_t* label) const {
  scratch.resize(d_ * kTileRows);
  for (Index first = 0; first < rows.rows; first += kTileRows) {
    const auto part = rows.part(first, std::min(kTileRows, rows.rows - first));
    write_tile(scaling_, part, scratch.data());
    find(scratch.data(), part, label + first);
  }
}

template <class T>
void NearestCentre::add(const NearestCentre& some, const std::vector<Index>& number,
                        const float* tile, const TableView<T>& rows, std::int32_t* label) const {
  // Each of the squares is off by less than half of this.
  const double error = static_cast<double>(4 * (d_ + 5)) * std::numeric_limits<double>::epsilon();
  std::int32_t nearest[kTileRows];
  some.find(tile, rows, nearest);
  for (Index i = 0; i < rows.rows; ++i) {
    const Index other = number[size_t(nearest[i])];
    const double before = squared_distance(rows.row(i), label[i]);
    const double after = squared_distance(rows.row(i), other);
    const double least = std::min(before, after);
    if (!is_accurate(least) || !(std::abs(before - after) > error * least)) {
      label[i] = find(rows.row(i));
    } else if (after < before) {
      label[i] = static_cast<std::int32_t>(other);
    }
  }
}

template <class T>
std::int32_t NearestCentre::find(const T* row) const {
  AlignedArray<double> squares;
  squared_distances<false>(row, squares);
  const Index label = first_least(squares, k_);
  if (is_accurate(squares[label])) return static_cast<std::int32_t>(label);
  return static_cast<std::int32_t>(decide_by_scaled_squares(row, squares));
}

// For squares that over- or underflow: they are computed once more, scaled so that the least is
// near 1.
template <class T>
Index NearestCentre::decide_by_scaled_squares(const T* row, AlignedArray<double>& scratch) const {
  constexpr int kLargest = 1000;
  for (const double down : {1.0, 0x1p-10}) {
    for (Index j = 0; j < k_; ++j) scratch[j] = distance(row, j, down);
    const Index nearest = first_least(scratch, k_);
    const double least = scratch[nearest];
    if (least == 0.0) return nearest;
    if (!std::isfinite(least)) continue;  // the distances overflow, too
    const double scale = *std::max_element(scaling_.scale.begin(), scaling_.scale.end());
    const int exponent = -std::ilogb(least) - std::ilogb(scale);
    squared_distances<true>(row, scratch, down, std::ldexp(1.0, std::min(exponent, kLargest)));
    break;
  }
  return first_least(scratch, k_);
}

template <class T>
void NearestCentre::distances(const T* row, AlignedArray<double>& scratch, T* out) const {
  squared_distances<false>(row, scratch);
  for (Index j = 0; j < k_; ++j) {
    out[j] =
        static_cast<T>(is_accurate(scratch[j]) ? std::sqrt(scratch[j]) : distance(row, j, 1.0));
  }
}

// out[j]: a row's squared distance to centre j. Against over- and underflow, coordinates can be
// multiplied with powers of two, `down` before they are subtracted and `up` after.
template <bool Scaled, class T>
void NearestCentre::squared_distances(const T* row, AlignedArray<double>& out, double down,
                                      double up) const {
  const auto times = [](const simd::Pack<double>& numbers, [[maybe_unused]] double factor) {
    if constexpr (Scaled) return simd::multiply<double>(numbers, simd::broadcast(factor));
    return numbers;
  };
  out.resize(padded_k_);
  for (Index j = 0; j < padded_k_; j += simd::kLanes<double>) {
    auto sum = simd::broadcast(0.0);
    for (Index c = 0; c < d_; ++c) {
      const auto x = times(simd::broadcast(static_cast<double>(row[c])), down);
      const auto centre = times(simd::load(transposed_.data() + c * padded_k_ + j), down);
      const auto scale = times(simd::broadcast(scaling_.scale[size_t(c)]), up);
      const auto z = simd::multiply<double>(simd::subtract<double>(x, centre), scale);
      sum = simd::multiply_add<double>(z, z, sum);
    }
    simd::store(out.data() + j, sum);
  }
}

template <class T>
double NearestCentre::squared_distance(const T* row, Index j) const {
  constexpr Index kSums = 8;  // side by side, to become vectors
  const double* const centre = centres_.data() + j * d_;
  const double* const scale = scaling_.scale.data();
  const auto square = [&](Index c) {
    const double z = (static_cast<double>(row[c]) - centre[c]) * scale[c];
    return z * z;
  };
  double sums[kSums] = {};
  Index c = 0;
  for (; c + kSums <= d_; c += kSums) {
    for (Index s = 0; s < kSums; ++s) sums[s] += square(c + s);
  }
  for (; c < d_; ++c) sums[0] += square(c);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// The distance times `factor` over the largest scale. Squares of differences over a power of two
// near the largest cannot overflow, and those that underflow do not count.
template <class T>
double NearestCentre::distance(const T* row, Index j, double factor) const {
  using Vector = Eigen::Map<const Eigen::ArrayXd>;
  const Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> x(row, d_);
  const Vector centre(centres_.data() + j * d_, d_), scale(scaling_.scale.data(), d_);
  const Eigen::ArrayXd differences =
      (x.template cast<double>() * factor - centre * factor).abs() * (scale / scale.maxCoeff());
  const double largest = differences.maxCoeff();
  if (!(largest > 0.0) || !std::isfinite(largest)) return largest;
  const int exponent = std::ilogb(largest);
  double sum = 0.0;
  for (const double difference : differences) {
    const double z = std::ldexp(difference, -exponent);
    sum += z * z;
  }
  return std::ldexp(std::sqrt(sum), exponent);
}

namespace {

// A number that partial results are summed into.
struct Sum {
  double value = 0.0;
  void merge(const Sum& other) { value += other.value; }
  void reset() { value = 0.0; }
};

}  // namespace

template <class T>
double assign(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
              const FindLabels& find, std::int32_t* label) {
  const Index n = data.rows.rows, d = data.rows.columns, k = centres.n_centres();
  const auto partition = Partition::of(n, d, k, sizeof(float));
  const int workers =
      execution.workers(partition.leaves(), static_cast<double>(n) * static_cast<double>(d * k));
  const auto leaf = [&](Index index, int worker, Sum& inertia) {
    partition.for_each_block(index, [&](Index first, Index count) {
      find(first, count, worker, label + first);
      for (Index i = first; i < first + count; ++i) {
        inertia.value += data.weight(i) * centres.squared_distance(data.rows.row(i), label[i]);
      }
      return !execution.stopping(worker);
    });
  };
  return tree_reduce<Sum>(execution, partition.leaves(), workers, [] { return Sum(); }, leaf).value;
}

template <class T>
double assign(Execution& execution, const Dataset<T>& data, const NearestCentre& centres,
              std::int32_t* label) {
  std::vector<AlignedArray<float>> scratch(static_cast<std::size_t>(execution.n_threads()));
  const FindLabels find = [&](Index first, Index count, int worker, std::int32_t* found) {
    centres.find(data.rows.part(first, count), scratch[size_t(worker)], found);
  };
  return assign(execution, data, centres, find, label);
}

template void NearestCentre::find(const float*, const TableView<float>&, std::int32_t*) const;
template std::int32_t NearestCentre::find(const float*) const;
template void NearestCentre::find(const TableView<float>&, AlignedArray<float>&,
                                  std::int32_t*) const;
template void NearestCentre::distances(const float*, AlignedArray<double>&, float*) const;
template double NearestCentre::squared_distance(const float*, Index) const;
template void NearestCentre::add(const NearestCentre&, const std::vector<Index>&, const float*,
                                 const TableView<float>&, std::int32_t*) const;
template double assign(Execution&, const Dataset<float>&, const NearestCentre&, const FindLabels&,
                       std::int32_t*);
template double assign(Execution&, const Dataset<float>&, const NearestCentre&, std::int32_t*);
template void NearestCentre::find(const float*, const TableView<double>&, std::int32_t*) const;
template std::int32_t NearestCentre::find(const double*) const;
template void NearestCentre::find(const TableView<double>&, AlignedArray<float>&,
                                  std::int32_t*) const;
template void NearestCentre::distances(const double*, AlignedArray<double>&, double*) const;
template double NearestCentre::squared_distance(const double*, Index) const;
template void NearestCentre::add(const NearestCentre&, const std::vector<Index>&, const float*,
                                 const TableView<double>&, std::int32_t*) const;
template double assign(Execution&, const Dataset<double>&, const NearestCentre&, const FindLabels&,
                       std::int32_t*);
template double assign(Execution&, const Dataset<double>&, const NearestCentre&, std::int32_t*);

}  // namespace gaussmix
