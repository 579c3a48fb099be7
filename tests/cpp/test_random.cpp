// SPDX-License-Identifier: BSD-3-Clause
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>

namespace gaussmix {
namespace {

using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

// The known answers that Salmon et al. distribute with Random123 (file kat_vectors).
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox4x32_10(Counter{0, 0, 0, 0}, Key{0, 0}),
            (Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32_10(Counter{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                          Key{0xffffffff, 0xffffffff}),
            (Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32_10(Counter{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                          Key{0xa4093822, 0x299f31d0}),
            (Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// A uniform draw is the first 64 bits of the block, of which 52 are kept: (w + 1/2) / 2^52.
TEST(RandomStream, ConvertsTheFirstWordsOfItsBlock) {
  const RandomStream stream(0, 0, Purpose::responsibilities);
  EXPECT_EQ(stream.uniform(0), (0xe169c58d6627eULL + 0.5) * 0x1p-52);
}

TEST(RandomStream, DiffersBySeedStartPurposeSubstreamAndIndex) {
  const std::uint64_t high = std::uint64_t{1} << 32U;
  const std::set<double> draws{
      RandomStream(0, 0, Purpose::responsibilities).uniform(0),
      RandomStream(1, 0, Purpose::responsibilities).uniform(0),
      RandomStream(high, 0, Purpose::responsibilities).uniform(0),
      RandomStream(0, 1, Purpose::responsibilities).uniform(0),
      RandomStream(0, 0, Purpose::rows).uniform(0),
      RandomStream(0, 0, Purpose::centres).uniform(0),
      RandomStream(0, 0, Purpose::responsibilities, 1).uniform(0),
      RandomStream(0, 0, Purpose::responsibilities).uniform(1),
      RandomStream(0, 0, Purpose::responsibilities).uniform(high),
  };
  EXPECT_EQ(draws.size(), 9U);
}

TEST(RandomStream, IsUniformOnTheOpenInterval) {
  const RandomStream stream(42, 3, Purpose::rows);
  constexpr int kDraws = 100000;
  constexpr int kBins = 10;
  std::array<int, kBins> counts{};
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform(static_cast<std::uint64_t>(i));
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++counts[size_t(u * kBins)];
  }
  double chi_squared = 0.0;
  constexpr double kExpected = double{kDraws} / kBins;
  for (const int count : counts) {
    chi_squared += (count - kExpected) * (count - kExpected) / kExpected;
  }
  // The 0.999 quantile of chi-squared with 9 degrees of freedom; the draws are fixed.
  EXPECT_LT(chi_squared, 27.9);
}

}  // namespace
}  // namespace gaussmix
