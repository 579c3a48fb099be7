// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <vector>

#include "densities/kernel.hpp"
#include "densities/mixed_precision.hpp"
#include "densities/one_row.hpp"
#include "densities/whitening.hpp"
#include "made_mixture.hpp"
#include "simd/exp_log.hpp"

namespace gaussmix {
namespace {

template <class T>
std::vector<T> all_log_densities(const Kernel<T>& kernel, const Block<T>& block, Index k, T floor) {
  AlignedArray<T> out(k * block.stride), scratch(kernel.scratch_size(block.stride));
  kernel.prepare(block, scratch.data());
  for (Index j = 0; j < k; ++j) {
    kernel.log_density(block, all_rows(block), j, floor, out.data() + j * block.stride,
                       scratch.data());
  }
  std::vector<T> values;
  for (Index j = 0; j < k; ++j) {
    for (Index i = 0; i < block.rows; ++i) values.push_back(out[j * block.stride + i]);
  }
  return values;
}

template <class T>
class Kernels : public testing::Test {
 protected:
  static constexpr T kExact = -std::numeric_limits<T>::infinity();

  Block<T> block_of(Index rows, Index d) {
    rows_ = made::normal<T>(rows * d, 5);
    for (T& value : rows_) value *= T(3);
    return make_block<T>({{rows_.data(), rows, d}}, 0, rows, storage_);
  }

