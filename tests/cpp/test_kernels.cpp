// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "exponential.hpp"
#include "kernels/centred_triangular.hpp"
#include "kernels/small_triangular.hpp"
#include "made_mixture.hpp"

namespace gaussmix {
namespace {

template <class T>
std::vector<T> all_log_densities(const Kernel<T>& kernel, const Block<T>& block, Index k, T floor) {
  AlignedArray<T> out(k * block.stride), scratch(kernel.scratch_size());
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
      const auto small = make_small_triangular_kernel<TypeParam>(mixture);
      const CentredTriangularKernel<TypeParam> any(mixture);
      const auto block = this->block_of(100, d);
      EXPECT_EQ(all_log_densities(*small, block, 3, this->kExact),
                all_log_densities<TypeParam>(any, block, 3, this->kExact))
          << d << " features";
    }
  }
  const Mixture larger = made::mixture(CovarianceType::full, 3, 9, 2.0, 7);
  EXPECT_EQ(make_small_triangular_kernel<TypeParam>(larger), nullptr);
}

TYPED_TEST(Kernels, OnlyValuesBelowTheFloorMayBeBounds) {
  const Mixture mixture =
      made::mixture(CovarianceType::full, 4, 40, 6.0, 7, scalar_type_of<TypeParam>());
  const CentredTriangularKernel<TypeParam> kernel(mixture);
  const auto block = this->block_of(150, 40);
  const auto exact = all_log_densities<TypeParam>(kernel, block, 4, this->kExact);
  for (const TypeParam floor : {TypeParam(-1e7), TypeParam(-300)}) {
    const auto values = all_log_densities<TypeParam>(kernel, block, 4, floor);
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

TEST(Exponential, IsWithinAUnitInTheLastPlace) {
  constexpr Index L = simd::kLanes<double>;
  alignas(64) double in[L], out[L];
  for (double a = -707.9; a <= 0.0; a += 0.0137 * static_cast<double>(L)) {
    for (Index l = 0; l < L; ++l) in[l] = std::min(0.0, a + 0.0137 * static_cast<double>(l));
    simd::store(out, simd::exponential_or_zero<double>(simd::load(in)));
    for (Index l = 0; l < L; ++l) {
      const double expected = static_cast<double>(std::exp(static_cast<long double>(in[l])));
      EXPECT_NEAR(out[l] / expected, 1.0, 2.5e-16) << in[l];
    }
  }
}

TEST(Exponential, IsZeroWhereItWouldBeDenormal) {
  const auto of = [](double a) {
    alignas(64) double out[simd::kLanes<double>];
    simd::store(out, simd::exponential_or_zero<double>(simd::broadcast(a)));
    return out[0];
  };
  for (const double a : {-708.5, -745.0, -1e10, -1e300, -HUGE_VAL}) EXPECT_EQ(of(a), 0.0) << a;
  EXPECT_EQ(of(0.0), 1.0);
}

}  // namespace
}  // namespace gaussmix
