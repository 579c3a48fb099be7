// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gaussmix/export.h"
#include "gaussmix/types.hpp"

namespace gaussmix {

/// Which products of deviations from the mean are kept.
enum class ScatterForm {
  full,      ///< d x d for each component
  pooled,    ///< d x d, summed over the components
  diagonal,  ///< d numbers for each component
  none,      ///< no numbers
};

/// What an M-step has to know of rows: of every component the weight, the mean and the scatter
/// about that mean; and the log-likelihood of the rows. A value: statistics of two sets of rows
/// merge into those of their union, by the pairwise update of Chan, Golub and LeVeque (1983): with
/// n = n1 + n2 and delta = m2 - m1,
///     m = m1 + delta n2 / n,    S = S1 + S2 + delta delta^T n1 n2 / n.
///
/// A mean is held as its difference to a reference point near it, one a component, so that no digit
/// is lost far from the origin. Weights, scatters and the log-likelihood are held in units of
/// 2^unit_exponent(), so that weights of any scale fit: merging brings both sides to the larger
/// unit. Scatter matrices are row-major; only their lower triangles are meaningful.
class GAUSSMIX_EXPORT Statistics {
 public:
  /// Of no rows.
  /// \param reference k x d finite numbers: a point near the mean of each component; none: the
  /// origin. Statistics of no rows that others are merged into take over theirs.
  /// \throws std::invalid_argument for sizes below 1, or a reference of another size or not finite
  Statistics(ScatterForm form, Index components, Index features,
             std::vector<double> reference = {});
  /// Of no rows, with the form, the sizes and the reference of these.
  Statistics of_no_rows() const;

  ScatterForm form() const noexcept { return shared_->form; }
  Index n_components() const noexcept { return shared_->components; }
  Index n_features() const noexcept { return shared_->features; }
  const double* reference(Index component) const {
    return shared_->reference.data() + component * n_features();
  }

  /// What is returned in units is to be multiplied by 2 to the power of this.
  int unit_exponent() const noexcept { return unit_exponent_; }
  /// The weight of a component, from which its mixing proportion is made; in units.
  double weight(Index component) const { return weights_[size_t(component)]; }
  /// The weight that its mean and scatter are of, in units: the same, but where rows count for them
  /// with another weight (t-distributions, missing cells).
  double moment_weight(Index component) const { return moment_weights_[size_t(component)]; }
  /// The sum of the components' weights, in units.
  double total_weight() const;
  /// The sum of the rows' own weights, in units.
  double row_weight() const noexcept { return row_weight_; }
  /// The weighted sum of the rows' log-densities, in units.
  double log_likelihood() const noexcept { return log_likelihood_; }
  /// Mean minus reference: d numbers.
  const double* mean_difference(Index component) const {
    return differences_.data() + component * n_features();
  }
  /// The mean: d numbers.
  std::vector<double> mean(Index component) const;
  void mean(Index component, double* out) const;
  /// The scatter of one component, in units; where the form is pooled, that of all of them
  /// together; where it is none, no numbers. Zeros where nothing was added.
  const double* scatter(Index component) const;

  /// Adds rows to a component whose mean (d), weight and scatter (in its form; nullptr: zeros) are
  /// known; where the scatter is pooled, that of all components.
  /// \param weight finite, at least 0; rows without weight are none
  /// \param unit_exponent the weight and the scatter are to be multiplied by 2 to the power of this
  /// \throws std::invalid_argument for a component that is not there, a weight below 0 or not
  /// finite, or a mean that is not finite
  void add_component(Index component, double weight, const double* mean, const double* scatter,
                     int unit_exponent = 0);

  /// The same to the mean and the scatter alone: the weight that a mixing proportion is made of
  /// stays. A weight of 0 adds the scatter as it is.
  void add_to_moments(Index component, double weight, const double* mean, const double* scatter,
                      int unit_exponent = 0);

  /// Adds the statistics of other rows, which stay as they are.
  /// \throws std::invalid_argument where their form or sizes are others
  void merge(const Statistics& other);
  /// The same, with the memory of the other, which may then be reset or assigned to. (Statistics
  /// that were moved from in other ways may only be assigned to.)
  void merge(Statistics&& other);

