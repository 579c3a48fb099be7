// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "em/expectation.hpp"
#include "gaussmix/fit.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "kmeans/prepared_rows.hpp"
#include "rows/dataset.hpp"
#include "rows/sample.hpp"
#include "starts/labelled_components.hpp"

namespace gaussmix {

/// The first responsibilities of a start, and what they are, for the report.
template <class T>
struct Seed {
  std::string origin;
  std::unique_ptr<const Expectation<T>> expectation;
  /// Where they are of few rows alone: clusters about these, of whose spread the components get
  /// some (SpreadWithin).
  std::unique_ptr<const Expectation<T>> clusters = nullptr;
};

/// What somebody computed: labels, or responsibilities.
/// \param known whose rows have other responsibilities; nullptr: no row is labelled
/// \throws std::invalid_argument for responsibilities that are not as FirstResponsibilities says
template <class T>
std::unique_ptr<const Expectation<T>> responsibilities_of(const Dataset<T>& data, Index k,
                                                          FirstResponsibilities given,
                                                          const KnownLabels<T>* known = nullptr);

/// The first responsibilities of the starts of a fit. Those of a start depend on the data, the seed
/// and its number alone.
///
/// With InitParams::kmeans, start 0 has the best of three k-means, by inertia. Since k-means alone
/// finds the same few clusterings again and again, the others take turns: a partition, each row
/// with the nearest of the rows that k-means++ picks, with every feature scaled to variance 1;
/// k-means with features scaled so; and k-means with features as they are. Clusters are sought in
/// max(20000, 256 k) rows, or all if there are fewer (Sample).
///
/// With noise they are sought in a sample of max(2048, min(16 k, 8192)) rows, without those that
/// are likely to be noise (dense_rows); and of all rows, those farther from their centre than any
/// in the sample belong to no component at first. Random rows are of that sample, too. Where a
/// component begins with one row, it gets some of the spread about it, or the noise would take all
/// others.
///
/// Labelled rows belong to their components. k-means starts from the means of the labelled rows of
/// a component, where it has some (Basu, Banerjee, Mooney 2002), and where starts pick rows, these
/// are of the other components alone. Where every component has labelled rows, start 0 has these
/// rows alone: k-means forgets of them all but the means, and cuts long clusters. Then come the
/// other three, which differ no more, and after these random responsibilities.
template <class T>
class Seeds {
 public:
  /// \param known nullptr: no row is labelled
  Seeds(Execution& execution, const Dataset<T>& data, const FitOptions& options,
        const KnownLabels<T>* known);

  /// \throws Interrupted, and what a FitOptions::first_responsibilities throws
  Seed<T> seed(int start);

  /// The components without labelled rows, in ascending order.
  const std::vector<Index>& unlabelled() const { return components_.others; }

 private:
  Seed<T> clusters(int start);
  Seed<T> of_rows(std::string origin, const std::vector<Index>& rows);
  std::vector<Index> picked(const PreparedRows<T>& rows, const RandomStream& random);
  std::vector<Index> drawn(const RandomStream& random);
  double reach(const FeatureScaling& scaling, const std::vector<double>& centres);
  const Sample<T>& sample();
  const PreparedRows<T>& prepared(ScalingKind kind);
  std::unique_ptr<const Sample<T>> dense_sample(const RandomStream& random) const;

  Execution& execution_;
  const Dataset<T>& data_;
  const FitOptions& options_;
  Index k_;
  const KnownLabels<T>* known_;
  LabelledComponents components_;
  std::optional<GivenCentres> given_;  // in the sample
  std::unique_ptr<const Sample<T>> sample_;
  std::optional<PreparedRows<T>> common_, unit_variance_;
};

}  // namespace gaussmix
