// SPDX-License-Identifier: BSD-3-Clause
#include "starts/merge_clusters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "covariance/linalg/factor.hpp"

namespace gaussmix {
namespace {

struct Cluster {
  double weight;
  std::vector<double> mean, scatter;  // d; d x d, the lower triangle
  double loss = 0.0;                  // minus twice its classification log-likelihood
};

class Hierarchy {
 public:
  Hierarchy(const Statistics& clusters, Index n_rows, const Statistics& all, double share)
      : d_(size_t(clusters.n_features())), added_(d_ * d_) {
    const double factor = share * static_cast<double>(d_ + 1) / static_cast<double>(n_rows);
    for (std::size_t i = 0; i < added_.size(); ++i) added_[i] = factor * all.scatter(0)[i];
    for (Index j = 0; j < clusters.n_components(); ++j) {
      const double* const scatter = clusters.scatter(j);
      clusters_.push_back({clusters.weight(j), clusters.mean(j), {scatter, scatter + d_ * d_}});
      parents_.push_back(size_t(j));
      if (clusters.weight(j) > 0.0) alive_.push_back(size_t(j));
    }
    for (const std::size_t j : alive_) clusters_[j].loss = loss_of(clusters_[j]);
    for (std::size_t a = 0; a < alive_.size(); ++a) {
      nearest_.resize(clusters_.size());
      find_nearest(alive_[a]);
    }
  }

  void merge_until(std::size_t k) {
    while (alive_.size() > k) {
      std::size_t best = alive_.front();
      for (const std::size_t j : alive_) {
        if (nearest_[j].gain > nearest_[best].gain) best = j;
      }
      const std::size_t other = nearest_[best].cluster;
      merge(std::min(best, other), std::max(best, other));
    }
  }

  // The number, from 0, of what a cluster has become part of.
  std::vector<std::int32_t> numbers() const {
    std::vector<std::int32_t> of_alive(clusters_.size(), 0), result;
    for (std::size_t i = 0; i < alive_.size(); ++i) {
      of_alive[alive_[i]] = static_cast<std::int32_t>(i);
    }
    for (std::size_t j = 0; j < clusters_.size(); ++j) {
      std::size_t root = j;
      while (parents_[root] != root) root = parents_[root];
      result.push_back(of_alive[root]);
    }
    return result;
  }

 private:
  struct Nearest {
    std::size_t cluster = 0;
    double gain = -std::numeric_limits<double>::infinity();  // what merging gains, below 0 mostly
  };

  double loss_of(const Cluster& cluster) const {
    std::vector<double> covariance(d_ * d_), factor(d_ * d_);
    for (std::size_t r = 0; r < d_; ++r) {
      for (std::size_t c = 0; c <= r; ++c) {
        const std::size_t i = r * d_ + c;
        covariance[c * d_ + r] = (cluster.scatter[i] + added_[i]) / cluster.weight;
      }
    }
    constexpr auto kKind = CovarianceLayout::Kind::matrix;
    const auto d = static_cast<Index>(d_);
    if (!factor_covariance(kKind, d, covariance.data(), factor.data())) return 0.0;
    const double log_determinant_of_covariance = -2.0 * log_determinant(kKind, d, factor.data());
    return cluster.weight * (log_determinant_of_covariance - 2.0 * std::log(cluster.weight));
  }

  Cluster merged(const Cluster& a, const Cluster& b) const {
    Cluster both{a.weight + b.weight, a.mean, a.scatter};
    const double share = b.weight / both.weight, product = a.weight * share;
    for (std::size_t r = 0; r < d_; ++r) {
      const double difference = b.mean[r] - a.mean[r];
      both.mean[r] += difference * share;
      for (std::size_t c = 0; c <= r; ++c) {
        const std::size_t i = r * d_ + c;
        both.scatter[i] += b.scatter[i] + product * difference * (b.mean[c] - a.mean[c]);
      }
    }
    both.loss = loss_of(both);
    return both;
  }

  double gain(std::size_t a, std::size_t b) const {
    const Cluster &one = clusters_[a], &other = clusters_[b];
    return one.loss + other.loss - merged(one, other).loss;
  }

  // Of the clusters before it; so each pair is known to the later one.
  void find_nearest(std::size_t j) {
    nearest_[j] = {};
    for (const std::size_t other : alive_) {
      if (other >= j) break;
      const double its_gain = gain(other, j);
      if (its_gain > nearest_[j].gain) nearest_[j] = {other, its_gain};
    }
  }

  void merge(std::size_t a, std::size_t b) {
    clusters_[a] = merged(clusters_[a], clusters_[b]);
    parents_[b] = a;
    alive_.erase(std::find(alive_.begin(), alive_.end(), b));
    find_nearest(a);
    for (const std::size_t j : alive_) {
      if (j <= a) continue;
      if (nearest_[j].cluster == a || nearest_[j].cluster == b) {
        find_nearest(j);
        continue;
      }
      const double its_gain = gain(a, j);
      if (its_gain > nearest_[j].gain) nearest_[j] = {a, its_gain};
    }
  }

  std::size_t d_;
  std::vector<double> added_;  // to each scatter
  std::vector<Cluster> clusters_;
  std::vector<std::size_t> parents_, alive_;  // alive: in ascending order
  std::vector<Nearest> nearest_;
};

}  // namespace

std::vector<std::int32_t> merge_clusters(const Statistics& clusters,
                                         const std::vector<std::int32_t>& labels, Index k,
                                         const Statistics& all, double share) {
  Hierarchy hierarchy(clusters, static_cast<Index>(labels.size()), all, share);
  hierarchy.merge_until(size_t(k));
  const std::vector<std::int32_t> numbers = hierarchy.numbers();
  std::vector<std::int32_t> result;
  for (const std::int32_t label : labels) result.push_back(numbers[size_t(label)]);
  return result;
}

}  // namespace gaussmix