 private:
  std::vector<T> rows_;
  AlignedArray<T> storage_;
};

using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(Kernels, Scalars);

TYPED_TEST(Kernels, FewFeaturesGiveTheBitsOfAnyNumber) {
  for (const auto type : {CovarianceType::full, CovarianceType::tied}) {
    for (Index d = 1; d <= 8; ++d) {
      const Mixture mixture = made::mixture(type, 3, d, 2.0, 7, scalar_type_of<TypeParam>());
      const auto small = make_small_triangular_kernel<TypeParam>(Densities::of(mixture));
      const auto any = make_triangular_kernel<TypeParam>(Densities::of(mixture));
      const auto block = this->block_of(100, d);
      EXPECT_EQ(all_log_densities(*small, block, 3, this->kExact),
                all_log_densities(*any, block, 3, this->kExact))
          << d << " features";
    }
  }
  const Mixture larger = made::mixture(CovarianceType::full, 3, 9, 2.0, 7);
  EXPECT_EQ(make_small_triangular_kernel<TypeParam>(Densities::of(larger)), nullptr);
}

// Each row's log-density under each component, in long double.
template <class T>
std::vector<long double> exact_log_densities(const Mixture& mixture, const std::vector<T>& rows) {
  const Index k = mixture.n_components(), d = mixture.n_features();
  const auto normalizers = mixture.log_normalizers();
  const bool shared = mixture.covariance_type() == CovarianceType::tied;
  std::vector<long double> out;
  for (Index j = 0; j < k; ++j) {
    const double* const factor = mixture.precisions_cholesky().data() + (shared ? 0 : j * d * d);
    for (std::size_t i = 0; i < rows.size() / size_t(d); ++i) {
      long double squared = 0.0L;
      for (Index c = 0; c < d; ++c) {
        long double sum = 0.0L;
        for (Index r = 0; r <= c; ++r) {
          const long double x = rows[i * size_t(d) + size_t(r)];
          sum += (x - mixture.means()[size_t(j * d + r)]) * factor[r * d + c];
        }
        squared += sum * sum;
      }
      out.push_back(normalizers[size_t(j)] - squared / 2);
    }
  }
  return out;
}

// The upper triangle of a factor whose entry (r, c) may be other than zero where `linked` says so.
template <class Linked>
Mixture mixture_of_factors(CovarianceType type, Index d, ScalarType scalar, const Linked& linked) {
  constexpr Index kComponents = 3;
  std::vector<double> means = made::normal<double>(kComponents * d, 4), factors;
  for (double& mean : means) mean = static_cast<double>(static_cast<float>(mean));
  for (Index j = 0; j < (type == CovarianceType::tied ? 1 : kComponents); ++j) {
    for (Index r = 0; r < d; ++r) {
      for (Index c = 0; c < d; ++c) {
        const double entry = c == r ? 1.0 + 0.25 * double(j) : 0.125 * double((r + c + j) % 5 - 2);
        factors.push_back(c == r || (c > r && linked(r, c)) ? entry : 0.0);
      }
    }
  }
  return Mixture::from_precisions_cholesky({type, kComponents, d}, scalar, {0.25, 0.25, 0.5}, means,
                                           factors);
}

// The bits are those of a single row, also where distances overflow.
TYPED_TEST(Kernels, PassOverZerosOfAFactor) {
  using T = TypeParam;
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-13;
  const std::vector<std::function<bool(Index, Index)>> patterns{
      [](Index, Index) { return false; },                 // nothing depends on anything
      [](Index r, Index c) { return c - r <= 2; },        // each on the two before it
      [](Index r, Index c) { return r / 7 == c / 7; },    // sevens, each on the others
      [](Index r, Index c) { return r > 5 || c == 11; },  // the first on the twelfth alone
      [](Index, Index) { return true; }};
  constexpr Index kRows = 100;
  for (const Index d : {9, 12, 23, 40}) {
    auto rows = made::normal<T>(kRows * d, 5);
    for (Index i = 0; i < kRows; i += 9) {  // of some rows, what is far beyond any covariance
      for (Index c = 0; c < d; ++c) rows[size_t(i * d + c)] *= std::numeric_limits<T>::max() / T(8);
    }
    AlignedArray<T> storage;
    const auto block = make_block<T>({{rows.data(), kRows, d}}, 0, kRows, storage);
    for (std::size_t pattern = 0; pattern < 2 * patterns.size(); ++pattern) {
      const auto type = pattern % 2 == 0 ? CovarianceType::full : CovarianceType::tied;
      const Mixture mixture =
          mixture_of_factors(type, d, scalar_type_of<T>(), patterns[pattern / 2]);
      const auto values =
          all_log_densities<T>(*make_kernel<T>(Densities::of(mixture)), block, 3, this->kExact);
      const auto exact = exact_log_densities(mixture, rows);
      const OneRowKernel<T> one_row(Densities::of(mixture));
      AlignedArray<T> scratch(one_row.scratch_size()), single(one_row.padded_columns());
      for (Index i = 0; i < kRows; ++i) {
        one_row.log_densities(rows.data() + i * d, single.data(), scratch.data());
        for (Index j = 0; j < 3; ++j) {
          const auto at = size_t(j * kRows + i);
          EXPECT_EQ(values[at], single[j]) << d << ", " << pattern;
          if (i % 9 == 0) {
            EXPECT_EQ(values[at], -std::numeric_limits<T>::infinity());
          } else {
            const auto right = static_cast<double>(exact[at]);
            EXPECT_NEAR(values[at], right, tolerance * std::max(1.0, std::abs(right)));
          }
        }
      }
    }
  }
}

// A row whose partial sum is not a number, infinity less infinity, beside one that is near: it may
// not hide that one.
TYPED_TEST(Kernels, LeaveOffNothingBesideWhatIsNotANumber) {
  using T = TypeParam;
  constexpr Index d = 16, kRows = 64;
  constexpr T kMost = std::numeric_limits<T>::max();
  std::vector<double> factor(size_t(d * d), 0.0), mean(size_t(d), 0.0);
  for (Index r = 0; r < d; ++r) factor[size_t(r * d + r)] = 4.0;
  factor[1] = -4.0;  // the second product is 4 (z_1 - z_0)
  mean[1] = -static_cast<double>(kMost);
  const Mixture mixture = Mixture::from_precisions_cholesky(
      {CovarianceType::full, 1, d}, scalar_type_of<T>(), {1.0}, mean, factor);
  const auto kernel = make_triangular_kernel<T>(Densities::of(mixture));
  for (Index strange = 0; strange < kRows; ++strange) {
    for (Index near = 0; near < kRows; ++near) {
      if (strange == near) continue;
      std::vector<T> rows(size_t(kRows * d), T(10));
      std::fill_n(rows.begin() + near * d, d, T(0.5));
      for (Index i = 0; i < kRows; ++i) rows[size_t(i * d + 1)] = -kMost;
      std::fill_n(rows.begin() + strange * d, d, kMost);
      AlignedArray<T> storage;
      const auto block = make_block<T>({{rows.data(), kRows, d}}, 0, kRows, storage);
      const auto exact = all_log_densities(*kernel, block, 1, this->kExact);
      const auto values = all_log_densities(*kernel, block, 1, T(-100));
      ASSERT_GT(exact[size_t(near)], T(-100));
      ASSERT_EQ(values[size_t(near)], exact[size_t(near)]) << strange << ", " << near;
    }
  }
}

TYPED_TEST(Kernels, OnlyValuesBelowTheFloorMayBeBounds) {
  const Mixture mixture =
      made::mixture(CovarianceType::full, 4, 40, 6.0, 7, scalar_type_of<TypeParam>());
  const auto kernel = make_triangular_kernel<TypeParam>(Densities::of(mixture));
  const auto block = this->block_of(150, 40);
  const auto exact = all_log_densities(*kernel, block, 4, this->kExact);
  for (const TypeParam floor : {TypeParam(-1e7), TypeParam(-300)}) {
    const auto values = all_log_densities(*kernel, block, 4, floor);
    int bounds = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == exact[i]) continue;
      ++bounds;
      EXPECT_GT(values[i], exact[i]);
      EXPECT_LT(values[i], floor);
    }
    EXPECT_EQ(bounds > 0, floor == TypeParam(-300)) << floor;
  }
}

