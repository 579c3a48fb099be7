// SPDX-License-Identifier: BSD-3-Clause
#include "statistics/moments/block_moments.hpp"

#include "simd/static_size.hpp"
#include "statistics/moments/column_moments.hpp"
#include "statistics/moments/row_moments.hpp"

namespace gaussmix {
namespace {

// The sums of six features fit the registers of AVX-512.
constexpr int kFewFeatures = 6;

// With products of more features: by columns where most of the rows in a vector have a weight, by
// rows where few have.
template <class T>
class ProductMoments final : public ColumnMoments<T, true> {
  using Columns = ColumnMoments<T, true>;

 public:
  ProductMoments(Index d, double negligible)
      : Columns(d, negligible), rows_worth_a_vector_(rows_worth_a_vector(d, true)), rows_(d) {}

  double set_rows(const RowSequence<T>& rows, Index first, const Block<T>& block,
                  const double* weights) override {
    const double sum = Columns::set_rows(rows, first, block, weights);
    const ActiveRows& active = this->active();
    by_columns_ = static_cast<double>(active.rows()) >
                  rows_worth_a_vector_ * static_cast<double>(active.vectors());
    if (!by_columns_) rows_.set_rows(active, weights, rows, first);
    return sum;
  }
  void moments_about(const double* centre, double* first, double* second) override {
    if (by_columns_) return Columns::moments_about(centre, first, second);
    rows_.moments_about(centre, first, second);
  }
  void add_products(double* scatter) override {
    by_columns_ ? Columns::add_products(scatter) : rows_.add_products(scatter);
  }

 private:
  double rows_worth_a_vector_;
  bool by_columns_ = false;
  RowMoments<T> rows_;
};

template <class T, bool kProducts>
std::unique_ptr<BlockMoments<T>> make(Index d, double negligible) {
  using Moments = std::unique_ptr<BlockMoments<T>>;
  auto few = with_static_size<kFewFeatures>(d, [&](auto size) -> Moments {
    return std::make_unique<ColumnMoments<T, kProducts, size()>>(d, negligible);
  });
  if (few) return few;
  if constexpr (kProducts) return std::make_unique<ProductMoments<T>>(d, negligible);
  return std::make_unique<ColumnMoments<T, kProducts>>(d, negligible);
}

}  // namespace

// Measured, as a line in d.
double rows_worth_a_vector(Index d, bool products) {
  if (!products || d <= kFewFeatures) return 1.0;  // single rows are not for these
  return (0.1 + 0.025 * static_cast<double>(d)) * static_cast<double>(simd::kLanes<double>);
}

template <class T>
std::unique_ptr<BlockMoments<T>> make_block_moments(Index d, bool products, double negligible) {
  return products ? make<T, true>(d, negligible) : make<T, false>(d, negligible);
}

template std::unique_ptr<BlockMoments<float>> make_block_moments<float>(Index, bool, double);
template std::unique_ptr<BlockMoments<double>> make_block_moments<double>(Index, bool, double);

}  // namespace gaussmix
