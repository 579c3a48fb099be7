// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Which second moments an M-step needs.
enum class ScatterForm {
  full,      ///< a d x d matrix for each component
  pooled,    ///< one d x d matrix, summed over the components
  diagonal,  ///< d numbers for each component
  none,      ///< no numbers
};

/// What an M-step has to know of the data: for every component the total weight, the mean and the
/// scatter about that mean, and the weighted log-likelihood of the rows seen.
///
/// Statistics of two sets of rows merge into those of their union, without cancellation, by the
/// pairwise update of Chan, Golub and LeVeque (1983): with n = n1 + n2, delta = m2 - m1,
///     m = m1 + delta n2 / n,    S = S1 + S2 + delta delta^T n1 n2 / n.
/// Scatter matrices are row-major; only their lower triangles are meaningful.
class GAUSSMIX_EXPORT Statistics {
 public:
  Statistics(ScatterForm form, Index components, Index features);

  ScatterForm form() const noexcept { return form_; }
  Index n_components() const noexcept { return components_; }
  Index n_features() const noexcept { return features_; }

  double weight(Index component) const { return weight_[static_cast<std::size_t>(component)]; }
  double total_weight() const;
  const double* mean(Index component) const { return mean_.data() + component * features_; }
  /// The scatter of one component; of all of them together where the form is pooled; of no numbers
  /// where it is none. It may be nullptr where no rows have been added, which means zeros.
  const double* scatter(Index component) const;
  /// The same, to add to before add_centred_rows; zeros where no rows have been added.
  double* scatter(Index component);
  double log_likelihood() const noexcept { return log_likelihood_; }

  /// Adds rows whose weight, mean (d) and scatter (d x d or d) for one component are known.
  void merge_component(Index component, double weight, const double* mean, const double* scatter);
  /// Accounts for rows whose scatter about `centre` has been added to that of the component.
  /// \param first d numbers: the sum of the rows' differences to the centre, each times its weight.
  void add_centred_rows(Index component, double weight, const double* centre, const double* first);
  void add_log_likelihood(double value) noexcept { log_likelihood_ += value; }

  /// Adds the statistics of other rows, of the same form and sizes. What is left of them is for
  /// reset.
  void merge(Statistics&& other);
  /// The statistics of all components taken as one; its form is full, or diagonal for diagonal and
  /// none for none.
  Statistics pooled() const;
  /// Back to those of no rows.
  void reset();

 private:
  // The mean becomes that of both sets of rows. delta (d) becomes the difference of theirs, which
  // is zero where one has no rows; returned is n1 n2 / n.
  double merge_mean(Index component, double weight, const double* mean, double* delta);
  void swap_component(Index component, Statistics& other);
  std::size_t scatter_of(Index component) const;
  Index scatter_size() const noexcept {
    switch (form_) {
      case ScatterForm::full:
      case ScatterForm::pooled:
        return features_ * features_;
      case ScatterForm::diagonal:
        return features_;
      case ScatterForm::none:
        break;
    }
    return 0;
  }

  ScatterForm form_;
  Index components_, features_;
  std::vector<double> weight_, mean_;
  // Each is made when it is needed: most parts of the data have rows of few components.
  std::vector<std::vector<double>> scatters_;
  double log_likelihood_ = 0.0;
};

}  // namespace gaussmix