// Components `apart` times as far from each other as they are wide, which is some `scale`; the
// mixture is tied.
Mixture spread_mixture(double apart, Index d, ScalarType scalar, double scale = 1.0) {
  constexpr Index kComponents = 3;
  auto means = made::normal<double>(kComponents * d, 9);
  for (double& mean : means)
    mean = scalar == ScalarType::float32 ? float(scale * apart * mean) : scale * apart * mean;
  std::vector<double> factor(size_t(d * d), 0.0);
  for (Index r = 0; r < d; ++r) {
    for (Index c = r; c < d; ++c) factor[size_t(r * d + c)] = (r == c ? 1.0 : 0.125) / scale;
  }
  return Mixture::from_precisions_cholesky({CovarianceType::tied, kComponents, d}, scalar,
                                           {0.25, 0.25, 0.5}, means, factor);
}

// On both sides of the switch: what is whitened is as accurate as any kernel has to be.
TYPED_TEST(Kernels, WhitenWhereNothingIsLost) {
  using T = TypeParam;
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-3 : 1e-8;
  const double near = sizeof(T) == sizeof(float) ? 10.0 : 1e4, far = 1e5 * near;
  for (const Index d : {1, 2, 7, 16, 40}) {
    for (const double apart : {1.0, near, far}) {
      const Mixture mixture = spread_mixture(apart, d, scalar_type_of<T>());
      EXPECT_EQ(Whitening::of<T>(Densities::of(mixture)).has_value(), apart < far)
          << d << ", " << apart;
      std::vector<T> rows;  // near one component or the other
      for (const T value : made::normal<T>(60 * d, 11)) {
        const auto at = static_cast<Index>(rows.size()) % (3 * d);
        rows.push_back(static_cast<T>(mixture.means()[size_t(at)]) + T(2) * value);
      }
      AlignedArray<T> storage;
      const auto block = make_block<T>({{rows.data(), 60, d}}, 0, 60, storage);
      const auto values =
          all_log_densities<T>(*make_kernel<T>(Densities::of(mixture)), block, 3, this->kExact);
      const auto exact = exact_log_densities(mixture, rows);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto right = static_cast<double>(exact[i]);
        EXPECT_NEAR(values[i], right, tolerance * std::max(1.0, std::abs(right)));
      }
    }
  }
}

