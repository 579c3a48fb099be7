// SPDX-License-Identifier: BSD-3-Clause
#include "em/squarem.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "mixture/coordinates.hpp"

namespace gaussmix {
namespace {

// Before that, EM still moves far, and does so fast.
constexpr double kSlow = 1e-3;

constexpr double kFactor = 4.0, kLeastBound = 4.0;  // of steps
constexpr int kLongestPause = 64;

using Point = std::vector<double>;

// |r| / |v| of a path.
double ratio_of_lengths(const std::vector<Point>& path, const Point& units) {
  double of_r = 0.0, of_v = 0.0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const double r = path[1][i] - path[0][i], v = path[2][i] - path[1][i] - r;
    of_r += r * r / (units[i] * units[i]);
    of_v += v * v / (units[i] * units[i]);
  }
  return std::sqrt(of_r / of_v);
}

}  // namespace

void Squarem::add(const Mixture& from, const Mixture& to, double change) {
  if (gave_up_) return;
  if (pause_ > 0) {
    --pause_;
    return;
  }
  if (!(std::abs(change) < kSlow)) {
    path_.clear();
    return;
  }
  if (path_.empty()) path_.push_back(coordinates_of(from));
  path_.push_back(coordinates_of(to));
  if (path_.size() < 3) return;
  last_ = to;
  if (units_.empty()) units_ = units_of_coordinates(to);
  halved_ = false;
  step_ = std::min(ratio_of_lengths(path_, units_), bound_);
  propose();
}

void Squarem::propose() {
  proposal_.reset();
  if (!(step_ > 1.0)) {  // at 1 it is the last point
    path_ = {std::move(path_[2])};
    return;
  }
  Point point = path_[0];
  for (std::size_t i = 0; i < point.size(); ++i) {
    const double r = path_[1][i] - path_[0][i], v = path_[2][i] - path_[1][i] - r;
    point[i] += 2.0 * step_ * r + step_ * step_ * v;
  }
  try {
    proposal_ = mixture_at(point, *last_);
  } catch (const std::invalid_argument&) {  // factors that overflow or vanish
    refuse();
  }
}

void Squarem::accept() {
  if (step_ == bound_) bound_ *= kFactor;
  proposal_.reset();
  path_.clear();
  next_pause_ = 2;
}

void Squarem::refuse() {
  bound_ = std::max(kLeastBound, bound_ / kFactor);
  if (!std::exchange(halved_, true)) {
    step_ = 0.5 * (step_ + 1.0);
    return propose();
  }
  proposal_.reset();
  path_.clear();
  pause_ = next_pause_;
  next_pause_ = std::min(2 * next_pause_, kLongestPause);
}

void Squarem::give_up() {
  gave_up_ = true;
  proposal_.reset();
  path_.clear();
}

}  // namespace gaussmix
