// SPDX-License-Identifier: BSD-3-Clause
#include "starts/seeds.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "densities/log_sum_exp.hpp"
#include "kmeans/kmeans_plus_plus.hpp"
#include "kmeans/lloyd.hpp"
#include "kmeans/nearest_centre.hpp"
#include "rows/sample.hpp"
#include "starts/dense_rows.hpp"
#include "support/random.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

// Writes the responsibilities of a block's rows, from number `first` on, into columns of zeros.
template <class T>
using Write =
    std::function<void(Index first, const Block<T>& block, BlockResponsibilities<T>& out)>;

template <class T>
class FirstExpectation final : public ByResponsibilities<T> {
 public:
  /// \param reference k x d numbers
  /// \param known whose rows have other responsibilities than what is written; or nullptr
  FirstExpectation(Index k, std::vector<double> reference, Write<T> write,
                   const KnownLabels<T>* known)
      : ByResponsibilities<T>(k),
        reference_(std::move(reference)),
        components_(all_components(k)),
        write_(std::move(write)),
        known_(known) {}

  std::vector<double> reference() const override { return reference_; }

 protected:
  void fill(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
            const KeepGoing& /*keep_going*/) const override {
    out.components = components_;
    out.numbers.fill(T(0));
    out.log_density.fill(T(0));
    write_(first, block, out);
    if (known_ != nullptr) known_->impose(first, block, out);
  }

 private:
  std::vector<double> reference_;
  std::vector<Index> components_;
  Write<T> write_;
  const KnownLabels<T>* known_;
};

template <class T>
using Made = std::unique_ptr<const Expectation<T>>;

constexpr double kAnyDistance = std::numeric_limits<double>::infinity();

// Every row belongs to the component whose centre is nearest, but for those whose squared distance
// to it is larger than `farthest`; centres: k x d.
template <class T>
Made<T> of_nearest_centres(const Dataset<T>& data, Index k, const FeatureScaling& scaling,
                           const std::vector<double>& centres, const KnownLabels<T>* known,
                           double farthest = kAnyDistance) {
  const auto nearest = std::make_shared<const NearestCentre>(scaling, centres);
  const auto write = [&data, nearest, farthest](Index first, const Block<T>& block,
                                                BlockResponsibilities<T>& out) {
    AlignedArray<float> scratch;
    std::vector<std::int32_t> labels(size_t(block.rows));
    nearest->find(data.rows.part(first, block.rows), scratch, labels.data());
    for (Index i = 0; i < block.rows; ++i) {
      const Index label = labels[size_t(i)];
      const bool near = farthest == kAnyDistance ||
                        nearest->squared_distance(data.rows.row(first + i), label) <= farthest;
      if (near) out.column(block, label)[i] = T(1);
    }
  };
  return std::make_unique<FirstExpectation<T>>(k, centres, write, known);
}

// Each component without labelled rows consists of one row; all other rows belong to none.
template <class T>
Made<T> of_single_rows(const Dataset<T>& data, const std::vector<Index>& rows,
                       const LabelledComponents& components, const KnownLabels<T>* known) {
  const auto write = [rows, others = components.others](Index first, const Block<T>& block,
                                                        BlockResponsibilities<T>& out) {
    for (std::size_t j = 0; j < rows.size(); ++j) {
      const Index i = rows[j] - first;
      if (i >= 0 && i < block.rows) out.column(block, others[j])[i] = T(1);
    }
  };
  const auto k = static_cast<Index>(components.labelled.size() + components.others.size());
  auto reference = components.with_points(values_of(data.rows, rows), data.rows.columns);
  return std::make_unique<FirstExpectation<T>>(k, std::move(reference), write, known);
}

// Uniform draws, each row divided by its sum.
template <class T>
Made<T> of_random_numbers(const Dataset<T>& data, Index k, const RandomStream& random,
                          const KnownLabels<T>* known) {
  const auto write = [k, random](Index first, const Block<T>& block,
                                 BlockResponsibilities<T>& out) {
    std::vector<double> draws(static_cast<std::size_t>(k));
    for (Index i = 0; i < block.rows; ++i) {
      auto index = static_cast<std::uint64_t>((first + i) * k);
      for (double& draw : draws) draw = random.uniform(index++);
      const double sum = std::accumulate(draws.begin(), draws.end(), 0.0);
      for (Index j = 0; j < k; ++j) {
        out.column(block, j)[i] = static_cast<T>(draws[size_t(j)] / sum);
      }
    }
  };
  const std::vector<Index> reference(size_t(k), data.heaviest());
  return std::make_unique<FirstExpectation<T>>(k, values_of(data.rows, reference), write, known);
}

