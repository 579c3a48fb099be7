// SPDX-License-Identifier: BSD-3-Clause
#include "starts/labelled_components.hpp"

#include <algorithm>
#include <map>

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

namespace {

struct ClassMean {
  double weight = 0.0;
  std::vector<double> mean;
};

}  // namespace

// Each mean is updated by a share of a row's difference to it, so that no sum overflows.
template <class T>
LabelledComponents labelled_components(const Dataset<T>& data, const KnownLabels<T>* known,
                                       Index k) {
  if (known == nullptr) return {{}, all_components(k), {}};
  const Index d = data.rows.columns;
  std::map<Index, ClassMean> classes;
  for (Index i = 0; i < known->size(); ++i) {
    if (known->label(i) < 0) continue;
    ClassMean& of_class = classes[known->label(i)];
    const double weight = data.weight(i);
    const bool first = of_class.weight == 0.0;
    if (first) of_class.mean.resize(size_t(d));
    of_class.weight += weight;
    const double share = weight / of_class.weight;
    for (Index c = 0; c < d; ++c) {
      double& mean = of_class.mean[size_t(c)];
      const auto value = static_cast<double>(data.rows.row(i)[c]);
      mean = first ? value : mean * (1.0 - share) + value * share;
    }
  }
  LabelledComponents found;
  for (Index j = 0; j < k; ++j) {
    const auto own = classes.find(known->class_of(j));
    const bool labelled = own != classes.end() && own->second.weight > 0.0;
    (labelled ? found.labelled : found.others).push_back(j);
    if (!labelled) continue;
    found.means.insert(found.means.end(), own->second.mean.begin(), own->second.mean.end());
  }
  return found;
}

template LabelledComponents labelled_components(const Dataset<float>&, const KnownLabels<float>*,
                                                Index);
template LabelledComponents labelled_components(const Dataset<double>&, const KnownLabels<double>*,
                                                Index);

}  // namespace gaussmix
