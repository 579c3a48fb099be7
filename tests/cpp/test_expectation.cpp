// SPDX-License-Identifier: BSD-3-Clause
#include "em/in_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "em/maximize.hpp"
#include "made_data.hpp"
#include "made_mixture.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 1500, kComponents = 5;

// Shares that rows may have in a component.
enum class Sharing { one_each, all_equally, most_in_one, nearly_one_each };

float share_of(Sharing sharing, Index row, Index j, Index components = kComponents) {
  switch (sharing) {
    case Sharing::one_each:
      return row % components == j ? 1.0F : 0.0F;
    case Sharing::all_equally:
      return 1.0F / static_cast<float>(components);
    case Sharing::nearly_one_each:
      return row % components == j ? 1.0F : 1e-12F;
    case Sharing::most_in_one:
      break;
  }
  return j == 0 ? 0.75F : row % 7 == j ? 0.25F : 0.0F;
}

class Shared final : public ByResponsibilities<float> {
 public:
  Shared(Sharing sharing, Index d, Index components = kComponents,
         std::optional<ComponentPlaces> places = std::nullopt)
      : ByResponsibilities(components),
        components_(components),
        sharing_(sharing),
        reference_(size_t(components * d)),
        places_(std::move(places)) {
    for (Index i = 0; i < kRows; ++i) order_.push_back(static_cast<std::int32_t>(i * 7 % kRows));
  }

  const std::int32_t* order() const override { return order_.data(); }
  std::vector<double> reference() const override { return reference_; }
  std::optional<ComponentPlaces> places() const override { return places_; }

 protected:
  void fill(Index first, const Block<float>& block, BlockResponsibilities<float>& out,
            const KeepGoing& /*keep_going*/) const override {
    for (Index j = 0; j < components_; ++j) {
      out.components.push_back(j);
      for (Index i = 0; i < block.length; ++i) {
        const auto position = size_t(first + std::min(i, block.rows - 1));
        out.column(block, j)[i] = share_of(sharing_, order_[position], j, components_);
      }
    }
    out.log_density.fill(0.0F);
  }

 private:
  Index components_;
  Sharing sharing_;
  std::vector<double> reference_;
  std::optional<ComponentPlaces> places_;
  std::vector<std::int32_t> order_;  // 7 and kRows have no common factor
};

// The largest difference between the scatters of a component and those of two passes of long
// double, an entry beside its diagonal entries.
double largest_error(const Statistics& statistics, Sharing sharing, const std::vector<float>& x,
                     const std::vector<double>& weights, Index d) {
  using Numbers = std::vector<long double>;
  double largest = 0.0;
  for (Index j = 0; j < statistics.n_components(); ++j) {
    Numbers mean(size_t(d), 0.0L), scatter(size_t(d * d), 0.0L);
    long double total = 0.0L;
    const auto weight = [&](Index i) {
      const double row_weight = weights.empty() ? 1.0 : weights[size_t(i)];
      return static_cast<long double>(share_of(sharing, i, j, statistics.n_components())) *
             static_cast<long double>(row_weight);
    };
    for (Index i = 0; i < kRows; ++i) {
      total += weight(i);
      for (Index c = 0; c < d; ++c)
        mean[size_t(c)] += weight(i) * static_cast<long double>(x[size_t(i * d + c)]);
    }
    for (auto& value : mean) value /= total;
    for (Index i = 0; i < kRows; ++i) {
      for (Index r = 0; r < d; ++r) {
        for (Index c = 0; c <= r; ++c) {
          scatter[size_t(r * d + c)] +=
              weight(i) * (static_cast<long double>(x[size_t(i * d + r)]) - mean[size_t(r)]) *
              (static_cast<long double>(x[size_t(i * d + c)]) - mean[size_t(c)]);
        }
      }
    }
    for (Index r = 0; r < d; ++r) {
      for (Index c = 0; c <= r; ++c) {
        const auto at = size_t(r * d + c);
        const long double scale =
            std::sqrt(scatter[size_t(r * d + r)] * scatter[size_t(c * d + c)]);
        const auto error = std::abs(static_cast<long double>(std::ldexp(
                                        statistics.scatter(j)[at], statistics.unit_exponent())) -
                                    scatter[at]) /
                           scale;
        largest = std::max(largest, static_cast<double>(error));
      }
    }
  }
  return largest;
}

TEST(Expectation, SumsInDoubleWhateverTheRowsAre) {
  for (const Index d : {3, 11, 40}) {
    const auto x = made::clusters<float>(kRows, d, kComponents, 2.0);
    auto weights = made::normal<double>(kRows, 8);
    for (double& weight : weights) weight = std::abs(weight);
    weights[7] = weights[701] = 0.0;
    for (const auto sharing : {Sharing::one_each, Sharing::all_equally, Sharing::most_in_one}) {
      for (const bool weighted : {false, true}) {
        SCOPED_TRACE("features " + std::to_string(d) + (weighted ? ", weighted" : "") +
                     ", sharing " + std::to_string(static_cast<int>(sharing)));
        const auto own_weights = weighted ? weights : std::vector<double>();
        const Dataset<float> data({x.data(), kRows, d}, weighted ? own_weights.data() : nullptr);
        Execution execution(2);
        InMemory<float> engine(execution, data, kComponents, ScatterForm::full);
        const auto& statistics = engine.expect(Shared(sharing, d));
        EXPECT_LT(largest_error(statistics, sharing, x, own_weights, d), 1e-14);
      }
    }
  }
}