// A log-density may be small though the distance is not. Components are as far apart as whitening
// allows.
TYPED_TEST(Kernels, WhitenWhereLogDensitiesAreSmall) {
  using T = TypeParam;
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-3 : 1e-8;
  for (const Index d : {1, 2, 3, 4, 8}) {
    for (const double distance : {3.0, 5.0}) {
      const double half = distance * distance / 2, log_peak = std::log(0.25) - 0.919 * double(d);
      const double scale = std::exp((log_peak - half) / double(d));
      double apart = 1.0;
      const auto mixture_at = [&](double a) {
        return spread_mixture(a, d, scalar_type_of<T>(), scale);
      };
      const auto whitens = [](const Mixture& mixture) {
        return Whitening::of<T>(Densities::of(mixture)).has_value();
      };
      while (whitens(mixture_at(1.1 * apart))) apart *= 1.1;
      EXPECT_GT(apart, 10.0);
      const Mixture mixture = mixture_at(apart);
      std::vector<T> rows;
      const auto draws = made::normal<double>(300 * d, 11);
      for (Index i = 0; i < 300; ++i) {
        double length = 0.0;
        for (Index c = 0; c < d; ++c) length = std::hypot(length, draws[size_t(i * d + c)]);
        for (Index c = 0; c < d; ++c) {
          const double step = scale * distance / length * draws[size_t(i * d + c)];
          rows.push_back(static_cast<T>(mixture.means()[size_t(i % 3 * d + c)] + step));
        }
      }
      AlignedArray<T> storage;
      const auto block = make_block<T>({{rows.data(), 300, d}}, 0, 300, storage);
      const auto values =
          all_log_densities<T>(*make_kernel<T>(Densities::of(mixture)), block, 3, this->kExact);
      const auto exact = exact_log_densities(mixture, rows);
      int small = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto right = static_cast<double>(exact[i]);
        small += std::abs(right) < 2.0 ? 1 : 0;
        EXPECT_NEAR(values[i], right, tolerance * std::max(1.0, std::abs(right)));
      }
      EXPECT_GT(small, 30);
    }
  }
}

// On both sides of the switch, and the kernel of float alone beyond it.
TEST(MixedPrecision, IsRightWhereFloatIsTooCoarse) {
  const std::vector<double> steepness{1.0, 30.0, 1e4, 1e6, 1e8};
  for (const auto type : {CovarianceType::full, CovarianceType::tied}) {
    for (const Index d : {2, 7, 20}) {
      for (std::size_t first = 0; first < steepness.size(); ++first) {
        auto own = steepness;
        std::rotate(own.begin(), own.begin() + std::ptrdiff_t(first), own.end());
        if (type == CovarianceType::tied) std::fill(own.begin(), own.end(), own.front());
        const Mixture mixture = made::chains(type, own, d, ScalarType::float32);
        const auto rows = made::rows_of_chains<float>(mixture, own, 90);
        AlignedArray<float> storage;
        const auto block = make_block<float>({{rows.data(), 90, d}}, 0, 90, storage);
        const auto exact = exact_log_densities(mixture, rows);
        const auto largest_error = [&](const Kernel<float>& kernel) {
          const auto values = all_log_densities<float>(kernel, block, mixture.n_components(),
                                                       -std::numeric_limits<float>::infinity());
          double largest = 0.0;
          for (std::size_t i = 0; i < values.size(); ++i) {
            const auto right = static_cast<double>(exact[i]);
            largest =
                std::max(largest, std::abs(values[i] - right) / std::max(1.0, std::abs(right)));
          }
          return largest;
        };
        const auto kernel = make_kernel<float>(Densities::of(mixture));
        for (std::size_t j = 0; j < own.size(); ++j) {
          EXPECT_EQ(needs_double(Densities::of(mixture), Index(j)), own[j] > 1e3) << own[j];
        }
        EXPECT_LT(largest_error(*kernel), 1e-3) << d << ", " << own.front();
        if (own.front() > 1e5) {
          EXPECT_GT(largest_error(*make_triangular_kernel<float>(Densities::of(mixture))), 1e-3)
              << d;
        }
      }
    }
  }
}

