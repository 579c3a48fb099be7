// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "densities/kernel.hpp"

namespace gaussmix {

/// The kernels of a mixture for rows of float: one of float, and one of double for the components
/// for which float is too imprecise.
class MixedPrecisionKernel final : public Kernel<float> {
 public:
  /// \param in_double that of components_that_need_double.
  /// \param plain nullptr where all components need double.
  MixedPrecisionKernel(std::vector<char> in_double, std::unique_ptr<const Kernel<float>> plain,
                       std::unique_ptr<const Kernel<double>> precise, Index features);

  bool in_double(Index j) const override { return in_double_[size_t(j)] != 0; }
  Index scratch_size(Index stride) const override;
  void prepare(const Block<float>& block, float* scratch) const override;
  void log_density(const Block<float>& block, RowRange rows, Index j, float floor, float* out,
                   float* scratch) const override;

 private:
  struct Scratch;

  Scratch divide(const Block<float>& block, float* scratch) const;
  void prepare_in_double(const Block<float>& block, const Scratch& own) const;

  std::vector<char> in_double_;
  std::unique_ptr<const Kernel<float>> plain_;
  std::unique_ptr<const Kernel<double>> precise_;
  Index features_;
};

}  // namespace gaussmix
