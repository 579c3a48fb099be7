// SPDX-License-Identifier: BSD-3-Clause
#include "em/posterior.hpp"

#include <algorithm>
#include <limits>

#include "densities/log_sum_exp.hpp"
#include "simd/simd.hpp"

namespace gaussmix {
namespace {

constexpr Index kTile = RowGroups::kTile;

// The kernel may stop a distance early once its square exceeds what pruning needs by 30%: the slack
// keeps the stored bound useful for later iterations.
constexpr double kBoundSlack = 0.3;

// The tiles of a block are bits of a word.
static_assert(Partition::kMaxBlock / kTile <= 32);

template <class T>
constexpr T kMinusInfinity = -std::numeric_limits<T>::infinity();

}  // namespace

// One tile of a block while its responsibilities are computed.
template <class T>
struct Posterior<T>::Tile {
  const Block<T>& block;
  BlockResponsibilities<T>& out;
  Index first;                  // position of the block's first row
  std::vector<float> upper;     // bounds of the log-densities, k
  std::vector<T> largest;       // log-densities of computed components, k
  std::vector<Index> computed;  // components
  Index number = 0;             // among all tiles
  RowRange rows = {};           // in the block
  T least = 0;                  // the smallest of the rows' largest log-densities up to now
};

template <class T>
Posterior<T>::Posterior(const Mixture& mixture, RowGroups* groups, const Adjustment<T>* adjustment,
                        int n_threads, double truncation)
    : ByResponsibilities<T>(mixture.n_columns()),
      mixture_(mixture),
      kernel_(make_kernel<T>(Densities::of(mixture), n_threads)),
      log_normalizers_(mixture.log_normalizers()),
      all_(all_components(mixture.n_components())),
      groups_(groups),
      adjustment_(adjustment),
      budget_(mixture, truncation) {
  if (mixture.noise()) log_noise_ = static_cast<T>(mixture.noise()->log_normalizer());
  if (!(truncation > 0.0)) return;
  for (const double number : budget_.responsibilities()) {
    truncated_.push_back(static_cast<T>(number));
  }
}

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
  } else {
    fill_all(first, block, out, keep_going);
  }
}

// The adjusted log-densities of rows of a block under a component.
template <class T>
void Posterior<T>::log_density(Index first, const Block<T>& block, RowRange rows, Index j, T floor,
                               BlockResponsibilities<T>& out) const {
  T* const column = out.column(block, j);
  kernel_->log_density(block, rows, j, floor, column, out.scratch.data());
  adjust(first, block, rows, j, out);
}

// The largest log-densities before there are components: those of the noise, in the column after
// the others.
template <class T>
void Posterior<T>::begin_largest(Index first, const Block<T>& block, RowRange rows,
                                 BlockResponsibilities<T>& out) const {
  T* const largest = out.log_density.data() + rows.first;
  std::fill_n(largest, rows.count, kMinusInfinity<T>);
  if (!log_noise_) return;
  const auto k = static_cast<Index>(all_.size());
  T* const noise = out.column(block, k) + rows.first;
  std::fill_n(noise, rows.count, *log_noise_);
  adjust(first, block, rows, k, out);
  raise_to(noise, rows.count, largest);
}

template <class T>
void Posterior<T>::adjust(Index first, const Block<T>& block, RowRange rows, Index j,
                          BlockResponsibilities<T>& out) const {
  if (adjustment_ == nullptr) return;
  const Index count = std::min(rows.count, block.rows - rows.first);
  adjustment_->adjust(order(), first + rows.first, count, j, out.column(block, j) + rows.first);
}

// Makes log-densities under these components, and of the noise, responsibilities.
template <class T>
void Posterior<T>::normalize(const Block<T>& block, RowRange rows, std::vector<Index>& components,
                             BlockResponsibilities<T>& out) const {
  if (log_noise_) components.push_back(static_cast<Index>(all_.size()));
  if (truncated_.empty()) {
    gaussmix::normalize(block, rows, components, out.numbers.data(), out.log_density.data());
  } else {
    normalize_truncated(block, rows, components, truncated_.data(), out.numbers.data(),
                        out.log_density.data());
  }
  if (log_noise_) components.pop_back();
}

// So many rows at once that all their log-densities stay in a cache until they are normalised.
template <class T>
void Posterior<T>::fill_all(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                            const KeepGoing& keep_going) const {
  constexpr Index kCacheBytes = Index{1} << 19;
  const Index bytes_per_row = static_cast<Index>(all_.size() * sizeof(T));
  const Index most = std::max(kCacheBytes / bytes_per_row / kTile, Index{1}) * kTile;
  out.components = all_;
  for (Index i = 0; i < block.length; i += most) {
    fill_all(first, block, {i, std::min(most, block.length - i)}, out, keep_going);
  }
}

template <class T>
void Posterior<T>::fill_all(Index first, const Block<T>& block, RowRange rows,
                            BlockResponsibilities<T>& out, const KeepGoing& keep_going) const {
  T* const largest = out.log_density.data() + rows.first;
  begin_largest(first, block, rows, out);
  for (const Index j : all_) {
    if (!keep_going()) return;
    log_density(first, block, rows, j, kMinusInfinity<T>, out);
    raise_to(out.column(block, j) + rows.first, rows.count, largest);
  }
  normalize(block, rows, out.components, out);
  if (groups_ == nullptr || !groups_->recording()) return;
  for (Index i = rows.first; i < std::min(block.rows, rows.first + rows.count); i += kTile) {
    record_labels((first + i) / kTile, block, {i, kTile}, all_, 0, out);
  }
}

