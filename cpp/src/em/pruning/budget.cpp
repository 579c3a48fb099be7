// SPDX-License-Identifier: BSD-3-Clause
#include "em/pruning/budget.hpp"

#include <algorithm>
#include <cmath>

namespace gaussmix {
namespace {

constexpr double kExact = 1e-17;

// Log-densities that were rounded may be as much too low or too high.
constexpr double kRounding = 0.05;

// What stands for the logarithm of the budget's part of a component without weight.
constexpr double kLowest = -1e3;

}  // namespace

// With the log-density L = c - m^2 / 2 and log m^2 <= m^2 / s + log s - 1, for any s, m^2 r <= b w
// follows from
//     L + 2 (c - L) / s + log s - 1 - log(b w) <= log-density of the mixture.
// s is about the square of the distances at which that decides.
Budget::Budget(const Mixture& mixture, double truncation) {
  const bool exact = !(truncation > 0.0);
  const double budget = exact ? kExact : truncation;
  const double s = static_cast<double>(mixture.n_features()) - 2.0 * std::log(budget);
  const std::vector<double> log_normalizers = mixture.log_normalizers();
  if (exact) slope_ = 1.0 / (1.0 - 2.0 / s);
  for (std::size_t j = 0; j < mixture.weights().size(); ++j) {
    const double part = budget * mixture.weights()[j];
    const double log_part = std::max(std::log(part), kLowest) - kRounding;
    const double of_scatter = 2.0 * log_normalizers[j] / s + std::log(s) - 1.0;
    responsibilities_.push_back(part);
    offset_.push_back(exact ? slope_ * (of_scatter - log_part) : -log_part);
  }
  if (mixture.noise()) responsibilities_.push_back(0.0);
}

}  // namespace gaussmix
