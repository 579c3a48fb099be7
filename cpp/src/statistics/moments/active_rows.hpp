// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bitset>
#include <cstdint>

#include "rows/blocks.hpp"
#include "simd/simd.hpp"

namespace gaussmix {

/// The rows of a block with a weight in a component, by vectors; vectors without any are left out.
class ActiveRows {
 public:
  struct Vector {
    std::int32_t row;  ///< the first of its rows
    unsigned lanes;    ///< a bit for each row with a weight
  };

  /// A weight of `negligible` or less counts as none.
  explicit ActiveRows(double negligible) : negligible_(negligible) {}

  /// \param weights `length` aligned numbers >= 0, a multiple of kRowMultiple
  void find(Index length, const double* weights) {
    const auto negligible = simd::broadcast(negligible_);
    Index vectors = 0, rows = 0;
    for (Index i = 0; i < length; i += simd::kLanes<double>) {
      const unsigned lanes = simd::lanes_less<double>(negligible, simd::load(weights + i));
      used_[size_t(vectors)] = {static_cast<std::int32_t>(i), lanes};
      vectors += lanes != 0 ? 1 : 0;
      rows += static_cast<Index>(std::bitset<simd::kLanes<double>>(lanes).count());
    }
    vectors_ = vectors;
    rows_ = rows;
    sum_ = rows > 0 ? simd::sum_of(weights, length) : 0.0;
  }

  Index vectors() const { return vectors_; }
  const Vector& vector(Index v) const { return used_[size_t(v)]; }
  /// How many rows have a weight, and the sum of these.
  Index rows() const { return rows_; }
  double sum() const { return sum_; }

  /// Calls use(row) for each row with a weight.
  template <class Use>
  void for_each_row(const Use& use) const {
    for (Index v = 0; v < vectors_; ++v) {
      for (unsigned lanes = vector(v).lanes; lanes != 0; lanes &= lanes - 1U) {
        use(vector(v).row + simd::lowest_bit(lanes));
      }
    }
  }

 private:
  double negligible_;
  Index vectors_ = 0, rows_ = 0;
  double sum_ = 0.0;
  // One more, which `find` writes to and does not count.
  std::array<Vector, size_t(Partition::kMaxBlock / simd::kLanes<double>) + 1> used_;
};

}  // namespace gaussmix
