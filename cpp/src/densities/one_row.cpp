// SPDX-License-Identifier: BSD-3-Clause
#include "densities/one_row.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "densities/needs_double.hpp"

namespace gaussmix {
namespace {

// The columns of U that are multiplied at once: as many sums as hide the latency of each.
constexpr Index kPanel = 8;

// The next vector of factor entries: one for each component, or one that all share.
template <bool shared, class T>
EIGEN_STRONG_INLINE simd::Pack<T> next_entry(const T*& factor) {
  if constexpr (shared) {
    return simd::broadcast(*factor++);
  } else {
    const auto entry = simd::load(factor);
    factor += simd::kLanes<T>;
    return entry;
  }
}

// distance += (U^T z)_t^2 for the `width` columns t from `first` on. The sum over the rows starts
// at the first and ends at the diagonal; the kernel for blocks may leave zeros out.
template <bool shared, int width, class T>
EIGEN_STRONG_INLINE void add_panel(const T* z, Index first, const T*& factor,
                                   simd::Pack<T>& distance) {
  constexpr Index L = simd::kLanes<T>;
  simd::Pack<T> product[width];
  for (int t = 0; t < width; ++t) product[t] = simd::broadcast(T(0));
  for (Index c = 0; c < first; ++c) {
    const auto u = simd::load(z + c * L);
    for (int t = 0; t < width; ++t) {
      product[t] = simd::multiply_add<T>(u, next_entry<shared>(factor), product[t]);
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < width; ++c) {
    const auto u = simd::load(z + (first + c) * L);
#pragma GCC unroll 8
    for (int t = c; t < width; ++t) {
      product[t] = simd::multiply_add<T>(u, next_entry<shared>(factor), product[t]);
    }
  }
  for (int t = 0; t < width; ++t) {
    distance = simd::multiply_add<T>(product[t], product[t], distance);
  }
}

// The last panel, whose width becomes a constant of the compiled code.
template <bool shared, int width, class T>
EIGEN_STRONG_INLINE void add_last_panel(const T* z, Index d, const T* factor,
                                        simd::Pack<T>& distance) {
  if constexpr (width > 0) {
    if (d % kPanel == width) {
      add_panel<shared, width>(z, d - width, factor, distance);
    } else {
      add_last_panel<shared, width - 1>(z, d, factor, distance);
    }
  }
}

template <bool shared, class T>
EIGEN_STRONG_INLINE simd::Pack<T> squared_length(const T* z, Index d, const T* factor) {
  auto distance = simd::broadcast(T(0));
  for (Index first = 0; first + kPanel <= d; first += kPanel) {
    add_panel<shared, kPanel>(z, first, factor, distance);
  }
  add_last_panel<shared, kPanel - 1>(z, d, factor, distance);
  return distance;
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

// The offsets, row * d + column, of the entries of a factor in the order in which `squared_length`
// reads them: panel after panel of kPanel columns (the last has what is left), of each panel row
// after row down to the diagonal.
std::vector<Index> factor_offsets(Index d) {
  std::vector<Index> offsets;
  for (Index first = 0; first < d; first += kPanel) {
    const Index end = std::min(first + kPanel, d);
    for (Index row = 0; row < end; ++row) {
      for (Index column = std::max(first, row); column < end; ++column) {
        offsets.push_back(row * d + column);
      }
    }
  }
  return offsets;
}

// For every group of components, `count` vectors: lane j of vector i is value(j, i), and
// `past_end` where there is no component j.
template <class T, class Value>
AlignedArray<T> as_lanes(Index components, Index count, T past_end, const Value& value) {
  constexpr Index L = simd::kLanes<T>;
  const Index groups = (components + L - 1) / L;
  AlignedArray<T> out(groups * count * L);
  for (Index j = 0; j < groups * L; ++j) {
    T* const lane = out.data() + j / L * count * L + j % L;
    for (Index i = 0; i < count; ++i) lane[i * L] = j < components ? value(j, i) : past_end;
  }
  return out;
}

}  // namespace

template <class T>
OneRowKernel<T>::OneRowKernel(const Densities& densities)
    : components_(densities.components), features_(densities.features) {
  const auto& normalizers = densities.log_normalizers;
  log_normalizers_ =
      as_lanes<T>(components_, 1, -std::numeric_limits<T>::infinity(),
                  [&](Index j, Index) { return static_cast<T>(normalizers[size_t(j)]); });
  if (sizeof(T) == sizeof(float)) {
    const auto in_double = components_that_need_double(densities, 1);
    for (Index j = 0; j < components_; ++j) {
      if (in_double[size_t(j)] != 0) in_double_.push_back(j);
    }
  }
  if (!in_double_.empty()) precise_ = std::make_unique<const OneRowKernel<double>>(densities);
  const auto whitening =
      densities.layout.shared ? Whitening::of<T>(densities) : std::optional<Whitening>();
  if (whitening) {
    set_whitening(densities.factors, *whitening);
    return;
  }
  form_ = form_of(densities.layout);
  set_means(densities.means);
  factors_ = pack_factors(densities.factors);
}

template <class T>
typename OneRowKernel<T>::Form OneRowKernel<T>::form_of(const CovarianceLayout& layout) {
  switch (layout.kind) {
    case CovarianceLayout::Kind::matrix:
      return layout.shared ? Form::shared_triangle : Form::triangles;
    case CovarianceLayout::Kind::vector:
      return Form::scales;
    case CovarianceLayout::Kind::scalar:
      break;
  }
  return Form::scale;
}

template <class T>
void OneRowKernel<T>::set_means(const double* means) {
  const Index d = features_;
  const auto high = [&](Index j, Index c) { return static_cast<T>(means[j * d + c]); };
  const auto low = [&](Index j, Index c) {
    return static_cast<T>(means[j * d + c] - static_cast<double>(high(j, c)));
  };
  means_ = as_lanes<T>(components_, d, T(0), high);
  low_means_ = as_lanes<T>(components_, d, T(0), low);
}

template <class T>
void OneRowKernel<T>::set_whitening(const double* factor, const Whitening& whitening) {
  constexpr Index L = simd::kLanes<T>;
  const Index d = features_, size = (d + L - 1) / L * L;
  form_ = Form::scale;
  set_means(whitening.means.data());
  factors_ = as_lanes<T>(components_, 1, T(0), [](Index, Index) { return T(1); });
  centre_.assign(size, T(0));
  whitening_.assign(d * size, T(0));
  for (Index r = 0; r < d; ++r) {
    centre_[r] = static_cast<T>(whitening.centre[size_t(r)]);
    for (Index c = r; c < d; ++c) whitening_[r * size + c] = static_cast<T>(factor[r * d + c]);
  }
}

template <class T>
AlignedArray<T> OneRowKernel<T>::pack_factors(const double* factors) const {
  const Index k = components_, d = features_;
  const auto offsets = factor_offsets(d);
  const auto count = static_cast<Index>(offsets.size());
  const auto entry = [&](Index j, Index i) {
    return static_cast<T>(factors[j * d * d + offsets[size_t(i)]]);
  };
  switch (form_) {
    case Form::triangles:
      return as_lanes<T>(k, count, T(0), entry);
    case Form::shared_triangle: {
      AlignedArray<T> shared(count);
      for (Index i = 0; i < count; ++i) shared[i] = entry(0, i);
      return shared;
    }
    case Form::scales:
      return as_lanes<T>(k, d, T(0),
                         [&](Index j, Index c) { return static_cast<T>(factors[j * d + c]); });
    case Form::scale:
      break;
  }
  return as_lanes<T>(k, 1, T(0), [&](Index j, Index) { return static_cast<T>(factors[j]); });
}

template <class T>
Index OneRowKernel<T>::scratch_size() const noexcept {
  if (!precise_) return plain_scratch_size();
  constexpr Index kBytes = sizeof(T), kDoubleBytes = sizeof(double);
  const Index doubles = precise_->padded_components() + precise_->scratch_size() + features_;
  return plain_scratch_size() + doubles * kDoubleBytes / kBytes;
}

template <class T>
void OneRowKernel<T>::log_densities(const T* x, T* out, T* scratch) const noexcept {
  plain_log_densities(x, out, scratch);
  if (precise_) overwrite_with_double(x, out, scratch + plain_scratch_size());
}

// The row comes last in the scratch, since its length may be any.
template <class T>
void OneRowKernel<T>::overwrite_with_double(const T* x, T* out, T* scratch) const noexcept {
  auto* const values = reinterpret_cast<double*>(scratch);
  double* const precise_scratch = values + precise_->padded_components();
  double* const row = precise_scratch + precise_->scratch_size();
  std::copy_n(x, features_, row);
  precise_->log_densities(row, values, precise_scratch);
  for (const Index j : in_double_) out[j] = static_cast<T>(values[j]);
}

template <class T>
void OneRowKernel<T>::plain_log_densities(const T* x, T* out, T* scratch) const noexcept {
  constexpr Index L = simd::kLanes<T>;
  const Index d = features_, entries = d * (d + 1) / 2;
  if (whitened_size() > 0) {
    whiten(x, scratch);
    x = scratch;
    scratch += whitened_size();
  }
  for (Index first = 0; first < components_; first += L) {
    centre(x, first, scratch);
    const auto distance = [&] {
      switch (form_) {
        case Form::triangles:
          return squared_length<false>(scratch, d, factors_.data() + first * entries);
        case Form::shared_triangle:
          return squared_length<true>(scratch, d, factors_.data());
        case Form::scales:
          return scaled_squares(scratch, d, factors_.data() + first * d, L);
        case Form::scale:
          break;
      }
      return scaled_squares(scratch, d, factors_.data() + first, Index{0});
    }();
    simd::store(out + first,
                simd::log_density<T>(distance, simd::load(log_normalizers_.data() + first)));
  }
}

// y = U^T (x - c), with columns as vector lanes. Each sum goes over the rows in their order, as in
// the kernel for blocks; what is added past the diagonal is zero.
template <class T>
void OneRowKernel<T>::whiten(const T* x, T* y) const noexcept {
  constexpr Index L = simd::kLanes<T>;
  const Index size = whitened_size();
  for (Index c = 0; c < size; c += L) {
    auto sum = simd::broadcast(T(0));
    for (Index r = 0; r < std::min(c + L, features_); ++r) {
      const auto entries = simd::load(whitening_.data() + r * size + c);
      sum = simd::multiply_add<T>(simd::broadcast(x[r] - centre_[r]), entries, sum);
    }
    simd::store(y + c, sum);
  }
}

// z = x - mu, a vector a feature, for the components from `first` on.
template <class T>
void OneRowKernel<T>::centre(const T* x, Index first, T* z) const noexcept {
  constexpr Index L = simd::kLanes<T>;
  const Index offset = first * features_;
  for (Index c = 0; c < features_; ++c) {
    const Index at = offset + c * L;
    const auto difference =
        simd::subtract<T>(simd::broadcast(x[c]), simd::load(means_.data() + at));
    if constexpr (sizeof(T) == sizeof(double)) {
      simd::store(z + c * L, difference);
    } else {
      simd::store(z + c * L, simd::subtract<T>(difference, simd::load(low_means_.data() + at)));
    }
  }
}

template class OneRowKernel<float>;
template class OneRowKernel<double>;

}  // namespace gaussmix
