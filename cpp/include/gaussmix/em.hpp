// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/fit.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "gaussmix/types.hpp"

namespace gaussmix {

// EM in its verbs, for whoever brings an engine of his own: batches, streams, machines.
//
//     Statistics all = expect(first_rows, mixture, options);
//     all.merge(expect(other_rows, mixture, options));
//     mixture = maximize(all, options, &mixture).mixture;

/// An M-step, and what it began from.
struct Maximized {
  Mixture mixture;
  /// Mean log-likelihood of a row under the mixture before, with its log-prior divided by the rows'
  /// weight; minus infinity where there was none.
  double lower_bound = -std::numeric_limits<double>::infinity();
  std::vector<Repair> repairs;  ///< of start 0 and iteration 0
};

/// The E-step: the statistics of rows under a mixture. Those of other rows merge with them, in an
/// order of the caller's: the same order gives the same bits.
/// \param rows finite; of none there are statistics of no rows; of a type of their own: the
/// mixture's scalar type is free
/// \param options known_labels (of these rows), component_classes, n_threads, rows_are_finite and
/// interrupted count; the others do not
/// \param sample_weight a positive finite number a row, or nullptr: ones
/// \throws std::invalid_argument for arguments that are not as said
/// \throws Interrupted where FitOptions::interrupted says true
template <class T>
GAUSSMIX_EXPORT Statistics expect(TableView<T> rows, const Mixture& mixture,
                                  const FitOptions& options = {},
                                  const double* sample_weight = nullptr);

/// The M-step: the mixture of maximum likelihood, or of the highest posterior density, for
/// statistics; a pure function. Of a float32 mixture before, it is float32.
///
/// What ConjugatePrior takes from the rows where it is not given are here the mean and covariance
/// of what the statistics hold. They do not hold the rows that are noise: with noise, the prior's
/// mean and scale have to be given.
/// \param options family or covariance_type, reg_covar, degenerate, prior, n_threads and
/// interrupted count; a mixture before brings the family and the noise, whatever they say
/// \param previous the mixture that `expect` was given; nullptr: a first M-step, without noise
/// \throws std::invalid_argument for statistics of no rows, or of other sizes or another form than
/// the mixture's, DegenerateError, Interrupted
GAUSSMIX_EXPORT Maximized maximize(const Statistics& statistics, const FitOptions& options = {},
                                   const Mixture* previous = nullptr);

/// One iteration of EM: `maximize` of what `expect` returns.
template <class T>
GAUSSMIX_EXPORT Maximized step(TableView<T> rows, const Mixture& mixture,
                               const FitOptions& options = {},
                               const double* sample_weight = nullptr);

/// Rows that stay in memory while E-steps are repeated: each remembers bounds that let the next one
/// leave out components to which no row nearby belongs by 1e-17 of their weight, and which
/// components need a centre of their own. So statistics are those of `expect` but for rounding, and
/// for the mean and scatter of a component that has no more than that of any row. Not to be used by
/// two threads at once.
template <class T>
class GAUSSMIX_EXPORT RowsInMemory {
 public:
  /// \param rows, options, sample_weight as for `expect`; the rows and weights must outlive it
  /// \param mixture one of the sizes and family of those to come
  RowsInMemory(TableView<T> rows, const Mixture& mixture, const FitOptions& options = {},
               const double* sample_weight = nullptr);
  ~RowsInMemory();
  RowsInMemory(const RowsInMemory&) = delete;
  RowsInMemory& operator=(const RowsInMemory&) = delete;

  /// \throws as the function of the same name; after Interrupted it may be called again
  Statistics expect(const Mixture& mixture);

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

extern template GAUSSMIX_EXPORT Statistics expect<float>(TableView<float>, const Mixture&,
                                                         const FitOptions&, const double*);
extern template GAUSSMIX_EXPORT Statistics expect<double>(TableView<double>, const Mixture&,
                                                          const FitOptions&, const double*);
extern template GAUSSMIX_EXPORT Maximized step<float>(TableView<float>, const Mixture&,
                                                      const FitOptions&, const double*);
extern template GAUSSMIX_EXPORT Maximized step<double>(TableView<double>, const Mixture&,
                                                       const FitOptions&, const double*);
extern template class GAUSSMIX_EXPORT RowsInMemory<float>;
extern template class GAUSSMIX_EXPORT RowsInMemory<double>;

}  // namespace gaussmix