  /// Those of the same rows, each with its weight times `factor`.
  /// \param factor finite, at least 0
  /// \throws std::invalid_argument
  Statistics scaled(double factor) const;
  /// The statistics of all components taken as one; its form is full, or diagonal for diagonal and
  /// none for none.
  Statistics pooled() const;
  /// Those of the same rows, with less of the scatter: that of another form, which full scatters
  /// have within.
  /// \throws std::invalid_argument for statistics that are neither full nor of that form
  Statistics in_form(ScatterForm other) const;
  /// Those of the same rows with a pooled scatter (d x d, in units); their own form being none.
  Statistics with_pooled_scatter(std::vector<double> scatter) const;
  /// Back to those of no rows.
  void reset();
  /// The same, with the reference and the unit of others of the same form and sizes.
  void reset_to(const Statistics& others);

  /// Whether all that they hold has the same value, in whatever units.
  bool operator==(const Statistics& other) const;
  bool operator!=(const Statistics& other) const { return !(*this == other); }

  /// A string from which from_bytes makes equal statistics, on any machine.
  /// \throws std::invalid_argument where weights or means overflowed
  std::string to_bytes() const;
  /// \throws std::invalid_argument for bytes that to_bytes has not made, or that were damaged, or
  /// of matrices of more than 65,536 features
  static Statistics from_bytes(std::string_view bytes);

  // For an E-step.

  /// The unit, before the first row.
  void set_unit_exponent(int exponent) noexcept { unit_exponent_ = exponent; }
  /// Accounts for rows, their weights and log-densities once for all components.
  void add_rows(double weight, double log_likelihood) noexcept {
    row_weight_ += weight;
    log_likelihood_ += log_likelihood;
  }
  /// The scatter of a component, to be added to before add_centred_rows.
  double* scatter_to_add_to(Index component);
  /// Accounts for rows whose scatter about `centre` has been added to that of the component.
  /// \param weight of the rows in the component
  /// \param moment_weight what their moments are weighted with
  /// \param first d numbers: the sum of the rows' differences to the centre, each times its weight
  void add_centred_rows(Index component, double weight, double moment_weight, const double* centre,
                        const double* first);

 private:
  // What statistics of one pass over the rows share.
  struct Shared {
    ScatterForm form;
    Index components, features;
    std::vector<double> reference;  // k x d
    Index scatter_size = 0;
    // A scatter to which nothing was added, made when it is first read.
    mutable std::once_flag zeros_are_made;
    mutable std::vector<double> zeros;

    Shared(ScatterForm its_form, Index k, Index d, std::vector<double> points);
    const double* no_scatter() const;
  };

  explicit Statistics(std::shared_ptr<const Shared> shared);

  Index scatter_size() const noexcept { return shared_->scatter_size; }
  std::size_t scatter_of(Index component) const {
    return form() == ScatterForm::pooled ? 0 : size_t(component);
  }
  // What a component brings to a merge: a pooled scatter comes with the first. nullptr: zeros.
  const double* own_scatter(Index component) const {
    const auto& scatter = scatters_[scatter_of(component)];
    const bool is_with = form() != ScatterForm::pooled || component == 0;
    return is_with && !scatter.empty() ? scatter.data() : nullptr;
  }
  bool has_no_rows() const;
  bool has_sizes_of(const Statistics& other) const;
  // Whether weights are finite and at least 0, and nothing else is not a number.
  bool is_valid() const;
  void change_unit(int exponent);
  void multiply(double factor);
  // Adds a mean, given as its difference to the reference. delta (d) becomes its difference to the
  // mean before, zeros where there was none. Returns n1 n2 / n.
  double add_mean(Index component, double weight, const double* difference, double* delta);
  void add_moments(Index component, double weight, const double* difference, const double* scatter,
                   double unit);

  std::shared_ptr<const Shared> shared_;
  int unit_exponent_ = 0;
  std::vector<double> weights_, moment_weights_, differences_;
  // Empty until it is added to: most parts of the data have rows of few components.
  std::vector<std::vector<double>> scatters_;
  double row_weight_ = 0.0, log_likelihood_ = 0.0;
};

}  // namespace gaussmix
