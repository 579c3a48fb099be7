// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "counted_allocations.hpp"
#include "gaussmix/classifier.hpp"
#include "gaussmix/gaussmix.h"
#include "gaussmix/predictor.hpp"
#include "made_data.hpp"

namespace gaussmix {
namespace {

template <class Call>
long allocations_of(const Call& call) {
  const long before = allocations();
  call();
  return allocations() - before;
}

Mixture make_mixture(CovarianceType type, ScalarType scalar, Index k, Index d) {
  const bool matrix = type == CovarianceType::full || type == CovarianceType::tied;
  const Index blocks = type == CovarianceType::tied ? 1 : k;
  const Index size = matrix ? d * d : type == CovarianceType::diag ? d : 1;
  std::vector<double> covariances;
  for (Index i = 0; i < blocks * size; ++i) {
    covariances.push_back(!matrix || i % size % (d + 1) == 0 ? 1.0 : 0.0);
  }
  return Mixture::from_covariances({type, k, d}, scalar,
                                   std::vector<double>(size_t(k), 1.0 / static_cast<double>(k)),
                                   made::normal<double>(k * d, 1), covariances);
}

// Volatile, so that the compiler cannot leave the allocations out.
void* volatile kept = nullptr;

TEST(Allocations, AreCounted) {
  EXPECT_EQ(allocations_of([] { std::free(kept = std::malloc(10)); }), 1);
  EXPECT_GE(allocations_of([] {
              auto* const number = new int(1);
              kept = number;
              delete number;
            }),
            1);
  EXPECT_GE(allocations_of([] {
              const Predictor<double> predictor(
                  make_mixture(CovarianceType::full, ScalarType::float64, 2, 2));
            }),
            1);
}

template <class T>
void check_single_rows(CovarianceType type, Index k, Index d) {
  Predictor<T> predictor(make_mixture(type, scalar_type_of<T>(), k, d));
  const auto x = made::normal<T>(d, 2);
  std::vector<T> out(static_cast<std::size_t>(k));
  EXPECT_EQ(allocations_of([&] {
              predictor.log_density(x.data());
              predictor.log_responsibilities(x.data(), out.data());
              predictor.responsibilities(x.data(), out.data());
              predictor.predict(x.data());
            }),
            0);
}

TEST(Classifier, ClassifiesARowWithoutAllocating) {
  const Mixture mixture = make_mixture(CovarianceType::full, ScalarType::float64, 6, 8);
  Classifier<double> classifier(mixture, {0, 0, 1, 1, 1, 2});
  const auto x = made::normal<double>(8, 2);
  std::vector<double> out(3);
  EXPECT_EQ(allocations_of([&] {
              classifier.probabilities(x.data(), out.data());
              classifier.log_probabilities(x.data(), out.data());
              classifier.predict(x.data());
            }),
            0);
}

class EachType : public testing::TestWithParam<CovarianceType> {};

TEST_P(EachType, ScoresARowWithoutAllocating) {
  for (const Index k : {1, 8, 100}) {
    for (const Index d : {1, 8, 100}) {
      check_single_rows<double>(GetParam(), k, d);
      check_single_rows<float>(GetParam(), k, d);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Predictor, EachType,
                         testing::Values(CovarianceType::full, CovarianceType::tied,
                                         CovarianceType::diag, CovarianceType::spherical));

TEST(CApi, ScoresARowWithoutAllocating) {
  const double weights[] = {0.5, 0.5}, means[] = {0.0, 1.0}, variances[] = {1.0, 1.0};
  gaussmix_mixture* mixture = nullptr;
  ASSERT_EQ(gaussmix_mixture_create(GAUSSMIX_DIAG, GAUSSMIX_FLOAT64, 2, 1, weights, means,
                                    variances, nullptr, &mixture),
            GAUSSMIX_OK);
  gaussmix_predictor* predictor = nullptr;
  ASSERT_EQ(gaussmix_predictor_create(mixture, &predictor), GAUSSMIX_OK);
  gaussmix_mixture_free(mixture);
  const double x = 0.25;
  double out[2] = {};
  ptrdiff_t label = -1;
  EXPECT_EQ(allocations_of([&] {
              gaussmix_log_density(predictor, &x, 1, 1, out);
              gaussmix_log_responsibilities(predictor, &x, 1, 1, out);
              gaussmix_responsibilities(predictor, &x, 1, 1, out);
              gaussmix_predict(predictor, &x, 1, 1, &label);
            }),
            0);
  EXPECT_EQ(label, 0);
  EXPECT_EQ(allocations_of([&] { gaussmix_log_density_f32(predictor, nullptr, 1, 1, nullptr); }),
            0);
  gaussmix_predictor_free(predictor);
}

}  // namespace
}  // namespace gaussmix
