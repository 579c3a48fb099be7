// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "gaussmix/mixture.hpp"

namespace gaussmix {

/// Extrapolates EM: squared iterative methods (Varadhan, Roland 2008, "Simple and globally
/// convergent methods for accelerating the convergence of any EM algorithm", scheme S3).
///
/// Of three points in a row, x1 = EM(x0) and x2 = EM(x1), with r = x1 - x0 and
/// v = (x2 - x1) - r, it proposes x0 - 2 a r + a^2 v for a = -|r| / |v|, in the coordinates of
/// `coordinates_of`, of which lengths are taken in units of the features' standard deviations.
/// Whoever iterates takes the proposal only where its log-likelihood is at least that of x1.
///
/// -a is at most a bound, 4 or more, which becomes four times as large where it was reached and
/// accepted, and a quarter where it was refused. A proposal that is refused is made once more with
/// half the step; and after two in a row there is none for 2, 4, ... 64 steps of EM.
class Squarem {
 public:
  /// Tells of a step of EM, from one mixture to the next.
  /// \param change of the log-likelihood of a row, from the mixture before `from` to it
  void add(const Mixture& from, const Mixture& to, double change);
  /// A mixture to go on from, where there is one to try; to be answered by `accept` or `refuse`.
  const Mixture* proposal() const { return proposal_ ? &*proposal_ : nullptr; }

  /// The proposal was better. Its next point is one of plain EM.
  void accept();
  void refuse();
  /// There will be no more proposals: the steps are no longer those of plain EM.
  void give_up();

 private:
  void propose();

  std::vector<std::vector<double>> path_;   // up to three points in a row
  std::vector<double> units_;               // of the coordinates
  std::optional<Mixture> last_, proposal_;  // last_: that of the path's end
  double step_ = 1.0, bound_ = 4.0;         // step_: -a
  bool halved_ = false, gave_up_ = false;
  int pause_ = 0, next_pause_ = 2;  // steps of EM
};

}  // namespace gaussmix
