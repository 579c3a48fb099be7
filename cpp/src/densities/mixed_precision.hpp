// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "densities/kernel.hpp"

namespace gaussmix {

/// The kernels of a mixture for rows of float: one of float, and one of double for the components
/// for which float is too coarse.
class MixedPrecisionKernel final : public Kernel<float> {
 public:
  /// \param coarse that of where_float_is_too_coarse.
  /// \param plain nullptr where all components are coarse.
  MixedPrecisionKernel(std::vector<char> coarse, std::unique_ptr<const Kernel<float>> plain,
                       std::unique_ptr<const Kernel<double>> precise, Index features);

  bool in_double(Index j) const override { return coarse_[size_t(j)] != 0; }
  Index scratch_size(Index stride) const override;
  void prepare(const Block<float>& block, float* scratch) const override;
  void log_density(const Block<float>& block, RowRange rows, Index j, float floor, float* out,
                   float* scratch) const override;

 private:
  struct Scratch;

  Scratch divide(const Block<float>& block, float* scratch) const;
  void prepare_in_double(const Block<float>& block, const Scratch& own) const;

  std::vector<char> coarse_;
  std::unique_ptr<const Kernel<float>> plain_;
  std::unique_ptr<const Kernel<double>> precise_;
  Index features_;
};

}  // namespace gaussmix
