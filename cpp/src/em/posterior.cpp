// SPDX-License-Identifier: BSD-3-Clause
#include "em/posterior.hpp"

#include <algorithm>
#include <limits>

#include "densities/log_sum_exp.hpp"
#include "simd/simd.hpp"

namespace gaussmix {
namespace {

constexpr Index kTile = RowGroups::kTile;

// A log-density so far below a row's largest means a negligible responsibility.
constexpr double kReach = 56.0;
static_assert(kNegligible == 1e-24);  // log(1e-24) = -55.3

// A distance that need not be known is left off where its square is longer than it would have to
// be, by so much of itself: as a bound, it then lasts while the mixture drifts.
constexpr double kFurther = 0.3;

// The tiles of a block are counted off in the bits of a word.
static_assert(Partition::kMaxBlock / kTile <= 32);

template <class T>
constexpr T kMinusInfinity = -std::numeric_limits<T>::infinity();

}  // namespace

// One tile while its responsibilities are found.
template <class T>
struct Posterior<T>::Tile {
  Index number;
  RowRange rows;
  std::vector<float> upper;     // bounds of the log-densities, k
  std::vector<Index> measured;  // components
  std::vector<T> largest;       // the largest log-density under each of `measured`
  alignas(64) T top[kTile];     // each row's largest log-density up to now
  T floor;                      // what is below it vanishes for every row
};

template <class T>
Posterior<T>::Posterior(const Mixture& mixture, RowGroups* groups, const Adjustment<T>* adjustment,
                        int n_threads)
    : ByResponsibilities<T>(mixture.n_components()),
      kernel_(make_kernel<T>(Densities::of(mixture), n_threads)),
      means_(mixture.means()),
      log_normalizers_(mixture.log_normalizers()),
      k_(mixture.n_components()),
      all_(all_components(k_)),
      groups_(groups),
      adjustment_(adjustment) {}

template <class T>
const std::int32_t* Posterior<T>::order() const {
  return groups_ == nullptr ? nullptr : groups_->order();
}

template <class T>
void Posterior<T>::fill(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                        const KeepGoing& keep_going) const {
  const Index scratch = kernel_->scratch_size(block.stride);
  if (out.scratch.size() < scratch) out.scratch.resize(scratch);
  kernel_->prepare(block, out.scratch.data());
  if (groups_ != nullptr && groups_->formed()) {
    fill_tiles(first, block, out, keep_going);
    return;
  }
  fill_all(first, block, out, keep_going);
  if (groups_ == nullptr || !groups_->watching()) return;
  for (Index at = 0; at < block.rows; at += kTile) {
    watch((first + at) / kTile, block, {at, kTile}, all_, out);
  }
}

// The adjusted log-densities of rows of a block under a component.
template <class T>
void Posterior<T>::log_density(Index first, const Block<T>& block, RowRange rows, Index j, T floor,
                               BlockResponsibilities<T>& out) const {
  T* const column = out.column(block, j);
  kernel_->log_density(block, rows, j, floor, column, out.scratch.data());
  if (adjustment_ != nullptr) adjustment_->adjust({first, block.rows, order()}, rows, j, column);
}

template <class T>
void Posterior<T>::fill_all(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                            const KeepGoing& keep_going) const {
  for (const Index j : all_) {
    if (!keep_going()) return;
    log_density(first, block, all_rows(block), j, kMinusInfinity<T>, out);
  }
  normalize(block, all_rows(block), all_, out.numbers.data(), out.log_density.data());
  out.components = all_;
}

template <class T>
void Posterior<T>::fill_tiles(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                              const KeepGoing& keep_going) const {
  Tile tile;
  tile.upper.resize(size_t(k_));
  std::vector<std::uint32_t> tiles(size_t(k_), 0);  // those that share in each component, as bits
  for (Index at = 0; at < block.length; at += kTile) {
    if (!keep_going()) return;
    tile.number = (first + at) / kTile;
    tile.rows = {at, kTile};
    fill_tile(first, block, tile, out);
    for (const Index j : tile.measured) tiles[size_t(j)] |= 1U << (at / kTile);
  }
  for (Index j = 0; j < k_; ++j) {
    if (tiles[size_t(j)] == 0) continue;
    out.components.push_back(j);
    for (Index at = 0; at < block.length; at += kTile) {
      const bool shared = (tiles[size_t(j)] >> (at / kTile) & 1U) != 0;
      if (!shared) std::fill_n(out.column(block, j) + at, kTile, T(0));
    }
  }
}

// The component of the tile's first row comes first: it is likely to rule out most others.
template <class T>
void Posterior<T>::fill_tile(Index first, const Block<T>& block, Tile& tile,
                             BlockResponsibilities<T>& out) const {
  const Index home = groups_->home(tile.number);
  groups_->bound(tile.number, tile.upper.data());
  tile.measured.clear();
  tile.largest.clear();
  tile.floor = kMinusInfinity<T>;
  std::fill_n(tile.top, kTile, kMinusInfinity<T>);
  measure(first, block, home, tile, out);
  for (Index j = 0; j < k_; ++j) {
    if (j != home && !(static_cast<T>(tile.upper[size_t(j)]) < tile.floor)) {
      measure(first, block, j, tile, out);
    }
  }
  std::size_t kept = 0;
  for (std::size_t m = 0; m < tile.measured.size(); ++m) {
    if (!(tile.largest[m] < tile.floor)) tile.measured[kept++] = tile.measured[m];
  }
  tile.measured.resize(kept);
  normalize(block, tile.rows, tile.measured, out.numbers.data(), out.log_density.data());
  watch(tile.number, block, tile.rows, tile.measured, out);
}

template <class T>
void Posterior<T>::measure(Index first, const Block<T>& block, Index j, Tile& tile,
                           BlockResponsibilities<T>& out) const {
  using Pack = simd::Pack<T>;
  const T* const column = out.column(block, j);
  const T normalizer = static_cast<T>(log_normalizers_[size_t(j)]);
  const T left_off = tile.floor - T(kFurther) * (normalizer - tile.floor);
  log_density(first, block, tile.rows, j, left_off, out);
  Pack largest = simd::broadcast(kMinusInfinity<T>),
       lowest_top = simd::broadcast(-kMinusInfinity<T>);
  for (Index i = 0; i < kTile; i += simd::kLanes<T>) {
    const Pack value = simd::load(column + tile.rows.first + i);
    const Pack top = simd::maximum<T>(value, simd::load(tile.top + i));
    largest = simd::maximum<T>(largest, value);
    lowest_top = simd::minimum<T>(lowest_top, top);
    simd::store(tile.top + i, top);
  }
  tile.floor = simd::smallest<T>(lowest_top) - T(kReach);
  tile.measured.push_back(j);
  tile.largest.push_back(simd::largest<T>(largest));
  groups_->set_largest(tile.number, j, static_cast<double>(tile.largest.back()));
}

// Tells the groups what became of a tile: each row's component, and how many pairs of a row and a
// component count.
template <class T>
void Posterior<T>::watch(Index number, const Block<T>& block, RowRange rows,
                         const std::vector<Index>& components,
                         const BlockResponsibilities<T>& out) const {
  using Pack = simd::Pack<T>;
  const Pack zero = simd::broadcast(T(0)), one = simd::broadcast(T(1));
  const Pack negligible = simd::broadcast(T(kNegligible));
  std::int32_t* const labels = groups_->labels(number);
  Pack pairs = zero;
  for (Index i = 0; i < kTile && rows.first + i < block.rows; i += simd::kLanes<T>) {
    Pack best = simd::broadcast(T(-1)), label = zero;
    for (const Index j : components) {
      const T* const column = out.numbers.data() + j * block.stride + rows.first;
      const Pack share = simd::load(column + i);
      label = simd::if_less<T>(best, share, simd::broadcast(static_cast<T>(j)), label);
      best = simd::maximum<T>(best, share);
      pairs = simd::add<T>(pairs, simd::if_less_or_zero<T>(negligible, share, one));
    }
    alignas(64) T lanes[simd::kLanes<T>];
    simd::store(lanes, label);
    const Index real = std::min(simd::kLanes<T>, block.rows - rows.first - i);
    for (Index l = 0; l < real; ++l) labels[i + l] = static_cast<std::int32_t>(lanes[l]);
  }
  groups_->set_pairs(number, static_cast<Index>(simd::sum<T>(pairs)));
}

template class Posterior<float>;
template class Posterior<double>;

}  // namespace gaussmix
