// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/mixture.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// A component has no usable covariance, and FitOptions::degenerate is Degenerate::raise or the
/// data are so large or small that no repair can be represented.
class GAUSSMIX_EXPORT DegenerateError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// FitOptions::interrupted answered true: the fit was given up, and there is no result.
class GAUSSMIX_EXPORT Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("the fit was interrupted") {}
};

/// What an observer of a fit is told.
struct Progress {
  int start = 0;             ///< which of the n_init starts, from 0
  int iteration = 0;         ///< from 1; 0 announces a start, before its seeding
  double lower_bound = 0.0;  ///< mean log-likelihood of a row, before this iteration's M-step
  double change = 0.0;       ///< of the lower bound since the iteration before
  bool converged = false;
};

/// Parameters that the user sets for the start of EM; an empty vector is one that is not set.
struct UserStart {
  std::vector<double> weights;     ///< k, which sum to 1: with noise they share out the rest
  std::vector<double> means;       ///< k x d
  std::vector<double> precisions;  ///< in the shape that CovarianceType lists
};

/// First responsibilities that a user computes; one of the two, the other empty.
struct FirstResponsibilities {
  std::vector<std::int32_t> labels;            ///< n numbers of components
  std::vector<double> responsibilities;        ///< n x k, in [0, 1]
  std::string origin = "the user's function";  ///< what StartReport::origin says
};

/// A model to go on from, in place of any start.
struct WarmStart {
  Mixture mixture;
  double lower_bound = -std::numeric_limits<double>::infinity();
};

/// A conjugate prior of each component (Fraley, Raftery 2007, "Bayesian regularization for normal
/// mixture estimation and model-based clustering"): its mean is normal given its covariance,
/// N(mean, Sigma / shrinkage), and its covariance inverse Wishart with dof and scale; the variances
/// of diag and spherical covariances are inverse gamma, with half of dof and of scale. A covariance
/// that all components share has one prior. What is not given is what mclust takes.
struct ConjugatePrior {
  double shrinkage = 0.01;    ///< finite, at least 0: how many rows at `mean` join each component
  std::vector<double> mean;   ///< d finite numbers; none: the mean of the rows
  std::optional<double> dof;  ///< finite, above 0, full and tied: above d - 1; none: d + 2
  /// full and tied: d x d, symmetric and positive definite; diag: d positive numbers, or one for
  /// all; spherical: a positive number. None: of the covariance of the rows, divided by
  /// k^(2/d): full and tied all of it, but without the entries off the diagonal if there are d rows
  /// or fewer; diag and spherical the mean of its diagonal.
  std::vector<double> scale;
};

struct Candidates;  // of the core

/// What fits of the same rows with the same weights, seed and number of components share, whatever
/// their families are: the clusterings that a start may begin from, and where the fits before
/// ended. To be given to one fit after another, in an order that is always the same: each depends
/// on those before.
class GAUSSMIX_EXPORT SharedStarts {
 public:
  /// \param only_diagonal whether all the families are diagonal or spherical: less is kept then
  explicit SharedStarts(bool only_diagonal = false);
  ~SharedStarts();
  SharedStarts(const SharedStarts&) = delete;
  SharedStarts& operator=(const SharedStarts&) = delete;

  Candidates& candidates() { return *candidates_; }

 private:
  std::unique_ptr<Candidates> candidates_;
};

/// How one start went.
struct StartReport {
  std::string origin;  ///< where its first model came from
  /// Of a start that was dropped, it may be that of a sample of the rows.
  double lower_bound = -std::numeric_limits<double>::infinity();
  int n_iter = 0;
  bool converged = false;
  bool dropped = false;  ///< it was behind in its round, or failed, and was left there
  double seconds = 0.0;  ///< of wall time that it took, with its seeding
};

/// One repair of a degenerate component.
struct Repair {
  int start = 0;
  int iteration = 0;    ///< 0 is the first M-step, from the responsibilities of the start
  Index component = 0;  ///< -1 for a covariance that all components share
  std::string reason;
  std::string action;
};

