// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/common_moments.hpp"

#include <algorithm>

#include "simd/simd.hpp"
#include "simd/static_size.hpp"
#include "statistics/moments/active_rows.hpp"
#include "statistics/moments/block_moments.hpp"

namespace gaussmix {
namespace {

using Pack = simd::Pack<double>;
constexpr Index L = simd::kLanes<double>;

// The sums of kWide products for kHigh components stay in registers, of which AVX-512 has 32.
constexpr bool kManyRegisters = L * sizeof(double) == 64;
constexpr int kHigh = kManyRegisters ? 4 : 3, kWide = kManyRegisters ? 6 : 4;

// Moments of each component alone were measured to be as fast with fewer components or features.
constexpr Index kFewComponents = 12, kFewFeatures = 7;

// Where the products of a feature with ones, and with those up to itself, begin.
constexpr Index row_of_triangle(Index feature) { return (feature + 1) * (feature + 2) / 2; }

}  // namespace

template <class T>
bool CommonMoments<T>::suits(Index d, Index k, ScatterForm form) {
  // Sums of more products would not stay in a cache.
  constexpr Index kMostFeatures = 128, kMostVariances = 1024;
  return k >= kFewComponents && d >= kFewFeatures &&
         ((form == ScatterForm::full && d <= kMostFeatures) ||
          (form == ScatterForm::diagonal && d <= kMostVariances));
}

template <class T>
Index CommonMoments<T>::most(Index d, ScatterForm form) {
  constexpr Index kCacheBytes = Index{1} << 20;
  const Index products = form == ScatterForm::full ? row_of_triangle(d) : 1 + 2 * d;
  return std::clamp<Index>(kCacheBytes / (products * Index{sizeof(double)}), 64, 128);
}

template <class T>
CommonMoments<T>::CommonMoments(Index d, ScatterForm form, double negligible)
    : d_(d),
      form_(form),
      negligible_(negligible),
      rows_worth_a_vector_(rows_worth_a_vector(d, form == ScatterForm::full)) {
  pairs_.emplace_back(0, 0);
  for (Index a = 1; a <= d; ++a) {
    pairs_.emplace_back(a, 0);
    for (Index b = form == ScatterForm::full ? 1 : a; b <= a; ++b) pairs_.emplace_back(a, b);
  }
  while (size() % kWide != 0) pairs_.emplace_back(0, 0);
}

template <class T>
bool CommonMoments<T>::pays(Index length, const std::vector<const double*>& weights) const {
  constexpr std::size_t kSample = 8;
  if (weights.size() < size_t(kFewComponents)) return false;
  // Measured, in the time of a vector of rows whose moments are about a centre of their own; the
  // second part is that of making the products.
  const double time = 0.5 + 2.5 / static_cast<double>(weights.size());
  const Index vectors = length / L;
  double with_own_centres = 0.0, together = 0.0;
  ActiveRows active(negligible_);
  for (std::size_t w = 0; w < weights.size(); w += (weights.size() + kSample - 1) / kSample) {
    active.find(length, weights[w]);
    together += time * static_cast<double>(vectors);
    with_own_centres += std::min(static_cast<double>(active.vectors()),
                                 static_cast<double>(active.rows()) / rows_worth_a_vector_);
  }
  return together < with_own_centres;
}

template <class T>
void CommonMoments<T>::find(const Block<T>& block, const double* point,
                            const std::vector<const double*>& weights) {
  padded_ = weights;
  while (padded_.size() % kHigh != 0) padded_.push_back(weights.back());
  const auto rows = static_cast<Index>(padded_.size());
  if (moments_.size() < rows * size()) moments_.resize(rows * size());
  set_columns(block, point);
  for (Index pair = 0; pair < size(); pair += kWide) {
    set_products(pair, block.length);
    for (Index w = 0; w < rows; w += kHigh) {
      multiply(padded_.data() + w, block.length, moments_.data() + w * size() + pair);
    }
  }
}

template <class T>
void CommonMoments<T>::set_columns(const Block<T>& block, const double* point) {
  stride_ = column_stride<double>(block.length);
  columns_.resize((d_ + 1) * stride_);
  std::fill_n(columns_.data(), block.length, 1.0);
  for (Index c = 0; c < d_; ++c) {
    const Pack centre = simd::broadcast(point[c]);
    double* const out = columns_.data() + (c + 1) * stride_;
    for (Index i = 0; i < block.length; i += L) {
      const Pack x = simd::load_as_double(block.column(c) + i);
      simd::store(out + i, simd::subtract<double>(x, centre));
    }
  }
}

template <class T>
void CommonMoments<T>::set_products(Index pair, Index length) {
  products_.resize(kWide * length);
  for (Index p = 0; p < kWide; ++p) {
    const auto [a, b] = pairs_[size_t(pair + p)];
    const double* const left = columns_.data() + a * stride_;
    const double* const right = columns_.data() + b * stride_;
    double* out = products_.data() + p * L;
    for (Index i = 0; i < length; i += L, out += kWide * L) {
      simd::store(out, simd::multiply<double>(simd::load(left + i), simd::load(right + i)));
    }
  }
}

// out = the sums of the products in `products_` for kHigh components, size() apart.
template <class T>
void CommonMoments<T>::multiply(const double* const* weights, Index length, double* out) const {
  const double* columns[kHigh];
  std::copy_n(weights, kHigh, columns);
  const double* products = products_.data();
  Pack sums[kHigh * kWide];
  unrolled<kHigh * kWide>([&](auto s) { sums[s] = simd::broadcast(0.0); });
  for (Index i = 0; i < length; i += L, products += kWide * L) {
    Pack product[kWide];
    unrolled<kWide>([&](auto p) { product[p] = simd::load(products + p * L); });
    unrolled<kHigh>([&](auto w) {
      const Pack weight = simd::load(columns[w] + i);
      unrolled<kWide>([&](auto p) {
        constexpr int kSum = w * kWide + p;
        sums[kSum] = simd::multiply_add<double>(weight, product[p], sums[kSum]);
      });
    });
  }
  alignas(64) double totals[simd::kWholeVectors<double, kHigh * kWide>];
  simd::sum_each<double>(sums, totals);
  for (Index w = 0; w < kHigh; ++w) std::copy_n(totals + w * kWide, kWide, out + w * size());
}

template <class T>
void CommonMoments<T>::moments(Index w, double* first, double* second) const {
  const double* const own = moments_.data() + w * size();
  for (Index c = 0; c < d_; ++c) {
    const double* const of_feature =
        own + (form_ == ScatterForm::full ? row_of_triangle(c) : 1 + 2 * c);
    first[c] = of_feature[0];
    second[c] = of_feature[form_ == ScatterForm::full ? c + 1 : 1];
  }
}

template <class T>
void CommonMoments<T>::add_products(Index w, double* scatter) const {
  const double* const own = moments_.data() + w * size();
  for (Index r = 0; r < d_; ++r) {
    const double* const row = own + row_of_triangle(r) + 1;
    for (Index c = 0; c <= r; ++c) scatter[r * d_ + c] += row[c];
  }
}

template class CommonMoments<float>;
template class CommonMoments<double>;

}  // namespace gaussmix
