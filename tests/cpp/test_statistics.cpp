// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "made_data.hpp"
#include "support/little_endian.hpp"
#include "support/xxh64.hpp"

namespace gaussmix {
namespace {

constexpr Index kComponents = 3;
constexpr Index kFeatures = 4;

// Rows with responsibilities; both row-major.
struct Responsible {
  Index rows = 0;
  std::vector<double> x;  // rows x kFeatures
  std::vector<double> r;  // rows x kComponents
};

Responsible make_rows(Index rows, double offset) {
  const RandomStream draws(7, 0, Purpose::responsibilities);
  Responsible made{rows, made::normal<double>(rows * kFeatures, 11), {}};
  for (double& value : made.x) value += offset;
  for (Index i = 0; i < rows * kComponents; ++i) {
    made.r.push_back(draws.uniform(static_cast<std::uint64_t>(i)));
  }
  return made;
}

Index scatter_entries(ScatterForm form) {
  if (form == ScatterForm::none) return 0;
  return form == ScatterForm::diagonal ? kFeatures : kFeatures * kFeatures;
}

// The statistics of rows [first, last), each merged singly, in units of 2^unit.
Statistics one_by_one(ScatterForm form, const Responsible& data, Index first, Index last,
                      int unit = 0) {
  Statistics all(form, kComponents, kFeatures);
  const std::vector<double> no_scatter(size_t(scatter_entries(form)), 0.0);
  for (Index i = first; i < last; ++i) {
    for (Index j = 0; j < kComponents; ++j) {
      const double weight = std::ldexp(data.r[size_t(i * kComponents + j)], -unit);
      all.add_component(j, weight, data.x.data() + i * kFeatures, no_scatter.data(), unit);
    }
    all.add_rows(std::ldexp(1.0, -unit), std::ldexp(static_cast<double>(i), -unit));
  }
  return all;
}

// The same of a binary tree of halves.
Statistics by_halves(ScatterForm form, const Responsible& data, Index first, Index last) {
  if (last - first < 3) return one_by_one(form, data, first, last);
  const Index middle = first + (last - first) / 3;
  Statistics all = by_halves(form, data, first, middle);
  all.merge(by_halves(form, data, middle, last));
  return all;
}

struct Moments {
  long double weight = 0.0L;
  std::vector<long double> mean = std::vector<long double>(kFeatures, 0.0L);
  std::vector<long double> scatter = std::vector<long double>(kFeatures * kFeatures, 0.0L);
};

// The definition, in two passes of long double.
Moments two_pass(const Responsible& data, Index component) {
  Moments moments;
  const auto r = [&](Index i) {
    return static_cast<long double>(data.r[size_t(i * kComponents + component)]);
  };
  const auto x = [&](Index i, Index c) {
    return static_cast<long double>(data.x[size_t(i * kFeatures + c)]);
  };
  for (Index i = 0; i < data.rows; ++i) moments.weight += r(i);
  for (Index c = 0; c < kFeatures; ++c) {
    long double& mean = moments.mean[size_t(c)];
    for (Index i = 0; i < data.rows; ++i) mean += r(i) * x(i, c);
    mean /= moments.weight;
  }
  for (Index a = 0; a < kFeatures; ++a) {
    for (Index b = 0; b < kFeatures; ++b) {
      long double& entry = moments.scatter[size_t(a * kFeatures + b)];
      for (Index i = 0; i < data.rows; ++i) {
        entry += r(i) * (x(i, a) - moments.mean[size_t(a)]) * (x(i, b) - moments.mean[size_t(b)]);
      }
    }
  }
  return moments;
}

// Adds the scatter of `moments` to a sum.
void add_scatter(const Moments& moments, Moments& sum) {
  for (std::size_t i = 0; i < sum.scatter.size(); ++i) sum.scatter[i] += moments.scatter[i];
}

// Compares the entries that are meaningful: the lower triangle, or the diagonal.
void expect_scatter(ScatterForm form, const double* actual, const Moments& expected,
                    double tolerance) {
  if (form == ScatterForm::none) return;
  const auto scale = static_cast<double>(expected.weight);
  for (Index a = 0; a < kFeatures; ++a) {
    for (Index b = form == ScatterForm::diagonal ? a : 0; b <= a; ++b) {
      const Index offset = form == ScatterForm::diagonal ? a : a * kFeatures + b;
      EXPECT_NEAR(actual[offset], static_cast<double>(expected.scatter[size_t(a * kFeatures + b)]),
                  tolerance * scale)
          << "entry " << a << ", " << b;
    }
  }
}

void expect_equal_bits(const Statistics& actual, const Statistics& expected) {
  for (Index j = 0; j < kComponents; ++j) {
    EXPECT_EQ(actual.weight(j), expected.weight(j));
    for (Index c = 0; c < kFeatures; ++c) {
      EXPECT_EQ(actual.mean_difference(j)[c], expected.mean_difference(j)[c]);
    }
    for (Index i = 0; i < scatter_entries(actual.form()); ++i) {
      EXPECT_EQ(actual.scatter(j)[i], expected.scatter(j)[i]);
    }
  }
  EXPECT_EQ(actual.log_likelihood(), expected.log_likelihood());
}

class EachForm : public testing::TestWithParam<ScatterForm> {};

TEST_P(EachForm, MergeEqualsTwoPasses) {
  const ScatterForm form = GetParam();
  const Responsible data = make_rows(200, 0.0);
  const Statistics merged = by_halves(form, data, 0, data.rows);
  Moments pooled;
  for (Index j = 0; j < kComponents; ++j) {
    SCOPED_TRACE("component " + std::to_string(j));
    const Moments expected = two_pass(data, j);
    EXPECT_NEAR(merged.weight(j), static_cast<double>(expected.weight), 1e-12);
    for (Index c = 0; c < kFeatures; ++c) {
      EXPECT_NEAR(merged.mean(j)[size_t(c)], static_cast<double>(expected.mean[size_t(c)]), 1e-14);
    }
    if (form != ScatterForm::pooled) expect_scatter(form, merged.scatter(j), expected, 1e-14);
    pooled.weight += expected.weight;
    add_scatter(expected, pooled);
  }
  if (form == ScatterForm::pooled) expect_scatter(form, merged.scatter(0), pooled, 1e-14);
  EXPECT_NEAR(merged.total_weight(), static_cast<double>(pooled.weight), 1e-11);
  EXPECT_EQ(merged.log_likelihood(), 199.0 * 200.0 / 2.0);
}

// About the origin, sums of squares would keep none of the 16 digits of a variance of 1 here.
TEST_P(EachForm, MergesWithoutCancellationFarFromTheOrigin) {
  const ScatterForm form = GetParam();
  const Responsible data = make_rows(200, 1e8);
  const Statistics merged = by_halves(form, data, 0, data.rows);
  Moments pooled;
  for (Index j = 0; j < kComponents; ++j) {
    const Moments expected = two_pass(data, j);
    if (form != ScatterForm::pooled) expect_scatter(form, merged.scatter(j), expected, 1e-8);
    pooled.weight += expected.weight;
    add_scatter(expected, pooled);
  }
  if (form == ScatterForm::pooled) expect_scatter(form, merged.scatter(0), pooled, 1e-8);
}

TEST_P(EachForm, EmptyStatisticsAreNeutral) {
  const Responsible data = make_rows(20, 3.0);
  const Statistics some = one_by_one(GetParam(), data, 0, data.rows);
  Statistics left(GetParam(), kComponents, kFeatures);
  left.merge(Statistics(some));
  expect_equal_bits(left, some);
  Statistics right = some;
  right.merge(Statistics(GetParam(), kComponents, kFeatures));
  expect_equal_bits(right, some);
}

TEST_P(EachForm, ResetForgetsEverything) {
  const Responsible data = make_rows(20, 3.0);
  Statistics used = one_by_one(GetParam(), data, 0, data.rows);
  used.reset();
  expect_equal_bits(used, Statistics(GetParam(), kComponents, kFeatures));
}

// Both must not share memory afterwards.
TEST_P(EachForm, CanBeResetAfterBeingMerged) {
  const Responsible data = make_rows(20, 3.0);
  const Statistics some = one_by_one(GetParam(), data, 0, 10);
  Statistics all(GetParam(), kComponents, kFeatures), left = some;
  all.merge(std::move(left));
  left.reset();  // NOLINT(bugprone-use-after-move): allowed
  expect_equal_bits(left, Statistics(GetParam(), kComponents, kFeatures));
  left.merge(one_by_one(GetParam(), data, 10, 20));
  expect_equal_bits(left, one_by_one(GetParam(), data, 10, 20));
  expect_equal_bits(all, some);
}

TEST_P(EachForm, PooledIsWithinPlusBetween) {
  const ScatterForm form = GetParam();
  const Responsible data = make_rows(50, -2.0);
  const Statistics all = one_by_one(form, data, 0, data.rows).pooled();

  // Every row once, with the sum of its responsibilities.
  Responsible as_one = data;
  for (Index i = 0; i < data.rows; ++i) {
    double total = 0.0;
    for (Index j = 0; j < kComponents; ++j) {
      total += data.r[size_t(i * kComponents + j)];
    }
    as_one.r[size_t(i * kComponents)] = total;
  }
  const Moments expected = two_pass(as_one, 0);
  ASSERT_EQ(all.n_components(), 1);
  EXPECT_EQ(all.form(), form == ScatterForm::pooled ? ScatterForm::full : form);
  EXPECT_NEAR(all.weight(0), static_cast<double>(expected.weight), 1e-12);
  for (Index c = 0; c < kFeatures; ++c) {
    EXPECT_NEAR(all.mean(0)[size_t(c)], static_cast<double>(expected.mean[size_t(c)]), 1e-14);
  }
  expect_scatter(all.form(), all.scatter(0), expected, 1e-14);
}

TEST_P(EachForm, MergingIsConstAndRefusesWhatDoesNotFit) {
  const Responsible data = make_rows(20, 3.0);
  const Statistics some = one_by_one(GetParam(), data, 0, 10);
  const std::string bytes = some.to_bytes();
  Statistics all = one_by_one(GetParam(), data, 10, 20), moved = all;
  all.merge(some);
  EXPECT_EQ(some.to_bytes(), bytes);
  moved.merge(Statistics(some));
  EXPECT_EQ(all, moved);
  for (const auto form :
       {ScatterForm::full, ScatterForm::pooled, ScatterForm::diagonal, ScatterForm::none}) {
    if (form == GetParam()) continue;
    EXPECT_THROW(all.merge(Statistics(form, kComponents, kFeatures)), std::invalid_argument);
  }
  EXPECT_THROW(all.merge(Statistics(GetParam(), kComponents + 1, kFeatures)),
               std::invalid_argument);
  EXPECT_THROW(all.merge(Statistics(GetParam(), kComponents, kFeatures - 1)),
               std::invalid_argument);
  EXPECT_EQ(all, moved);
}

TEST_P(EachForm, AreEqualWhateverTheirUnits) {
  const Responsible data = make_rows(20, 3.0);
  const Statistics some = one_by_one(GetParam(), data, 0, 20);
  for (const int unit : {-900, -1, 5, 900}) {
    const Statistics same = one_by_one(GetParam(), data, 0, 20, unit);
    EXPECT_EQ(same.unit_exponent(), unit);
    EXPECT_TRUE(same == some && some == same);
    EXPECT_TRUE(same.scaled(2.0) != some && some != same.scaled(0.5));
  }
  const Statistics none = some.of_no_rows();
  const Statistics tiny = some.scaled(0x1p-1000).scaled(0x1p-1000);
  EXPECT_TRUE(tiny != none && none != tiny);
  EXPECT_TRUE(tiny != some && some != tiny);
  Statistics far = none;
  far.set_unit_exponent(2000);
  EXPECT_TRUE(far == none && none == far);
}

// Units differ, and so do the points that means are measured from.
TEST_P(EachForm, WeightsOfAnyScaleMergeIntoThoseOfTheUnion) {
  const Responsible data = make_rows(40, 1e6);
  const Statistics expected = one_by_one(GetParam(), data, 0, 40);
  Statistics heavy(GetParam(), kComponents, kFeatures,
                   std::vector<double>(size_t(kComponents * kFeatures), 1e6));
  heavy.merge(one_by_one(GetParam(), data, 0, 20).scaled(0x1p900));
  const Statistics light = one_by_one(GetParam(), data, 20, 40).scaled(0x1p-900).scaled(0x1p1000);
  heavy.merge(light.scaled(0x1p800));
  EXPECT_EQ(heavy.unit_exponent(), 900);
  for (Index j = 0; j < kComponents; ++j) {
    EXPECT_NEAR(heavy.weight(j), expected.weight(j), 1e-14 * expected.weight(j));
    for (Index i = 0; i < scatter_entries(GetParam()); ++i) {
      EXPECT_NEAR(heavy.scatter(j)[i], expected.scatter(j)[i], 1e-8);
    }
  }
  EXPECT_NEAR(heavy.log_likelihood(), expected.log_likelihood(), 1e-12);
}

TEST_P(EachForm, ScalingIsRepeating) {
  const Responsible data = make_rows(15, 2.0);
  const Statistics once = one_by_one(GetParam(), data, 0, 15);
  EXPECT_EQ(once.scaled(1.0), once);
  Statistics thrice = once;
  for (int i = 0; i < 2; ++i) thrice.merge(once);
  const Statistics scaled = once.scaled(3.0);
  const double unit = std::ldexp(1.0, scaled.unit_exponent());
  for (Index j = 0; j < kComponents; ++j) {
    EXPECT_NEAR(scaled.weight(j) * unit, thrice.weight(j), 1e-13);
    for (Index i = 0; i < scatter_entries(GetParam()); ++i) {
      EXPECT_NEAR(scaled.scatter(j)[i] * unit, thrice.scatter(j)[i], 1e-12);
    }
  }
  EXPECT_EQ(once.scaled(0.0), once.of_no_rows());
  EXPECT_THROW(static_cast<void>(once.scaled(-1.0)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(once.scaled(std::nan(""))), std::invalid_argument);
}

TEST_P(EachForm, BytesComeBackAndDamageIsRefused) {
  const Responsible data = make_rows(15, 2.0);
  for (const Statistics& statistics :
       {one_by_one(GetParam(), data, 0, 15).scaled(3e200), one_by_one(GetParam(), data, 0, 0)}) {
    const std::string bytes = statistics.to_bytes();
    EXPECT_EQ(Statistics::from_bytes(bytes), statistics);
    EXPECT_EQ(Statistics::from_bytes(bytes).to_bytes(), bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
      EXPECT_THROW(Statistics::from_bytes(damaged), std::invalid_argument) << i;
      EXPECT_THROW(Statistics::from_bytes(bytes.substr(0, i)), std::invalid_argument) << i;
    }
    EXPECT_THROW(Statistics::from_bytes(bytes + '\0'), std::invalid_argument);
  }
}

// Forgetting, without new rows to forget for.
TEST(Statistics, ScaleManyTimes) {
  Statistics statistics = one_by_one(ScatterForm::full, make_rows(15, 2.0), 0, 15);
  const double weight = statistics.weight(0), entry = statistics.scatter(0)[0];
  for (int i = 0; i < 5000; ++i) statistics = statistics.scaled(0.9);
  const double logarithm = std::log(statistics.weight(0)) +
                           statistics.unit_exponent() * std::log(2.0) - 5000.0 * std::log(0.9);
  EXPECT_NEAR(logarithm, std::log(weight), 1e-9);
  EXPECT_NEAR(statistics.scatter(0)[0] / statistics.weight(0), entry / weight, 1e-12);
}

TEST(Statistics, KeepTheSignOfZeroInBytes) {
  const std::vector<double> mean(size_t(kFeatures), 1.0);
  Statistics statistics(ScatterForm::diagonal, 1, kFeatures);
  statistics.add_component(0, 1.0, mean.data(), nullptr);
  std::string bytes = statistics.to_bytes();
  constexpr std::size_t kLogLikelihood = 56;
  write_little_endian(-0.0, &bytes[kLogLikelihood]);
  write_little_endian(xxh64({std::string_view(bytes).substr(0, bytes.size() - 8)}),
                      &bytes[bytes.size() - 8]);
  EXPECT_EQ(Statistics::from_bytes(bytes), statistics);
  EXPECT_EQ(Statistics::from_bytes(bytes).to_bytes(), bytes);
}

TEST(Statistics, ScaleSubnormalWeights) {
  const std::vector<double> mean(size_t(kFeatures), 1.0);
  Statistics statistics(ScatterForm::diagonal, 2, kFeatures);
  statistics.add_component(0, 0x1p-1070, mean.data(), nullptr);
  EXPECT_EQ(statistics.scaled(1.0), statistics);
  const Statistics scaled = statistics.scaled(0x1p1000);
  EXPECT_EQ(std::ldexp(scaled.weight(0), scaled.unit_exponent()), 0x1p-70);
  EXPECT_EQ(scaled.weight(1), 0.0);
}

// Sums may be too large for a unit, which the unit of the factor cannot mend.
TEST(Statistics, StayOverflowedWhateverTheScale) {
  const std::vector<double> mean(size_t(kFeatures), 1.0);
  Statistics statistics(ScatterForm::none, 1, kFeatures);
  statistics.add_component(0, 1e308, mean.data(), nullptr, 1);
  for (int i = 0; i < 2; ++i) statistics.merge(Statistics(statistics));
  EXPECT_THROW(static_cast<void>(statistics.to_bytes()), std::invalid_argument);
  const Statistics scaled = statistics.scaled(1.5);
  EXPECT_EQ(scaled.unit_exponent(), 1);
  EXPECT_TRUE(std::isinf(scaled.weight(0)));
  EXPECT_THROW(static_cast<void>(scaled.to_bytes()), std::invalid_argument);
}

TEST(Statistics, AddComponentsInAnyUnit) {
  const std::vector<double> mean(size_t(kFeatures), 1.0);
  for (const int unit : {-2000, -1, 0, 1, 2000}) {
    Statistics statistics(ScatterForm::full, kComponents, kFeatures);
    statistics.add_component(1, 1.0, mean.data(), nullptr, unit);
    EXPECT_EQ(std::ldexp(statistics.weight(1), statistics.unit_exponent() - unit), 1.0);
    statistics.add_component(1, 1.0, mean.data(), nullptr, unit + 1);
    EXPECT_EQ(std::ldexp(statistics.weight(1), statistics.unit_exponent() - unit), 3.0);
  }
  Statistics statistics(ScatterForm::full, kComponents, kFeatures);
  EXPECT_THROW(statistics.add_component(kComponents, 1.0, mean.data(), nullptr),
               std::invalid_argument);
  EXPECT_THROW(statistics.add_component(0, -1.0, mean.data(), nullptr), std::invalid_argument);
  const std::vector<double> infinite(size_t(kFeatures), INFINITY);
  EXPECT_THROW(statistics.add_component(0, 1.0, infinite.data(), nullptr), std::invalid_argument);
  statistics.add_component(0, 0.0, mean.data(), std::vector<double>(16, 1.0).data());
  EXPECT_EQ(statistics, statistics.of_no_rows());
}

// Of rows that are nothing beside the others, not even an impossible one counts.
TEST(Statistics, MergeUnitsThatLieFarApart) {
  Statistics heavy = one_by_one(ScatterForm::full, make_rows(15, 2.0), 0, 15);
  Statistics light = heavy;
  light.add_rows(1.0, -HUGE_VAL);
  light = light.scaled(0x1p-1000).scaled(0x1p-1000);
  const Statistics expected = heavy;
  Statistics other = light;
  heavy.merge(light);
  EXPECT_EQ(heavy, expected);
  other.merge(expected);
  EXPECT_EQ(other, expected);
}

// Rows whose moments have no weight still count for the mixing proportions.
TEST(Statistics, KeepMixingWeightsApart) {
  Statistics statistics(ScatterForm::full, kComponents, kFeatures);
  const std::vector<double> zeros(size_t(kFeatures), 0.0);
  statistics.add_centred_rows(2, 5.0, 0.0, zeros.data(), zeros.data());
  EXPECT_EQ(statistics.weight(2), 5.0);
  EXPECT_EQ(statistics.moment_weight(2), 0.0);
  EXPECT_EQ(statistics.scatter(2)[0], 0.0);
}

TEST(Statistics, SayWhatTheyCannotBe) {
  constexpr Index kHuge = Index{1} << 40;
  EXPECT_THROW(Statistics(ScatterForm::none, kHuge, kHuge), std::invalid_argument);
  EXPECT_THROW(Statistics(ScatterForm::full, 0, 2), std::invalid_argument);
  EXPECT_THROW(Statistics(ScatterForm::full, 2, 0), std::invalid_argument);
  EXPECT_THROW(Statistics(ScatterForm::full, 2, 2, {1.0, 2.0, 3.0}), std::invalid_argument);
  EXPECT_THROW(Statistics(ScatterForm::full, 1, 1, {INFINITY}), std::invalid_argument);
}

// The triangle above the diagonal may hold anything.
TEST(Statistics, AreEqualWhateverTheUpperTriangle) {
  const Statistics some = one_by_one(ScatterForm::full, make_rows(15, 2.0), 0, 15);
  Statistics other = some;
  other.scatter_to_add_to(1)[1] = 7.0;
  EXPECT_EQ(other, some);
  EXPECT_EQ(other.to_bytes(), some.to_bytes());
  other.scatter_to_add_to(1)[1] = std::nan("");
  EXPECT_EQ(other.to_bytes(), some.to_bytes());
  other.scatter_to_add_to(1)[kFeatures] += 7.0;
  EXPECT_NE(other, some);
}

std::string name_of(const testing::TestParamInfo<ScatterForm>& form) {
  constexpr const char* kNames[] = {"full", "pooled", "diagonal", "none"};
  return kNames[static_cast<int>(form.param)];
}

INSTANTIATE_TEST_SUITE_P(Statistics, EachForm,
                         testing::Values(ScatterForm::full, ScatterForm::pooled,
                                         ScatterForm::diagonal, ScatterForm::none),
                         name_of);

}  // namespace
}  // namespace gaussmix
