// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "em/em.hpp"
#include "em/in_memory.hpp"
#include "em/monitor.hpp"
#include "rows/sample.hpp"
#include "starts/redundant.hpp"
#include "starts/seeds.hpp"
#include "starts/swap.hpp"

namespace gaussmix {

/// The starts of a fit, of which the best is kept.
///
/// Start 0 runs to its end. All others run in rounds: 20 iterations each, after which the best few
/// of the round go on to their end, and the rest are dropped. Of very many rows, the 20 iterations
/// see a sample; those that go on then begin anew with all rows, from the mixture that they found.
/// - With n_init > 1, unless the whole start is given, the first round are n_init - 1 starts that
/// are seeded like start 0; three go on.
/// - Then four rounds of n_init starts vary the best model so far: in each another component is
///   moved to a row that is explained badly (Swaps); two go on. There are none with one component,
///   where the user set parameters, or while the best model has not converged.
/// - In the end, for any n_init, a round of three tries to find a better place for a component to
///   which no row belongs or, where the user set no parameters, that equals another; one goes on.
///   If it gains, there may be another such round. There are none if the fit is to raise for
///   degenerate components.
template <class T>
class MultiStart {
 public:
  MultiStart(Execution& execution, const Dataset<T>& data, const FitOptions& options);

  /// \throws DegenerateError, Interrupted, and what the observer throws
  FitResult run();

 private:
  using Make = std::function<std::optional<EmState>(int number)>;
  struct Round {
    int n_starts, n_survivors;
    Make make;
  };

  EmState first_state();
  std::optional<EmState> seeded(int number);
  void run(const Round& round);
  std::vector<EmState> leaders_of(const Round& round);
  std::optional<EmState> run_shortly(const Make& make);
  EmState begin(int number, const Seed<T>& seed);
  Em& short_runs();
  void vary_best();
  void replace_redundant();
  std::optional<RedundantComponent> redundant() const;
  std::optional<EmState> vary(const Swaps<T>& swaps, int origin, int number,
                              std::optional<Index> component);

  bool start_is_given() const;
  bool user_set_parameters() const;

  Execution& execution_;
  const Dataset<T>& data_;
  const FitOptions& options_;
  Model model_;
  Monitor monitor_;
  InMemory<T> engine_;
  Em em_;
  std::unique_ptr<const Sample<T>> sample_;
  std::unique_ptr<InMemory<T>> sample_engine_;
  std::optional<Em> sample_em_;
  Seeds<T> seeds_;
  std::optional<EmState> best_;
  std::vector<StartReport> reports_;
};

}  // namespace gaussmix
