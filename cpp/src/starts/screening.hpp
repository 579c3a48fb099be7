// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "em/em.hpp"
#include "em/in_memory.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// Where a start may begin: the statistics of rows whose responsibilities are known.
struct Candidate {
  std::string origin;
  Statistics statistics;  // full, or diagonal
  /// The mean entropy of the rows' responsibilities: by so much the log-likelihood exceeds the
  /// expected log-likelihood of rows and components together. 0 for clusters.
  double entropy;
};

/// What SharedStarts holds.
struct Candidates {
  Index n_rows = 0, n_features = 0, k = 0;  ///< of the problem that they are of; 0: of none yet
  bool only_diagonal = false;  ///< whether statistics are diagonal, for whoever needs no others
  bool clustered = false;      ///< whether the clusterings are there
  std::vector<Candidate> all;
};

/// Looks for the best beginning of a fit among clusterings of different kinds, and where fits of
/// other families ended.
///
/// Of each, an M-step makes a mixture from its statistics, whose bound of the log-likelihood needs
/// no pass over the rows: with covariances of maximum likelihood the expected log-likelihood of
/// rows and components is sum_j n_j (log w_j - log |2 pi Sigma_j| / 2) - n d / 2 (EM's lower bound:
/// Neal, Hinton 1998). The five with the best bounds run for four iterations; the best two of
/// these for four more; and the better of these is it.
template <class T>
class Screening {
 public:
  /// \param data rows, all or a sample
  Screening(Execution& execution, const Dataset<T>& data, Candidates& candidates, Index k,
            std::uint64_t seed)
      : execution_(execution), data_(data), candidates_(candidates), k_(k), seed_(seed) {}

  struct Screened {
    EmState best;
    std::vector<StartReport>
        reports;  ///< of all that ran, by their numbers; as if all were dropped
  };
  /// \param em of the same rows, and of the model
  /// \throws DegenerateError where all candidates are, Interrupted, std::invalid_argument for
  /// candidates of another problem, and what the observer throws
  Screened run(Em& em, const Model& model, Monitor& monitor, int max_iter);

  /// Adds the end of a fit to the candidates.
  /// \throws Interrupted
  void offer(std::string origin, const Mixture& mixture);

 private:
  struct First {
    const Candidate* candidate;
    Estimate estimate;
    double bound;
  };

  void require_same_problem(const Model& model);
  void make_clusterings();
  std::vector<First> best_firsts(const Model& model) const;
  static std::vector<EmState> first_states(std::vector<First> firsts, Monitor& monitor,
                                           std::vector<StartReport>& reports);
  Statistics statistics_of(Index k, const std::vector<std::int32_t>& labels) const;
  ScatterForm form() const {
    return candidates_.only_diagonal ? ScatterForm::diagonal : ScatterForm::full;
  }

  Execution& execution_;
  const Dataset<T>& data_;
  Candidates& candidates_;
  Index k_;
  std::uint64_t seed_;
};

}  // namespace gaussmix
