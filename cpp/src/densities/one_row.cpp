// SPDX-License-Identifier: BSD-3-Clause
#include "densities/one_row.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "densities/mixed_precision.hpp"
#include "densities/triangles.hpp"
#include "densities/whitening.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;

// The columns of U that are multiplied at once: as many sums as hide the latency of each.
constexpr int kPanel = 8;

// |U^T z|^2, with a vector of entries for the components of a group, or numbers that all share.
template <bool kPerLane, class T>
EIGEN_STRONG_INLINE simd::Pack<T> squared_length(const T* z, Index d, const T* entries) {
  constexpr Index L = simd::kLanes<T>;
  simd::Pack<T> distance[1] = {simd::broadcast(T(0))};
  const auto feature = [z](Index c, int /*v*/) { return simd::load(z + c * L); };
  for_each_panel<kPanel>(d, [&](auto width, Index first) {
    simd::Pack<T> products[width()][1];
    const T* const panel = entries + entries_before(first) * (kPerLane ? L : 1);
    multiply_panel<kPerLane, width(), 1, T>(panel, 0, first, feature, feature, products);
    add_squares<T>(products, distance);
    return true;
  });
  return distance[0];
}

// sum_c (z_c scale_c)^2, with the scales `step` apart.
template <class T>
EIGEN_STRONG_INLINE simd::Pack<T> scaled_squares(const T* z, Index d, const T* scales, Index step) {
  constexpr Index L = simd::kLanes<T>;
  auto distance = simd::broadcast(T(0));
  for (Index c = 0; c < d; ++c) {
    const auto u = simd::multiply<T>(simd::load(z + c * L), simd::load(scales + c * step));
    distance = simd::multiply_add<T>(u, u, distance);
  }
  return distance;
}

// For every group of L components, `count` vectors: lane j of vector i is value(j, i), or `padding`
// where there is no component j.
template <Index L, class Number, class Value>
AlignedArray<Number> as_lanes(Index components, Index count, Number padding, const Value& value) {
  const Index groups = (components + L - 1) / L;
  AlignedArray<Number> out(groups * count * L);
  for (Index j = 0; j < groups * L; ++j) {
    Number* const lane = out.data() + j / L * count * L + j % L;
    for (Index i = 0; i < count; ++i) lane[i * L] = j < components ? value(j, i) : padding;
  }
  return out;
}

}  // namespace

template <class T>
OneRowKernel<T>::OneRowKernel(const Densities& densities)
    : components_(densities.components),
      features_(densities.features),
      log_noise_(densities.log_noise) {
  const auto& normalizers = densities.log_normalizers;
  log_normalizers_ =
      as_lanes<kLanes>(components_, 1, -std::numeric_limits<T>::infinity(),
                       [&](Index j, Index) { return static_cast<T>(normalizers[size_t(j)]); });
  if (const auto whitening = Whitening::of<T>(densities)) {
    const Index d = features_;
    centre_.resize(d);
    for (Index c = 0; c < d; ++c) centre_[c] = static_cast<T>(whitening->centre[size_t(c)]);
    whitening_ = as_lanes<kLanes>(d, d, T(0), [&](Index c, Index r) {
      return r <= c ? static_cast<T>(densities.factors[r * d + c]) : T(0);
    });
    set_components(whitening->whitened(densities));
  } else {
    set_components(densities);
  }
  if constexpr (std::is_same_v<T, float>) {
    in_double_ = which_need_double(densities, 1);
    if (std::count(in_double_.begin(), in_double_.end(), 1) > 0) {
      double_kernel_ = std::make_unique<const OneRowKernel<double>>(densities);
    }
  }
}

template <class T>
void OneRowKernel<T>::set_components(const Densities& densities) {
  const Index k = components_, d = features_;
  layout_ = densities.layout;
  const auto means =
      as_lanes<kLanes>(k, d, 0.0, [&](Index j, Index c) { return densities.means[j * d + c]; });
  means_ = SplitMeans<T>(means.data(), means.size());
  std::vector<Index> offsets;  // of a factor's entries, in the order in which they are read
  if (layout_.kind == Kind::matrix) {
    for_each_entry<kPanel>(d, [&](Index r, Index c) { offsets.push_back(r * d + c); });
  } else {
    for (Index i = 0; i < layout_.size; ++i) offsets.push_back(i);
  }
  const auto size = static_cast<Index>(offsets.size());
  const auto entry = [&](Index j, Index i) {
    return static_cast<T>(densities.factors[layout_.offset(j) + offsets[size_t(i)]]);
  };
  const bool shared_triangle = layout_.kind == Kind::matrix && layout_.shared;
  factors_ =
      shared_triangle ? as_lanes<1>(1, size, T(0), entry) : as_lanes<kLanes>(k, size, T(0), entry);
  factor_size_ = shared_triangle ? 0 : size;
}