// Of each component the row that counts most in it, the first of equals.
// \throws std::invalid_argument for responsibilities that are not as FirstResponsibilities says
template <class T>
std::vector<Index> heaviest_rows(const FirstResponsibilities& given, const Dataset<T>& data,
                                 Index k) {
  const Index n = data.rows.rows, n_labels = static_cast<Index>(given.labels.size());
  const auto count = static_cast<Index>(given.responsibilities.size());
  require(n_labels == 0 ? count == n * k : count == 0 && n_labels == n,
          "first_responsibilities must give a label a row, or n_components numbers");
  std::vector<Index> rows(size_t(k), 0);
  std::vector<double> largest(size_t(k), 0.0);
  const auto compare = [&](Index row, Index j, double responsibility) {
    const double weight = responsibility * data.weight(row);
    if (!(weight > largest[size_t(j)])) return;
    largest[size_t(j)] = weight;
    rows[size_t(j)] = row;
  };
  for (Index i = 0; i < n_labels; ++i) {
    const std::int32_t label = given.labels[size_t(i)];
    require(label >= 0 && label < k, "first_responsibilities must give labels in [0, k)");
    compare(i, label, 1.0);
  }
  for (Index i = 0; i < count; ++i) {
    const double number = given.responsibilities[size_t(i)];
    require(number >= 0.0 && number <= 1.0, "first_responsibilities must be in [0, 1]");
    compare(i / k, i % k, number);
  }
  return rows;
}

// The largest squared distance of a row to its nearest centre.
template <class T>
double farthest_row(const Dataset<T>& data, const NearestCentre& centres) {
  AlignedArray<float> scratch;
  std::vector<std::int32_t> labels(size_t(data.rows.rows));
  centres.find(data.rows, scratch, labels.data());
  double farthest = 0.0;
  for (Index i = 0; i < data.rows.rows; ++i) {
    farthest = std::max(farthest, centres.squared_distance(data.rows.row(i), labels[size_t(i)]));
  }
  return farthest;
}

}  // namespace

template <class T>
Made<T> responsibilities_of(const Dataset<T>& data, Index k, FirstResponsibilities given,
                            const KnownLabels<T>* known) {
  auto reference = values_of(data.rows, heaviest_rows(given, data, k));
  auto write = [k, given = std::move(given)](Index first, const Block<T>& block,
                                             BlockResponsibilities<T>& out) {
    for (Index i = 0; i < block.rows; ++i) {
      const Index row = first + i;
      if (!given.labels.empty()) {
        out.column(block, given.labels[size_t(row)])[i] = T(1);
        continue;
      }
      for (Index j = 0; j < k; ++j) {
        out.column(block, j)[i] = static_cast<T>(given.responsibilities[size_t(row * k + j)]);
      }
    }
  };
  return std::make_unique<FirstExpectation<T>>(k, std::move(reference), std::move(write), known);
}

template <class T>
Seeds<T>::Seeds(Execution& execution, const Dataset<T>& data, const FitOptions& options,
                const KnownLabels<T>* known)
    : execution_(execution),
      data_(data),
      options_(options),
      k_(options.n_components),
      known_(known),
      components_(labelled_components(data, known, k_)) {}

template <class T>
Seed<T> Seeds<T>::seed(int start) {
  const auto stream = [&](Purpose purpose) {
    return RandomStream(options_.seed, static_cast<std::uint32_t>(start), purpose);
  };
  if (options_.first_responsibilities) {
    FirstResponsibilities first = options_.first_responsibilities(start);
    std::string origin = std::move(first.origin);
    return {std::move(origin), responsibilities_of(data_, k_, std::move(first), known_)};
  }
  switch (options_.init_params) {
    case InitParams::kmeans:
      if (!components_.others.empty()) return clusters(start);
      if (start == 0) return of_rows("the labelled rows", {});
      if (start <= 3) return clusters(start);
      return {"random responsibilities",
              of_random_numbers(data_, k_, stream(Purpose::responsibilities), known_)};
    case InitParams::kmeans_plus_plus: {
      auto rows = picked(prepared(ScalingKind::common), stream(Purpose::centres));
      for (Index& row : rows) row = sample().number(row);
      return of_rows("rows that k-means++ picked", rows);
    }
    case InitParams::random:
      return {"random responsibilities",
              of_random_numbers(data_, k_, stream(Purpose::responsibilities), known_)};
    case InitParams::random_from_data:
      return of_rows("random rows", drawn(stream(Purpose::rows)));
  }
  return {};
}

template <class T>
Seed<T> Seeds<T>::of_rows(std::string origin, const std::vector<Index>& rows) {
  Seed<T> seed{std::move(origin), of_single_rows(data_, rows, components_, known_)};
  if (known_ != nullptr || options_.noise) {
    const FeatureScaling& scaling = prepared(ScalingKind::unit_variance).scaling();
    const auto points = seed.expectation->reference();
    seed.clusters = of_nearest_centres(data_, k_, scaling, points, known_, reach(scaling, points));
  }
  return seed;
}

