// SPDX-License-Identifier: BSD-3-Clause
// The kernels by themselves: one block of rows, one thread, everything in cache. FLOP/s counts
// useful operations alone: d^2 a row and component for a triangular product or for a scatter, 4 d
// for a diagonal one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "densities/kernel.hpp"
#include "densities/log_sum_exp.hpp"
#include "made_data.hpp"
#include "made_mixture.hpp"
#include "rows/blocks.hpp"
#include "statistics/moments/block_moments.hpp"

namespace gaussmix {
namespace {

constexpr Index kComponents = 16;

// Rows, and the block of them that a fit would cut.
template <class T>
struct Made {
  explicit Made(Index d)
      : rows(Partition::of(1 << 20, d, kComponents, sizeof(T)).block_rows),
        values(made::normal<T>(rows * d, 1)),
        sequence{{values.data(), rows, d}, nullptr},
        block(make_block(sequence, 0, rows, storage)) {}

  Index rows;
  std::vector<T> values;
  RowSequence<T> sequence;
  AlignedArray<T> storage;
  Block<T> block;
};

void count(benchmark::State& state, Index rows, double operations_a_row) {
  const double done = static_cast<double>(state.iterations()) * static_cast<double>(rows);
  state.counters["rows/s"] = {done, benchmark::Counter::kIsRate};
  if (operations_a_row > 0.0) {
    state.counters["FLOP/s"] = {done * operations_a_row, benchmark::Counter::kIsRate};
  }
}

template <class T>
constexpr ScalarType kScalar = sizeof(T) == 4 ? ScalarType::float32 : ScalarType::float64;

template <class T, CovarianceType type>
void log_densities(benchmark::State& state) {
  const Index d = state.range(0);
  const Made<T> data(d);
  const Mixture mixture = made::mixture(type, kComponents, d, 1.0, 2, kScalar<T>);
  const auto kernel = make_kernel<T>(Densities::of(mixture));
  AlignedArray<T> out(kComponents * data.block.stride),
      scratch(kernel->scratch_size(data.block.stride));
  for (auto _ : state) {
    kernel->log_densities(data.block, kComponents, out.data(), scratch.data());
    benchmark::ClobberMemory();
  }
  const auto wide = static_cast<double>(d);
  const bool matrix = type == CovarianceType::full || type == CovarianceType::tied;
  count(state, data.rows, kComponents * (matrix ? wide * wide : 4.0 * wide));
}

// What a component's moments cost where every row has a weight.
template <class T>
void block_moments(benchmark::State& state) {
  const Index d = state.range(0);
  const Made<T> data(d);
  AlignedArray<double> weights;
  weights.assign(data.block.length, 0.5);
  const auto moments = make_block_moments<T>(d, true);
  std::vector<double> centre(size_t(d), 0.0), first(centre), second(centre);
  std::vector<double> scatter(size_t(d * d), 0.0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(moments->set_rows(data.sequence, 0, data.block, weights.data()));
    moments->moments_about(centre.data(), first.data(), second.data());
    moments->add_products(scatter.data());
    benchmark::ClobberMemory();
  }
  count(state, data.rows, static_cast<double>(d * d));
}

// Log-densities to responsibilities, with the copying of what they overwrite.
template <class T>
void normalize_block(benchmark::State& state) {
  const Index k = state.range(0);
  const Made<T> data(2);
  const std::vector<Index> components = all_components(k);
  const std::vector<T> values = made::normal<T>(k * data.block.stride, 3);
  AlignedArray<T> table(k * data.block.stride), log_density(data.block.stride);
  for (auto _ : state) {
    std::copy(values.begin(), values.end(), table.data());
    normalize(data.block, all_rows(data.block), components, table.data(), log_density.data());
    benchmark::ClobberMemory();
  }
  count(state, data.rows, 0.0);
  const double done = static_cast<double>(state.iterations() * k * data.rows);
  state.counters["exp/s"] = {done, benchmark::Counter::kIsRate};
}

template <class T>
void transpose_block(benchmark::State& state) {
  Made<T> data(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_block(data.sequence, 0, data.rows, data.storage));
    benchmark::ClobberMemory();
  }
  count(state, data.rows, 0.0);
}

// Up to eight features a kernel of its own, from there on the triangular one.
void by_features(benchmark::internal::Benchmark* benchmark) {
  for (const int d : {1, 2, 4, 6, 8, 16, 32, 64, 128}) benchmark->Arg(d);
}

void by_components(benchmark::internal::Benchmark* benchmark) {
  for (const int k : {8, 16, 64}) benchmark->Arg(k);
}

BENCHMARK_TEMPLATE(log_densities, double, CovarianceType::full)->Apply(by_features);
BENCHMARK_TEMPLATE(log_densities, float, CovarianceType::full)->Apply(by_features);
BENCHMARK_TEMPLATE(log_densities, double, CovarianceType::tied)->Apply(by_features);
BENCHMARK_TEMPLATE(log_densities, double, CovarianceType::diag)->Apply(by_features);
BENCHMARK_TEMPLATE(log_densities, float, CovarianceType::diag)->Apply(by_features);
BENCHMARK_TEMPLATE(log_densities, double, CovarianceType::spherical)->Apply(by_features);
BENCHMARK_TEMPLATE(block_moments, double)->Apply(by_features);
BENCHMARK_TEMPLATE(block_moments, float)->Apply(by_features);
BENCHMARK_TEMPLATE(normalize_block, double)->Apply(by_components);
BENCHMARK_TEMPLATE(normalize_block, float)->Apply(by_components);
BENCHMARK_TEMPLATE(transpose_block, double)->Apply(by_features);
BENCHMARK_TEMPLATE(transpose_block, float)->Apply(by_features);

}  // namespace
}  // namespace gaussmix
