// SPDX-License-Identifier: BSD-3-Clause
#include "densities/mixed_precision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "covariance/linalg/factor.hpp"
#include "support/parallel.hpp"

namespace gaussmix {
namespace {

class MixedPrecisionKernel final : public Kernel<float> {
 public:
  MixedPrecisionKernel(Index features, std::vector<char> in_double,
                       KernelPointer<float> float_kernel, KernelPointer<double> double_kernel)
      : features_(features),
        in_double_(std::move(in_double)),
        float_kernel_(std::move(float_kernel)),
        double_kernel_(std::move(double_kernel)) {}

  Index scratch_size(Index stride) const override {
    const Index doubles =
        kCacheLine + (features_ + 1) * stride + double_kernel_->scratch_size(stride);
    return doubles * Index{sizeof(double) / sizeof(float)} +
           (float_kernel_ ? float_kernel_->scratch_size(stride) : 0);
  }

  void prepare(const Block<float>& block, float* scratch) const override {
    const Scratch parts = divide(block, scratch);
    *parts.converted = 0.0;
    if (float_kernel_) float_kernel_->prepare(block, parts.for_float);
  }

  void log_density(const Block<float>& block, RowRange rows, Index j, float floor, float* out,
                   float* scratch) const override {
    const Scratch parts = divide(block, scratch);
    if (in_double_[size_t(j)] == 0) {
      float_kernel_->log_density(block, rows, j, floor, out, parts.for_float);
      return;
    }
    convert(block, parts);
    double_kernel_->log_density(parts.block, rows, j, static_cast<double>(floor), parts.log_density,
                                parts.for_double);
    for (Index i = rows.first; i < rows.first + rows.count; ++i) {
      out[i] = static_cast<float>(parts.log_density[i]);
    }
  }

 private:
  static constexpr Index kCacheLine = 64 / sizeof(double);

  // The parts of the caller's scratch.
  struct Scratch {
    double* converted;    // whether `block` is written: 1 or 0
    Block<double> block;  // the same rows
    double* log_density;  // of one component
    double* for_double;   // that kernel's scratch
    float* for_float;     // that kernel's scratch
  };

  // Doubles come first, in whole cache lines as strides are, so that all parts are aligned.
  Scratch divide(const Block<float>& block, float* scratch) const {
    auto* const converted = reinterpret_cast<double*>(scratch);
    double* const columns = converted + kCacheLine;
    double* const log_density = columns + features_ * block.stride;
    double* const for_double = log_density + block.stride;
    double* const end = for_double + double_kernel_->scratch_size(block.stride);
    return {converted,
            {columns, block.rows, block.length, block.stride, features_},
            log_density,
            for_double,
            reinterpret_cast<float*>(end)};
  }

  // Not before a component needs it: with pruning, most blocks have none of those in double.
  void convert(const Block<float>& block, const Scratch& parts) const {
    if (*parts.converted != 0.0) return;
    *parts.converted = 1.0;
    double* const columns = parts.converted + kCacheLine;
    for (Index c = 0; c < features_; ++c) {
      std::copy_n(block.column(c), block.length, columns + c * block.stride);
    }
    double_kernel_->prepare(parts.block, parts.for_double);
  }

  Index features_;
  std::vector<char> in_double_;
  KernelPointer<float> float_kernel_;
  KernelPointer<double> double_kernel_;
};

}  // namespace

// Float is precise enough where squares of deviations are normal numbers of it, and the relative
// error of log-densities is small. Let t be the trace of the inverse correlations, which is at
// least the inverse of their smallest eigenvalue. Rounding changes U^T z by a vector of about eps
// sqrt(t) / 2 times its length, and its square by twice that.
bool needs_double(const Densities& densities, Index j) {
  constexpr double kSmallest = 1e-30, kLargest = 1e30, kLargestError = 7.7e-5;
  constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
  const auto& layout = densities.layout;
  const bool matrix = layout.kind == CovarianceLayout::Kind::matrix;
  const Index d = densities.features, offset = layout.offset(j);
  const double* const covariance = densities.covariances + offset;
  const Index step = matrix ? d + 1 : 1;
  for (Index i = 0; i < layout.size; i += step) {
    if (!(covariance[i] > kSmallest && covariance[i] < kLargest)) return true;
  }
  if (!matrix) return false;
  const double trace = inverse_correlation_trace(d, covariance, densities.factors + offset);
  return !(kEpsilon * std::sqrt(trace) < kLargestError);
}

std::vector<char> which_need_double(const Densities& densities, int n_threads) {
  const Index blocks = densities.layout.blocks;
  std::vector<char> needed(static_cast<std::size_t>(densities.components));
  Execution execution(n_threads);
  const double operations = 4.0 * static_cast<double>(densities.layout.total());
  parallel_for(
      execution, blocks, execution.workers(blocks, operations),
      [&](Index j, int /*worker*/) { needed[size_t(j)] = needs_double(densities, j) ? 1 : 0; });
  if (densities.layout.shared) std::fill(needed.begin(), needed.end(), needed.front());
  return needed;
}

KernelPointer<float> make_mixed_precision_kernel(Index features, std::vector<char> in_double,
                                                 KernelPointer<float> float_kernel,
                                                 KernelPointer<double> double_kernel) {
  return std::make_unique<MixedPrecisionKernel>(features, std::move(in_double),
                                                std::move(float_kernel), std::move(double_kernel));
}

}  // namespace gaussmix