template <class T>
Seed<T> Seeds<T>::clusters(int start) {
  // Of many clusters the last iterations, of hundreds, take more time than they save EM.
  constexpr int kTrials = 3, kManyClustersIterations = 50;
  const bool many = k_ >= kManyClusters;
  const int n_trials = start == 0 && !components_.others.empty() && !many ? kTrials : 1;
  const bool scaled = start % 3 != 0, partition = start % 3 == 1;
  const PreparedRows<T>& rows = prepared(scaled ? ScalingKind::unit_variance : ScalingKind::common);
  const auto first_centres = [&](int trial) {
    const RandomStream random(options_.seed, static_cast<std::uint32_t>(start), Purpose::centres,
                              static_cast<std::uint32_t>(trial));
    return components_.with_points(values_of(rows.data().rows, picked(rows, random)),
                                   data_.rows.columns);
  };
  LloydOptions lloyd;
  if (many) lloyd.max_iter = kManyClustersIterations;
  if (partition) lloyd.max_iter = 0;
  const auto best = best_clustering<T>(execution_, rows, n_trials, first_centres, lloyd);
  return {partition ? "a partition of scaled features"
          : scaled  ? "k-means of scaled features"
                    : "k-means",
          of_nearest_centres(data_, k_, rows.scaling(), best.centres, known_,
                             reach(rows.scaling(), best.centres))};
}

// How far from its centre, squared, a row may belong to a component at first: with noise as far as
// rows of the sample.
template <class T>
double Seeds<T>::reach(const FeatureScaling& scaling, const std::vector<double>& centres) {
  if (!options_.noise) return kAnyDistance;
  return farthest_row(sample().data(), NearestCentre(scaling, centres));
}

// The rows of the sample that k-means++ picks for the components without labelled rows.
template <class T>
std::vector<Index> Seeds<T>::picked(const PreparedRows<T>& rows, const RandomStream& random) {
  if (!given_) {
    given_ = GivenCentres{components_.means, {}};
    for (Index i = 0; known_ != nullptr && i < rows.rows(); ++i) {
      if (known_->label(sample().number(i)) >= 0) given_->rows.push_back(i);
    }
  }
  const auto count = static_cast<Index>(components_.others.size());
  return kmeans_plus_plus(execution_, rows, count, random, 1, *given_);
}

// Random rows, with noise those of the sample, for the components without labelled rows: the first
// without a label of as many as there are labelled ones besides. Only where no others are left are
// they labelled ones.
template <class T>
std::vector<Index> Seeds<T>::drawn(const RandomStream& random) {
  const auto labelled = [&](Index row) { return known_ != nullptr && known_->label(row) >= 0; };
  const auto number = [&](Index i) { return options_.noise ? sample().number(i) : i; };
  const Dataset<T>& data = options_.noise ? sample().data() : data_;
  const Index n = data.rows.rows, count = static_cast<Index>(components_.others.size());
  Index n_labelled = 0;
  for (Index i = 0; i < n; ++i) n_labelled += labelled(number(i)) ? 1 : 0;
  std::vector<Index> rows, last;
  for (const Index i : random_rows(execution_, data, std::min(count + n_labelled, n), random)) {
    (labelled(number(i)) ? last : rows).push_back(number(i));
  }
  rows.insert(rows.end(), last.begin(), last.end());
  rows.resize(size_t(count));
  return rows;
}

template <class T>
const Sample<T>& Seeds<T>::sample() {
  if (!sample_) {
    const RandomStream random(options_.seed, 0, Purpose::sample);
    sample_ = options_.noise
                  ? dense_sample(random)
                  : std::make_unique<const Sample<T>>(data_, rows_for_clusters(k_), random);
  }
  return *sample_;
}

// Rows labelled as noise are left out, too. Where too few others are left, it is a sample of any
// rows.
template <class T>
std::unique_ptr<const Sample<T>> Seeds<T>::dense_sample(const RandomStream& random) const {
  constexpr Index kLeast = 2048, kMost = 8192, kRowsPerCluster = 16;
  const Index size = std::clamp(kRowsPerCluster * k_, kLeast, kMost);
  if (size >= 2 * k_) {
    const Sample<T> all(data_, size, random);
    auto rows = dense_rows(execution_, all.data());
    const auto is_noise = [&](Index row) {
      return known_ != nullptr && known_->label(all.number(row)) == k_;
    };
    rows.erase(std::remove_if(rows.begin(), rows.end(), is_noise), rows.end());
    if (static_cast<Index>(rows.size()) >= k_) return std::make_unique<const Sample<T>>(all, rows);
  }
  return std::make_unique<const Sample<T>>(data_, rows_for_clusters(k_), random);
}

template <class T>
const PreparedRows<T>& Seeds<T>::prepared(ScalingKind kind) {
  auto& rows = kind == ScalingKind::common ? common_ : unit_variance_;
  if (!rows) rows.emplace(execution_, sample().data(), kind);
  return *rows;
}

template Made<float> responsibilities_of(const Dataset<float>&, Index, FirstResponsibilities,
                                         const KnownLabels<float>*);
template Made<double> responsibilities_of(const Dataset<double>&, Index, FirstResponsibilities,
                                          const KnownLabels<double>*);
template class Seeds<float>;
template class Seeds<double>;

}  // namespace gaussmix