// For the whitened row and its differences to the means of a group: whole cache lines, so that what
// follows is aligned.
template <class T>
Index OneRowKernel<T>::own_scratch_size() const noexcept {
  constexpr Index kCacheLine = 64 / Index{sizeof(T)};
  return round_up(round_up(features_, kLanes) + features_ * kLanes, kCacheLine);
}

// The double kernel needs room for its results, its scratch, and the row, whose length may be any.
template <class T>
Index OneRowKernel<T>::scratch_size() const noexcept {
  if (!double_kernel_) return own_scratch_size();
  constexpr Index kBytes = sizeof(T), kDoubleBytes = sizeof(double);
  const Index doubles =
      double_kernel_->padded_columns() + double_kernel_->scratch_size() + features_;
  return own_scratch_size() + doubles * kDoubleBytes / kBytes;
}

template <class T>
void OneRowKernel<T>::log_densities(const T* x, T* out, T* scratch) const noexcept {
  own_log_densities(x, out, scratch);
  if (log_noise_) {
    std::fill(out + components_, out + padded_columns(), -std::numeric_limits<T>::infinity());
    out[components_] = static_cast<T>(*log_noise_);
  }
  if (double_kernel_) overwrite_from_double(x, out, scratch + own_scratch_size());
}

template <class T>
void OneRowKernel<T>::overwrite_from_double(const T* x, T* out, T* scratch) const noexcept {
  auto* const values = reinterpret_cast<double*>(scratch);
  double* const double_scratch = values + double_kernel_->padded_columns();
  double* const row = double_scratch + double_kernel_->scratch_size();
  std::copy_n(x, features_, row);
  double_kernel_->log_densities(row, values, double_scratch);
  for (Index j = 0; j < components_; ++j) {
    if (in_double_[size_t(j)] != 0) out[j] = static_cast<T>(values[j]);
  }
}

template <class T>
void OneRowKernel<T>::own_log_densities(const T* x, T* out, T* scratch) const noexcept {
  if (whitening_.size() > 0) {
    T* const y = scratch;
    scratch += round_up(features_, kLanes);
    whiten(x, y);
    x = y;
  }
  for (Index first = 0; first < components_; first += kLanes) {
    const auto mean = means_.from(first * features_);
    for (Index c = 0; c < features_; ++c) {
      const Index lanes = c * kLanes;
      simd::store(scratch + lanes, mean.template centre<true>(simd::broadcast(x[c]), lanes));
    }
    const auto distances = squared_distances(scratch, factors_.data() + first * factor_size_);
    simd::store(out + first,
                simd::log_density<T>(distances, simd::load(log_normalizers_.data() + first)));
  }
}

// |U_j^T z|^2 for a group of components.
template <class T>
EIGEN_STRONG_INLINE simd::Pack<T> OneRowKernel<T>::squared_distances(
    const T* z, const T* factor) const noexcept {
  switch (layout_.kind) {
    case Kind::matrix:
      return layout_.shared ? squared_length<false>(z, features_, factor)
                            : squared_length<true>(z, features_, factor);
    case Kind::vector:
      return scaled_squares(z, features_, factor, kLanes);
    case Kind::scalar:
      break;
  }
  return scaled_squares(z, features_, factor, Index{0});
}

// y = U^T (x - c), with columns as vector lanes. Each sum goes over the rows in their order, as in
// the kernel for blocks; what is added past the diagonal is zero.
template <class T>
void OneRowKernel<T>::whiten(const T* x, T* y) const noexcept {
  const Index d = features_;
  for (Index c = 0; c < d; c += kLanes) {
    auto sum = simd::broadcast(T(0));
    for (Index r = 0; r < std::min(c + kLanes, d); ++r) {
      const auto entries = simd::load(whitening_.data() + c * d + r * kLanes);
      sum = simd::multiply_add<T>(simd::broadcast(x[r] - centre_[r]), entries, sum);
    }
    simd::store(y + c, sum);
  }
}

template class OneRowKernel<float>;
template class OneRowKernel<double>;

}  // namespace gaussmix