// Moments about a point that components have in common lose a little; where they would lose much,
// as the point is not as near as it seemed, the E-step is done again without it.
TEST(Expectation, IsExactAboutACommonPoint) {
  constexpr Index kMany = 12;
  for (const Index d : {8, 11}) {
    for (const double distance : {1.0, 1e3}) {
      const auto x = made::clusters<float>(kRows, d, kMany, distance);
      const double middle = 0.5 * kMany * distance / std::sqrt(static_cast<double>(d));
      const ComponentPlaces places{std::vector<double>(size_t(d), middle),
                                   std::vector<char>(size_t(kMany), 1)};
      const Dataset<float> data({x.data(), kRows, d}, nullptr);
      Execution execution(2);
      for (const auto sharing : {Sharing::nearly_one_each, Sharing::all_equally}) {
        SCOPED_TRACE("features " + std::to_string(d) + ", distance " + std::to_string(distance) +
                     ", sharing " + std::to_string(static_cast<int>(sharing)));
        InMemory<float> engine(execution, data, kMany, ScatterForm::full);
        const auto& statistics = engine.expect(Shared(sharing, d, kMany, places));
        EXPECT_LT(largest_error(statistics, sharing, x, {}, d), 1e-13);
      }
    }
  }
}

// Which are far from the point, in deviations.
TEST(ComponentPlaces, AreNearInDeviations) {
  const Mixture::Shape shape{CovarianceType::diag, 3, 2};
  const auto mixture =
      Mixture::from_covariances(shape, ScalarType::float64, {0.5, 0.25, 0.25},
                                {0.0, 4.0, 10.0, 4.0, -10.0, 4.0}, {1.0, 1.0, 4.0, 1.0, 1.0, 1.0});
  const auto places = ComponentPlaces::of(mixture);
  EXPECT_EQ(places.point, (std::vector<double>{0.0, 4.0}));
  EXPECT_EQ(places.near_point, (std::vector<char>{1, 1, 0}));
}

// By the bits that are lost: 4 squared of a variance of 1, 10 squared, 100 squared; and all of a
// scatter that vanishes.
TEST(ComponentPlaces, AreSeparatedWhereMuchIsLost) {
  const double variances[] = {1.0, 1.0, 1.0, 0.0}, means[] = {4.0, 10.0, 100.0, 1.0};
  for (const auto form : {ScatterForm::full, ScatterForm::diagonal}) {
    for (Index last = 0; last < 4; ++last) {
      Statistics statistics(form, 4, 1, std::vector<double>(4, 2.0));
      for (Index j = 0; j <= last; ++j) {
        const double scatter = 7.0 * variances[j];
        statistics.add_component(j, 7.0, means + j, &scatter);
      }
      ComponentPlaces places{{0.0}, {1, 1, 1, 1}};
      std::vector<char> far(4, 0);
      EXPECT_EQ(places.separate(statistics, far), last >= 2);
      for (Index j = 0; j < 4; ++j) {
        EXPECT_EQ(far[size_t(j)], j >= 1 && j <= last ? 1 : 0);
        EXPECT_NE(places.near_point[size_t(j)], far[size_t(j)]);
      }
    }
  }
}

TEST(ComponentPlaces, ConstantFeaturesLoseNothingAndOverflowLosesAll) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> point{0.3, 0.0};
  const double mean[] = {std::nextafter(0.3, 1.0), 0.0};
  for (const double second : {1.0, kInfinity, std::nan("")}) {
    Statistics statistics(ScatterForm::diagonal, 1, 2, {0.25, 0.0});
    const double scatter[] = {0.0, second};
    statistics.add_component(0, 7.0, mean, scatter);
    ComponentPlaces places{point, {1}};
    std::vector<char> far(1, 0);
    EXPECT_EQ(places.separate(statistics, far), second != 1.0);
    EXPECT_EQ(far[0], second != 1.0 ? 1 : 0);
  }
}

// Rows of known components: what the others would be to them does not count.
class KnownLabels final : public Adjustment<double> {
 public:
  explicit KnownLabels(std::vector<Index> labels) : labels_(std::move(labels)) {}
  bool only_forbids() const override { return true; }
  void adjust(const std::int32_t* order, Index first, Index count, Index j,
              double* column) const override {
    for (Index i = 0; i < count; ++i) {
      const Index row = order == nullptr ? first + i : order[first + i];
      const Index label = labels_[size_t(row)];
      if (label >= 0 && label != j) column[i] = -std::numeric_limits<double>::infinity();
    }
  }

 private:
  std::vector<Index> labels_;  // -1: not known
};

// Labels name components from which pruning would keep the rows away.
TEST(Adjustment, KeepsKnownLabelsWhilePruning) {
  constexpr Index n = 3000, k = 4, d = 3;
  const auto x = made::clusters<double>(n, d, k, 30.0);
  std::vector<Index> labels(size_t(n), -1);
  for (Index i = 0; i < n; i += 50) labels[size_t(i)] = (i / 50) % k;
  const KnownLabels known(labels);
  const Dataset<double> data({x.data(), n, d}, nullptr);
  Execution execution(2);
  InMemory<double> pruned(execution, data, k, ScatterForm::full, &known);
  InMemory<double> plain(execution, data, k, ScatterForm::full);
  Mixture mixture = made::mixture(CovarianceType::full, k, d, 30.0, 3);
  const Model model{&full_family(), 1e-6, Degenerate::repair, {}, {}};
  for (int iteration = 0; iteration < 8; ++iteration) {
    const Statistics& statistics = pruned.expect(mixture);
    const Statistics& dense = plain.expect(Posterior<double>(mixture, nullptr, &known));
    for (Index j = 0; j < k; ++j) {
      EXPECT_NEAR(statistics.weight(j), dense.weight(j), 1e-9 * dense.weight(j));
      EXPECT_GE(statistics.weight(j), 14.999);  // the rows that are known to be of it
    }
    mixture = maximize(execution, statistics, model, &mixture).mixture;
  }
}

}  // namespace
}  // namespace gaussmix