template <class T>
class Simd : public testing::Test {};
using Numbers = testing::Types<float, double>;
TYPED_TEST_SUITE(Simd, Numbers);

// A distance that overflowed may show as infinity, or as infinity times zero.
TYPED_TEST(Simd, LogDensityIsMinusInfinityWhereTheDistanceOverflowed) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  alignas(64) T distances[simd::kLanes<T>], out[simd::kLanes<T>];
  for (const T distance : {Limits::infinity(), Limits::quiet_NaN(), -Limits::quiet_NaN()}) {
    std::fill(std::begin(distances), std::end(distances), T(4));
    distances[0] = distance;
    simd::store(out, simd::log_density<T>(simd::load(distances), simd::broadcast(T(1))));
    EXPECT_EQ(out[0], -Limits::infinity());
    for (Index l = 1; l < simd::kLanes<T>; ++l) EXPECT_EQ(out[l], T(-1));
  }
}

TYPED_TEST(Simd, ComparesLaneByLane) {
  using T = TypeParam;
  constexpr Index L = simd::kLanes<T>;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  alignas(64) T a[L], b[L], chosen[L], kept[L];
  for (Index which = 0; which < L; ++which) {
    std::fill(std::begin(a), std::end(a), T(2));
    std::fill(std::begin(b), std::end(b), T(2));
    b[which] = T(3);
    if (L > 1) a[(which + 1) % L] = nan;
    const auto x = simd::load(a), y = simd::load(b);
    simd::store(chosen, simd::if_less<T>(x, y, simd::broadcast(T(5)), simd::broadcast(T(6))));
    simd::store(kept, simd::if_less_or_zero<T>(x, y, simd::broadcast(T(5))));
    EXPECT_EQ(simd::lanes_less<T>(x, y), 1U << which);
    for (Index l = 0; l < L; ++l) {
      EXPECT_EQ(chosen[l], l == which ? T(5) : T(6));
      EXPECT_EQ(kept[l], l == which ? T(5) : T(0));
    }
  }
}

template <class T>
class Exponential : public testing::Test {};
TYPED_TEST_SUITE(Exponential, Numbers);

TYPED_TEST(Exponential, IsWithinUnitsInTheLastPlace) {
  using T = TypeParam;
  constexpr Index L = simd::kLanes<T>;
#if defined(EIGEN_VECTORIZE_FMA)
  constexpr double kMost = 1.15;
#else
  constexpr double kMost = 1.4;
#endif
  constexpr double kLowest = sizeof(T) == sizeof(double) ? -707.9 : -86.9, kStep = 0.00137;
  alignas(64) T in[L], out[L];
  for (double a = kLowest; a <= 0.0; a += kStep * static_cast<double>(L)) {
    for (Index l = 0; l < L; ++l) {
      in[l] = static_cast<T>(std::min(0.0, a + kStep * static_cast<double>(l)));
    }
    simd::store(out, simd::exponential_or_zero<T>(simd::load(in)));
    for (Index l = 0; l < L; ++l) {
      const long double expected = std::exp(static_cast<long double>(in[l]));
      const long double unit = std::ldexp(
          static_cast<long double>(std::numeric_limits<T>::epsilon()), std::ilogb(expected));
      const long double error = std::abs(static_cast<long double>(out[l]) - expected);
      ASSERT_LE(error / unit, kMost) << in[l];
      ASSERT_LE(error / expected, 1.13 * std::numeric_limits<T>::epsilon()) << in[l];
    }
  }
}

TYPED_TEST(Exponential, IsZeroWhereItWouldBeDenormal) {
  using T = TypeParam;
  const auto of = [](double a) {
    alignas(64) T out[simd::kLanes<T>];
    simd::store(out, simd::exponential_or_zero<T>(simd::broadcast(static_cast<T>(a))));
    return out[0];
  };
  for (const double a : {-708.5, -745.0, -1e10, -1e38, -HUGE_VAL}) EXPECT_EQ(of(a), T(0)) << a;
  EXPECT_EQ(of(0.0), T(1));
}

}  // namespace
}  // namespace gaussmix
