// SPDX-License-Identifier: BSD-3-Clause
#include "em/accumulator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "made_data.hpp"

namespace gaussmix {
namespace {

constexpr Index kRows = 1500, kComponents = 5;

// Shares that rows may have in a component.
enum class Sharing { one_each, all_equally, most_in_one };

float share_of(Sharing sharing, Index row, Index j) {
  switch (sharing) {
    case Sharing::one_each:
      return row % kComponents == j ? 1.0F : 0.0F;
    case Sharing::all_equally:
      return 1.0F / static_cast<float>(kComponents);
    case Sharing::most_in_one:
      break;
  }
  return j == 0 ? 0.75F : row % 7 == j ? 0.25F : 0.0F;
}

class Shared final : public ResponsibilitySource<float> {
 public:
  Shared(Sharing sharing, bool in_double) : sharing_(sharing), in_double_(in_double) {
    for (Index i = 0; i < kRows; ++i) order_.push_back(static_cast<std::int32_t>(i * 7 % kRows));
  }

  const std::int32_t* order() const override { return order_.data(); }
  bool in_double(Index /*j*/) const override { return in_double_; }
  void fill(Index first, const Block<float>& block, Shares<float>& shares,
            const KeepGoing& /*keep_going*/) const override {
    for (Index j = 0; j < kComponents; ++j) {
      shares.components.push_back(j);
      for (Index i = 0; i < block.length; ++i) {
        const auto place = size_t(first + std::min(i, block.rows - 1));
        shares.column(block, j)[i] = share_of(sharing_, order_[place], j);
      }
    }
    shares.log_density.fill(0.0F);
  }

 private:
  Sharing sharing_;
  bool in_double_;
  std::vector<std::int32_t> order_;  // 7 and kRows have no common factor
};

// The largest difference between the scatters of a component and those of two passes of long
// double, an entry beside its diagonal entries.
double largest_error(const Statistics& statistics, Sharing sharing, const std::vector<float>& x,
                     const std::vector<double>& weights, Index d) {
  using Numbers = std::vector<long double>;
  double largest = 0.0;
  for (Index j = 0; j < kComponents; ++j) {
    Numbers mean(size_t(d), 0.0L), scatter(size_t(d * d), 0.0L);
    long double total = 0.0L;
    const auto weight = [&](Index i) {
      const float row_weight = weights.empty() ? 1.0F : static_cast<float>(weights[size_t(i)]);
      return static_cast<long double>(share_of(sharing, i, j) * row_weight);
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
        const auto error =
            std::abs(static_cast<long double>(statistics.scatter(j)[at]) - scatter[at]) / scale;
        largest = std::max(largest, static_cast<double>(error));
      }
    }
  }
  return largest;
}

// Few rows are turned to double by themselves, many with all of their block.
TEST(Accumulator, SumsInDoubleWhereItIsTold) {
  for (const Index d : {3, 11, 40}) {
    const auto x = made::clusters<float>(kRows, d, kComponents, 2.0);
    auto weights = made::normal<double>(kRows, 8);
    for (double& weight : weights) weight = std::round(4.0 + weight) / 4.0;
    weights[7] = weights[701] = 0.0;
    for (const auto sharing : {Sharing::one_each, Sharing::all_equally, Sharing::most_in_one}) {
      for (const bool weighted : {false, true}) {
        SCOPED_TRACE("features " + std::to_string(d) + (weighted ? ", weighted" : "") +
                     ", sharing " + std::to_string(static_cast<int>(sharing)));
        const auto own_weights = weighted ? weights : std::vector<double>();
        const Dataset<float> data({x.data(), kRows, d}, weighted ? own_weights.data() : nullptr);
        Execution execution(2);
        Accumulator<float> accumulator(execution, data, kComponents, ScatterForm::full);
        const auto error = [&](bool in_double) {
          return largest_error(accumulator.accumulate(Shared(sharing, in_double)), sharing, x,
                               own_weights, d);
        };
        EXPECT_LT(error(true), 1e-14);
        EXPECT_GT(error(false), 1e-10);
      }
    }
  }
}

}  // namespace
}  // namespace gaussmix