struct FitResult {
  Mixture mixture;
  bool converged = false;
  int n_iter = 0;
  double lower_bound = -std::numeric_limits<double>::infinity();
  std::vector<double> lower_bounds;  ///< of each iteration of the best start
  std::vector<StartReport> starts;
  int best_start = 0;
  std::vector<Repair> repairs;  ///< of all starts
  /// By how much FitOptions::truncation lowers lower_bound: but for rounding from 0 to
  /// -log(1 - truncation), which it is where an observer ended the fit before more was known.
  double truncation_error = 0.0;
};

struct FitOptions {
  Index n_components = 1;  ///< at least 1
  CovarianceType covariance_type = CovarianceType::full;
  /// A name of covariance_families(), which says more than covariance_type, and overrides it.
  std::string family;
  double tol = 1e-3;        ///< EM stops when the lower bound changes by less; at least 0
  double reg_covar = 1e-6;  ///< added to each variance in an M-step; at least 0
  int max_iter = 100;       ///< of EM, for each start; 0 returns the first model
  int n_init = 1;           ///< see `fit`
  InitParams init_params = InitParams::kmeans;
  /// Whether start 0 begins from the best of several clusterings: see `fit`.
  bool screening = false;
  std::shared_ptr<SharedStarts> shared_starts;  ///< with it, fits are screened
  /// In place of init_params: the first responsibilities of a start, asked on the calling thread.
  std::function<FirstResponsibilities(int start)> first_responsibilities;
  std::uint64_t seed = 0;  ///< the draws of start i depend on (seed, i) alone
  Degenerate degenerate = Degenerate::repair;
  /// Not for float32 rows, nor for families that cannot be: CovarianceFamily::can_be_accelerated. A
  /// pass over the rows that tries an extrapolation counts as an iteration; where it is refused,
  /// lower bounds repeat.
  Acceleration acceleration = Acceleration::none;
  /// In [0, 0.1]: the share of each row, and of each component's weight, that an E-step
  /// may drop. 0 drops what rounding would: see `fit`.
  double truncation = 0.0;
  /// With one, EM maximises the posterior density: lower bounds, by which starts are compared too,
  /// have the prior's log-density besides (but for a constant), divided by the rows' weight.
  std::optional<ConjugatePrior> prior;
  /// The first share, in (0, 1), of a noise component; none: there is none. See `fit`.
  std::optional<double> noise;
  /// Whether a component that does nothing in the end is moved to where rows are explained badly:
  /// part of the search for starts, see `fit`.
  bool move_redundant = true;
  int n_threads = 1;             ///< at least 1; no result depends on it
  bool rows_are_finite = false;  ///< known to be, so that nobody looks again
  UserStart user_start;
  /// Of each row the component that it belongs to, n_components for the noise, or -1 where that is
  /// not known; empty: none is.
  std::vector<std::int32_t> known_labels;
  /// Of each component its class, at least 0: known_labels are then classes, and a row belongs to
  /// the components of its class. Empty: component j is class j. Where a class has several, what
  /// starts begin with has to be given, by first_responsibilities, a whole user_start or
  /// warm_start: seeds know no classes.
  std::vector<std::int32_t> component_classes;
  std::optional<WarmStart> warm_start;  ///< with it there is one start, and no seeding

  /// After each so many iterations of a start that runs to its end, bounds that speed up E-steps
  /// are made anew, and `checkpoint` is called; 0: never. Results depend on it by rounding alone.
  int checkpoint_every = 0;
  /// Called on the calling thread with each start that ran to its end, or runs, in their order: its
  /// mixture, its reports (starts has its own alone, best_start is its number) and its repairs.
  std::function<void(const std::vector<FitResult>& runs)> checkpoint;
  /// What `checkpoint` was called with: a fit of the same rows, weights and options goes on from
  /// there, to the same bits as one that was not interrupted.
  std::vector<FitResult> resume;

  /// Called on the calling thread for each start and iteration; true ends the fit there.
  std::function<bool(const Progress&)> observer;
  /// Asked on the calling thread every 20 milliseconds or so; true gives the fit up.
  std::function<bool()> interrupted;
};

