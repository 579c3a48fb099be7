// SPDX-License-Identifier: BSD-3-Clause
#include "em/in_float32.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gaussmix/fit.hpp"

namespace gaussmix {

Mixture in_float32(const Mixture& mixture) {
  Mixture rounded = mixture.rounded_to_float32();
  const auto finite = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  };
  const auto has_volume = [&](const Noise& noise) {
    return finite(noise.corner) && std::isfinite(noise.log_volume());
  };
  if (!finite(rounded.means()) || !finite(rounded.covariances()) ||
      !finite(rounded.precisions_cholesky()) ||
      (rounded.noise() && !has_volume(*rounded.noise()))) {
    throw DegenerateError(
        "Fitting the mixture model failed because the variances of X are too large or too small to "
        "be represented in float32: scale the input data, or convert it to float64.");
  }
  return rounded;
}

}  // namespace gaussmix
