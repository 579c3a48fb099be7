// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/block_moments.hpp"

#include <utility>

#include "simd/static_size.hpp"
#include "statistics/moments/active_rows.hpp"
#include "statistics/moments/column_moments.hpp"
#include "statistics/moments/lane_moments.hpp"
#include "statistics/moments/row_moments.hpp"

namespace gaussmix {
namespace {

// The sums of six features fit the registers of AVX-512.
constexpr int kMostInLanes = 6;

// For more features, without products.
template <class T>
class DiagonalMoments final : public BlockMoments<T> {
 public:
  DiagonalMoments(Index d, double negligible) : active_(negligible), columns_(d) {}

  double set_rows(const RowSequence<T>& /*rows*/, Index /*first*/, const Block<T>& block,
                  const double* weights) override {
    block_ = block;
    active_.find(block.length, weights);
    return active_.sum();
  }
  void moments_about(const double* centre, double* first, double* second) override {
    columns_.moments_about(active_, block_, centre, first, second);
  }
  void add_products(double* /*scatter*/) override {}

 private:
  Block<T> block_;
  ActiveRows active_;
  ColumnMoments<T, false> columns_;
};

// For more features, with products: as columns where most of the rows in a vector weight, as rows
// where few do.
template <class T>
class ProductMoments final : public BlockMoments<T> {
 public:
  ProductMoments(Index d, double negligible)
      : full_vector_(rows_worth_a_vector(d)), active_(negligible), rows_(d), columns_(d) {}

  double set_rows(const RowSequence<T>& rows, Index first, const Block<T>& block,
                  const double* weights) override {
    block_ = block;
    active_.find(block.length, weights);
    by_columns_ =
        static_cast<double>(active_.rows()) > full_vector_ * static_cast<double>(active_.vectors());
    if (!by_columns_) rows_.set_rows(active_, rows, first);
    return active_.sum();
  }
  void moments_about(const double* centre, double* first, double* second) override {
    if (by_columns_) {
      columns_.moments_about(active_, block_, centre, first, second);
    } else {
      rows_.moments_about(centre, first, second);
    }
  }
  void add_products(double* scatter) override {
    by_columns_ ? columns_.add_products(scatter) : rows_.add_products(scatter);
  }

 private:
  // How many single rows take as long as a vector of rows in columns: measured, as a line.
  static double rows_worth_a_vector(Index d) {
    return (0.1 + 0.025 * static_cast<double>(d)) * static_cast<double>(simd::kLanes<double>);
  }

  double full_vector_;
  bool by_columns_ = false;
  Block<T> block_;
  ActiveRows active_;
  RowMoments<T> rows_;
  ColumnMoments<T, true> columns_;
};

template <class T, bool kProducts>
std::unique_ptr<BlockMoments<T>> make(Index d, double negligible) {
  using Moments = std::unique_ptr<BlockMoments<T>>;
  auto lanes = with_static_size<kMostInLanes>(d, [](auto size) -> Moments {
    return std::make_unique<LaneMoments<T, size(), kProducts>>();
  });
  if (lanes) return lanes;
  if (kProducts) return std::make_unique<ProductMoments<T>>(d, negligible);
  return std::make_unique<DiagonalMoments<T>>(d, negligible);
}

}  // namespace

template <class T>
std::unique_ptr<BlockMoments<T>> make_block_moments(Index d, bool products, double negligible) {
  return products ? make<T, true>(d, negligible) : make<T, false>(d, negligible);
}

template std::unique_ptr<BlockMoments<float>> make_block_moments<float>(Index, bool, double);
template std::unique_ptr<BlockMoments<double>> make_block_moments<double>(Index, bool, double);

}  // namespace gaussmix
