// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/mixed_precision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "covariance/layout.hpp"
#include "parallel.hpp"

namespace gaussmix {

// With t the trace of the inverse correlations, which is at least the inverse of their smallest
// eigenvalue: the rounding errors of a scatter, relative to its diagonal, are a matrix of some eps
// each, whose norm is some sqrt(d) eps, against an eigenvalue of 1 / t. Those of U^T z have a
// length of some eps sqrt(t) / 2, relative to that of U^T z, and a log-density an error twice that,
// relative to itself: 2e-4 at most where the scatter is good.
bool float_is_too_coarse(const Mixture& mixture, Index j) {
  constexpr double kEpsilon = std::numeric_limits<float>::epsilon(), kMost = 0.3;
  const Index d = mixture.n_features();
  const auto layout = CovarianceLayout::of({mixture.covariance_type(), mixture.n_components(), d});
  if (layout.kind != CovarianceLayout::Kind::matrix) return false;
  const Index at = layout.shared ? 0 : j * layout.size;
  const double trace = inverse_correlation_trace(d, mixture.covariances().data() + at,
                                                 mixture.precisions_cholesky().data() + at);
  return !(kEpsilon * std::sqrt(static_cast<double>(d)) * trace < kMost);
}

std::vector<char> where_float_is_too_coarse(const Mixture& mixture, int n_threads) {
  const Index k = mixture.n_components();
  const bool shared = mixture.covariance_type() == CovarianceType::tied;
  std::vector<char> coarse(static_cast<std::size_t>(k));
  const Index blocks = shared ? 1 : k;
  Execution execution(n_threads);
  const double operations = 4.0 * static_cast<double>(mixture.precisions_cholesky().size());
  parallel_for(execution, blocks, execution.workers(blocks, operations), [&](Index j, int) {
    coarse[static_cast<std::size_t>(j)] = float_is_too_coarse(mixture, j) ? 1 : 0;
  });
  if (shared) std::fill(coarse.begin(), coarse.end(), coarse.front());
  return coarse;
}

MixedPrecisionKernel::MixedPrecisionKernel(std::vector<char> coarse,
                                           std::unique_ptr<const Kernel<float>> plain,
                                           std::unique_ptr<const Kernel<double>> precise,
                                           Index features)
    : coarse_(std::move(coarse)),
      plain_(std::move(plain)),
      precise_(std::move(precise)),
      features_(features) {}

// The caller's scratch, divided: whether the block is there in double, its columns in double, a
// column of log-densities, and what each of the two kernels asks for.
struct MixedPrecisionKernel::Scratch {
  static constexpr Index kCacheLine = 64 / sizeof(double);

  Block<double> block;
  double *is_in_double, *columns, *out, *precise;
  float* plain;
};

Index MixedPrecisionKernel::scratch_size(Index stride) const {
  constexpr Index kFloats = sizeof(double) / sizeof(float);
  return kFloats *
             (Scratch::kCacheLine + (features_ + 1) * stride + precise_->scratch_size(stride)) +
         (plain_ ? plain_->scratch_size(stride) : 0);
}

// The parts in double come first, and a stride is whole cache lines, so they are aligned; nothing
// reads them as float.
MixedPrecisionKernel::Scratch MixedPrecisionKernel::divide(const Block<float>& block,
                                                           float* scratch) const {
  auto* const is_in_double = reinterpret_cast<double*>(scratch);
  double* const columns = is_in_double + Scratch::kCacheLine;
  double* const out = columns + features_ * block.stride;
  double* const precise = out + block.stride;
  auto* const plain = reinterpret_cast<float*>(precise + precise_->scratch_size(block.stride));
  return {{columns, block.rows, block.length, block.stride, block.features},
          is_in_double,
          columns,
          out,
          precise,
          plain};
}

void MixedPrecisionKernel::prepare(const Block<float>& block, float* scratch) const {
  const Scratch own = divide(block, scratch);
  *own.is_in_double = 0.0;
  if (plain_) plain_->prepare(block, own.plain);
}

// Most blocks have no need of it.
void MixedPrecisionKernel::prepare_in_double(const Block<float>& block, const Scratch& own) const {
  if (*own.is_in_double != 0.0) return;
  *own.is_in_double = 1.0;
  for (Index c = 0; c < features_; ++c) {
    std::copy_n(block.column(c), block.length, own.columns + c * block.stride);
  }
  precise_->prepare(own.block, own.precise);
}

void MixedPrecisionKernel::log_density(const Block<float>& block, RowRange rows, Index j,
                                       float floor, float* out, float* scratch) const {
  const Scratch own = divide(block, scratch);
  if (!in_double(j)) {
    plain_->log_density(block, rows, j, floor, out, own.plain);
    return;
  }
  prepare_in_double(block, own);
  precise_->log_density(own.block, rows, j, static_cast<double>(floor), own.out, own.precise);
  for (Index i = rows.first; i < rows.first + rows.count; ++i) {
    out[i] = static_cast<float>(own.out[i]);
  }
}

}  // namespace gaussmix