template <class T>
void Posterior<T>::fill_tiles(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                              const KeepGoing& keep_going) const {
  const std::size_t k = all_.size();
  Tile tile{block, out, first, std::vector<float>(k), std::vector<T>(k), {}};
  std::vector<std::uint32_t> tiles(k, 0);  // those in which a component is computed, as bits
  for (Index i = 0; i < block.length; i += kTile) {
    if (!keep_going()) return;
    tile.number = (first + i) / kTile;
    tile.rows = {i, kTile};
    fill_tile(tile);
    for (const Index j : tile.computed) tiles[size_t(j)] |= 1U << (i / kTile);
  }
  for (const Index j : all_) {
    if (tiles[size_t(j)] == 0) continue;
    out.components.push_back(j);
    for (Index i = 0; i < block.length; i += kTile) {
      const bool computed = (tiles[size_t(j)] >> (i / kTile) & 1U) != 0;
      if (!computed) std::fill_n(out.column(block, j) + i, kTile, T(0));
    }
  }
}

// The component of the tile's first row comes first: it is likely to rule out most others. With
// noise, every row has that log-density before.
template <class T>
void Posterior<T>::fill_tile(Tile& tile) const {
  const Index likeliest = groups_->first_label(tile.number);
  groups_->upper_bounds(tile.number, tile.upper.data());
  tile.computed.clear();
  tile.least = kMinusInfinity<T>;
  begin_largest(tile.first, tile.block, tile.rows, tile.out);
  compute(likeliest, tile);
  for (const Index j : all_) {
    const T upper = static_cast<T>(tile.upper[size_t(j)]);
    const bool negligible = upper < budget_.floor(j, tile.least);
    if (j != likeliest && !negligible) compute(j, tile);
  }
  const auto negligible = [&](Index j) {
    return tile.largest[size_t(j)] < budget_.floor(j, tile.least);
  };
  auto& computed = tile.computed;
  groups_->renew(tile.number, computed, tile.largest);
  computed.erase(std::remove_if(computed.begin(), computed.end(), negligible), computed.end());
  normalize(tile.block, tile.rows, computed, tile.out);
  record_labels(tile.number, tile.block, tile.rows, computed, likeliest, tile.out);
}

// The log-densities of a tile's rows under a component, and what they say of others.
template <class T>
void Posterior<T>::compute(Index j, Tile& tile) const {
  using Pack = simd::Pack<T>;
  const T normalizer = static_cast<T>(log_normalizers_[size_t(j)]);
  const T floor = budget_.floor(j, tile.least);
  const T kernel_floor = floor - T(kBoundSlack) * (normalizer - floor);
  log_density(tile.first, tile.block, tile.rows, j, kernel_floor, tile.out);
  const T* const column = tile.out.column(tile.block, j) + tile.rows.first;
  T* const rows_largest = tile.out.log_density.data() + tile.rows.first;
  Pack largest = simd::broadcast(kMinusInfinity<T>),
       smallest_of_rows = simd::broadcast(-kMinusInfinity<T>);
  for (Index i = 0; i < kTile; i += simd::kLanes<T>) {
    const Pack value = simd::load(column + i);
    const Pack row_largest = simd::maximum<T>(value, simd::load(rows_largest + i));
    largest = simd::maximum<T>(largest, value);
    smallest_of_rows = simd::minimum<T>(smallest_of_rows, row_largest);
    simd::store(rows_largest + i, row_largest);
  }
  tile.least = simd::smallest<T>(smallest_of_rows);
  tile.computed.push_back(j);
  tile.largest[size_t(j)] = simd::largest<T>(largest);
}

// Tells the groups each row's likeliest component, `otherwise` where all rows are noise, and how
// many responsibilities of a tile count.
template <class T>
void Posterior<T>::record_labels(Index number, const Block<T>& block, RowRange rows,
                                 const std::vector<Index>& components, Index otherwise,
                                 const BlockResponsibilities<T>& out) const {
  using Pack = simd::Pack<T>;
  const Pack zero = simd::broadcast(T(0)), one = simd::broadcast(T(1));
  const Index length = (std::min(kTile, block.rows - rows.first) + simd::kLanes<T> - 1) /
                       simd::kLanes<T> * simd::kLanes<T>;
  alignas(64) T largest[kTile], label[kTile];
  std::fill_n(largest, kTile, T(-1));
  std::fill_n(label, kTile, static_cast<T>(otherwise));
  Pack pairs = zero;
  for (const Index j : components) {
    const T* const column = out.numbers.data() + j * block.stride + rows.first;
    const Pack own = simd::broadcast(static_cast<T>(j));
    const Pack negligible = simd::broadcast(static_cast<T>(budget_.responsibilities()[size_t(j)]));
    for (Index i = 0; i < length; i += simd::kLanes<T>) {
      const Pack responsibility = simd::load(column + i), before = simd::load(largest + i);
      simd::store(label + i, simd::if_less<T>(before, responsibility, own, simd::load(label + i)));
      simd::store(largest + i, simd::maximum<T>(before, responsibility));
      pairs = simd::add<T>(pairs, simd::if_less_or_zero<T>(negligible, responsibility, one));
    }
  }
  std::transform(label, label + std::min(kTile, block.rows - rows.first), groups_->labels(number),
                 [](T lane) { return static_cast<std::int32_t>(lane); });
  groups_->set_pairs(number, static_cast<Index>(simd::sum<T>(pairs)));
}

template class Posterior<float>;
template class Posterior<double>;

}  // namespace gaussmix
