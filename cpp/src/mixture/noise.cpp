// SPDX-License-Identifier: BSD-3-Clause
#include "mixture/noise.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "support/require.hpp"

namespace gaussmix {
namespace {

void check_numbers(const char* name, const std::vector<double>& values, Index count) {
  require(static_cast<Index>(values.size()) == count, [&] {
    return std::string(name) + " has " + std::to_string(values.size()) + " numbers, expected " +
           std::to_string(count);
  });
  require(std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); }),
          [&] { return std::string(name) + " must be finite"; });
}

bool orthonormal(const std::vector<double>& axes, Index d) {
  constexpr double kTolerance = 1e-5;
  for (Index a = 0; a < d; ++a) {
    for (Index b = 0; b <= a; ++b) {
      double product = a == b ? -1.0 : 0.0;
      for (Index c = 0; c < d; ++c) product += axes[size_t(a * d + c)] * axes[size_t(b * d + c)];
      if (!(std::abs(product) <= kTolerance)) return false;
    }
  }
  return true;
}

}  // namespace

double Noise::log_volume() const {
  double sum = 0.0;
  for (const double width : widths) sum += std::log(width);
  return sum;
}

double Noise::log_normalizer() const { return std::log(weight) - log_volume(); }

void check_noise(const Noise& noise, Index d) {
  require(noise.weight >= 0.0 && noise.weight <= 1.0, "noise.weight must be in [0, 1]");
  check_numbers("noise.corner", noise.corner, d);
  check_numbers("noise.widths", noise.widths, d);
  require(*std::min_element(noise.widths.begin(), noise.widths.end()) > 0.0,
          "noise.widths must be positive");
  if (noise.axes.empty()) return;
  check_numbers("noise.axes", noise.axes, d * d);
  require(orthonormal(noise.axes, d), "noise.axes must be orthonormal");
}

}  // namespace gaussmix
