// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "em/expectation.hpp"
#include "gaussmix/fit.hpp"
#include "kmeans/nearest_centre.hpp"
#include "support/random.hpp"
#include "support/require.hpp"

namespace gaussmix {

// The first responsibilities of a start, where there is no mixture yet.

/// All components have a column of zeros, in which `write` puts what is not zero.
template <class T>
class FirstExpectation : public ByResponsibilities<T> {
 public:
  /// \param reference k x d numbers
  FirstExpectation(Index k, std::vector<double> reference)
      : ByResponsibilities<T>(k), reference_(std::move(reference)) {
    for (Index j = 0; j < k; ++j) all_.push_back(j);
  }

  std::vector<double> reference() const override { return reference_; }

 protected:
  void fill(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
            const KeepGoing& /*keep_going*/) const override {
    out.components = all_;
    out.numbers.fill(T(0));
    out.log_density.fill(T(0));
    write(first, block, out);
  }
  virtual void write(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const = 0;

 private:
  std::vector<double> reference_;
  std::vector<Index> all_;
};

/// Rows of a table, one behind the other, as points of reference.
template <class T>
std::vector<double> points_at(const TableView<T>& rows, const std::vector<Index>& numbers) {
  std::vector<double> points;
  for (const Index number : numbers) {
    points.insert(points.end(), rows.row(number), rows.row(number) + rows.columns);
  }
  return points;
}

/// Every row belongs to the component whose centre is nearest.
template <class T>
class NearestCentres final : public FirstExpectation<T> {
 public:
  /// \param centres k x d
  NearestCentres(const Dataset<T>& data, const FeatureScaling& scaling,
                 const std::vector<double>& centres)
      : FirstExpectation<T>(static_cast<Index>(centres.size()) / data.rows.columns, centres),
        data_(data),
        centres_(scaling, centres) {}

 protected:
  void write(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const override {
    AlignedArray<float> scratch;
    std::vector<std::int32_t> labels(size_t(block.rows));
    centres_.find(data_.rows.part(first, block.rows), scratch, labels.data());
    for (Index i = 0; i < block.rows; ++i) out.column(block, labels[size_t(i)])[i] = T(1);
  }

 private:
  const Dataset<T>& data_;
  NearestCentre centres_;
};

/// What the user's function computed.
template <class T>
class UserResponsibilities final : public FirstExpectation<T> {
 public:
  UserResponsibilities(FirstResponsibilities given, const Dataset<T>& data, Index k)
      : FirstExpectation<T>(k, points_at(data.rows, checked(given, data, k))),
        given_(std::move(given)) {}

 protected:
  void write(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const override {
    const Index k = this->n_components();
    for (Index i = 0; i < block.rows; ++i) {
      if (!given_.labels.empty()) {
        out.column(block, given_.labels[size_t(first + i)])[i] = T(1);
        continue;
      }
      for (Index j = 0; j < k; ++j) {
        const double number = given_.responsibilities[size_t((first + i) * k + j)];
        out.column(block, j)[i] = static_cast<T>(number);
      }
    }
  }

 private:
  // Of each component the row that counts most in it, the first of equals.
  static std::vector<Index> checked(const FirstResponsibilities& given, const Dataset<T>& data,
                                    Index k) {
    const Index n = data.rows.rows;
    const auto count = static_cast<Index>(given.responsibilities.size());
    require(given.labels.empty() ? count == n * k
                                 : count == 0 && static_cast<Index>(given.labels.size()) == n,
            "first_responsibilities must give a label a row, or n_components numbers");
    std::vector<Index> best(size_t(k), 0);
    std::vector<double> most(size_t(k), 0.0);
    const auto keep_heavier = [&](Index row, Index j, double responsibility) {
      const double share = responsibility * data.weight(row);
      if (!(share > most[size_t(j)])) return;
      most[size_t(j)] = share;
      best[size_t(j)] = row;
    };
    for (Index i = 0; i < static_cast<Index>(given.labels.size()); ++i) {
      const std::int32_t label = given.labels[size_t(i)];
      require(label >= 0 && label < k, "first_responsibilities must give labels in [0, k)");
      keep_heavier(i, label, 1.0);
    }
    for (Index at = 0; at < count; ++at) {
      const double number = given.responsibilities[size_t(at)];
      require(number >= 0.0 && number <= 1.0, "first_responsibilities must be in [0, 1]");
      keep_heavier(at / k, at % k, number);
    }
    return best;
  }

  FirstResponsibilities given_;
};

/// Component j consists of row rows[j]; all other rows belong to none.
template <class T>
class SingleRows final : public FirstExpectation<T> {
 public:
  SingleRows(const TableView<T>& table, std::vector<Index> rows)
      : FirstExpectation<T>(static_cast<Index>(rows.size()), points_at(table, rows)),
        rows_(std::move(rows)) {}

 protected:
  void write(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const override {
    for (Index j = 0; j < this->n_components(); ++j) {
      const Index i = rows_[size_t(j)] - first;
      if (i >= 0 && i < block.rows) out.column(block, j)[i] = T(1);
    }
  }

 private:
  std::vector<Index> rows_;
};

/// Uniform draws, each row divided by its sum.
template <class T>
class RandomResponsibilities final : public FirstExpectation<T> {
 public:
  RandomResponsibilities(const Dataset<T>& data, const RandomStream& random, Index k)
      : FirstExpectation<T>(k,
                            points_at(data.rows, std::vector<Index>(size_t(k), data.heaviest()))),
        random_(random) {}

 protected:
  void write(Index first, const Block<T>& block, BlockResponsibilities<T>& out) const override {
    const Index k = this->n_components();
    std::vector<double> draws(static_cast<std::size_t>(k));
    for (Index i = 0; i < block.rows; ++i) {
      double sum = 0.0;
      for (Index j = 0; j < k; ++j) {
        const auto index = static_cast<std::uint64_t>((first + i) * k + j);
        sum += draws[size_t(j)] = random_.uniform(index);
      }
      for (Index j = 0; j < k; ++j) {
        out.column(block, j)[i] = static_cast<T>(draws[size_t(j)] / sum);
      }
    }
  }

 private:
  RandomStream random_;
};

}  // namespace gaussmix