/// Fits a mixture to the rows of a table by expectation maximisation, and keeps the best of several
/// starts by the lower bound.
///
/// Start 0 runs to its end, so more starts are never worse than one. The others run in rounds: 20
/// iterations each, after which the best few of the round go on to their end, and the rest are
/// dropped. Where there are at least four times as many rows as max(20000, 256 k, 16 k d), these 20
/// iterations see a sample of so many; what goes on then starts from their mixture, and counts its
/// iterations from there. With n_init > 1, unless the whole start is given, the first round are
/// n_init - 1 starts that are seeded like start 0; three go on. Then four rounds of n_init vary the
/// best model so far: in each start one component is moved to a row that is explained badly, drawn
/// with probability proportional to the difference of its log-density from the highest (random swap
/// EM: Zhao, Hautamaki, Karkkainen, Franti 2012); two go on. They are left out with one component,
/// where user_start sets anything, and while the best model has not converged.
///
/// With FitOptions::screening, start 0 is the best of several: k-means of the features as they are,
/// scaled, whitened, and whitened within clusters, hierarchies of merged clusters, and where
/// earlier fits with the same SharedStarts ended. Those five whose first models have the highest
/// bounds run for four iterations; the best two of these for four more; the better of these is it.
/// Of at least twice max(5000, 64 k, 16 k d) rows, all this sees a sample of so many, and start 0
/// without screening runs to its end, too, unless starts are shared. Nothing is
/// screened with noise or known labels, where k d^2 is above 2^22, or where user_start, warm_start,
/// first_responsibilities or another init_params say where to start.
///
/// In the end, for any n_init, a component to which no row belongs is moved in the same way, in
/// rounds of three of which one goes on, and so is one that equals another, where user_start sets
/// nothing. That is a repair, and it is kept only if the lower bound gains; with Degenerate::raise,
/// or without FitOptions::move_redundant, there is none.
///
/// Starts that reach the same optimum with their components in another order tie but for rounding,
/// in which instruction sets differ. A start therefore replaces the best one, or goes before an
/// earlier one in its round, only where its lower bound gains more than
/// 1e-9 max(1, |lower bound|), or 1e-6 of it for float32 rows: labels and the order of components
/// agree on all instruction sets.
///
/// Rows with a known label belong to that component in every E-step, and to no other, so that the
/// component keeps its number. A lower bound is then the mean of the logarithm of what is left of
/// each row's density: weight times density of its own component for such a row, the mixture's
/// density for the others. Starts are seeded from these rows, and no component that has some is
/// moved. Where every component has some, start 0 has them alone, with d + 1 rows of the mean
/// covariance within clusters about them; else k-means starts from their means.
///
/// A noise component (FitOptions::noise) has the density 1 / volume everywhere, with the volume
/// that mclust takes: that of the smaller of two boxes that hold all rows, one along the axes of
/// the features, one along the principal axes. Its starts are seeded from rows that lie densely, of
/// a sample of max(2048, min(16 k, 8192)) rows, and their components leave it the first share. EM
/// then gives it what the components do not explain better.
///
/// With FitOptions::truncation > 0, a row belongs only to components whose density there is more
/// than this share of the mixture's: as w times the first is a responsibility times the second, it
/// loses at most this share of its mass, and a component at most this share of the weight that it
/// comes with. The responsibilities that are left sum to 1 (truncated variational EM: Lucke,
/// Eggert 2010, with a set of components whose size is not fixed), and a lower bound is that of
/// these components: at most -log(1 - truncation) too low. The best start's last iteration is
/// exact, and says by how much: FitResult::truncation_error.
///
/// k-means finds the first clusters in at most max(20000, 256 k) rows; of more, in a sample. Start
/// 0 takes the best of three runs; of 256 components or more, one run of at most 50 iterations.
///
/// \param rows n x d finite numbers, n >= n_components, d >= 1.
/// \param sample_weight n finite numbers > 0, how often each row counts, or nullptr: once.
/// The same rows, weights and options give the same bits for any number of threads.
/// \throws std::invalid_argument for rows, weights or options that are not as said, and with noise
///   for rows that have no volume; DegenerateError, Interrupted, and whatever the observer throws.
template <class T>
FitResult fit(TableView<T> rows, const FitOptions& options, const double* sample_weight = nullptr);

extern template GAUSSMIX_EXPORT FitResult fit<float>(TableView<float>, const FitOptions&,
                                                     const double*);
extern template GAUSSMIX_EXPORT FitResult fit<double>(TableView<double>, const FitOptions&,
                                                      const double*);

}  // namespace gaussmix
