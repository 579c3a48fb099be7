// SPDX-License-Identifier: BSD-3-Clause
#include "densities/mixed_precision.hpp"

#include <algorithm>
#include <utility>

namespace gaussmix {

MixedPrecisionKernel::MixedPrecisionKernel(std::vector<char> in_double,
                                           std::unique_ptr<const Kernel<float>> plain,
                                           std::unique_ptr<const Kernel<double>> precise,
                                           Index features)
    : in_double_(std::move(in_double)),
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
