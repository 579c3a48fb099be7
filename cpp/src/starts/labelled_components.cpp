// SPDX-License-Identifier: BSD-3-Clause
#include "starts/labelled_components.hpp"

#include <algorithm>

#include "densities/log_sum_exp.hpp"

namespace gaussmix {

std::vector<double> LabelledComponents::with_points(const std::vector<double>& of_others,
                                                    Index d) const {
  std::vector<double> points(means.size() + of_others.size());
  const auto place = [&](const std::vector<Index>& components, const std::vector<double>& from) {
    for (std::size_t i = 0; i < components.size(); ++i) {
      std::copy_n(from.begin() + static_cast<Index>(i) * d, d, points.begin() + components[i] * d);
    }
  };
  place(labelled, means);
  place(others, of_others);
  return points;
}

// Each mean is updated by a share of a row's difference to it, so that no sum overflows.
template <class T>
LabelledComponents labelled_components(const Dataset<T>& data, const KnownLabels<T>* known,
                                       Index k) {
  if (known == nullptr) return {{}, all_components(k), {}};
  const Index d = data.rows.columns;
  std::vector<double> means(size_t(k * d), 0.0), weights(size_t(k), 0.0);
  for (Index i = 0; i < known->size(); ++i) {
    const Index j = known->label(i);
    if (j < 0) continue;
    const double weight = data.weight(i);
    const bool first = weights[size_t(j)] == 0.0;
    weights[size_t(j)] += weight;
    const double share = weight / weights[size_t(j)];
    for (Index c = 0; c < d; ++c) {
      double& mean = means[size_t(j * d + c)];
      const auto value = static_cast<double>(data.rows.row(i)[c]);
      mean = first ? value : mean * (1.0 - share) + value * share;
    }
  }
  LabelledComponents found;
  for (Index j = 0; j < k; ++j) {
    const bool labelled = weights[size_t(j)] > 0.0;
    (labelled ? found.labelled : found.others).push_back(j);
    if (labelled) {
      found.means.insert(found.means.end(), means.begin() + j * d, means.begin() + (j + 1) * d);
    }
  }
  return found;
}

template LabelledComponents labelled_components(const Dataset<float>&, const KnownLabels<float>*,
                                                Index);
template LabelledComponents labelled_components(const Dataset<double>&, const KnownLabels<double>*,
                                                Index);

}  // namespace gaussmix
