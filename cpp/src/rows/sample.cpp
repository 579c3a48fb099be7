// SPDX-License-Identifier: BSD-3-Clause
#include "rows/sample.hpp"

namespace gaussmix {

template <class T>
Sample<T>::Sample(const Dataset<T>& data, Index size, const RandomStream& random) : sample_(data) {
  if (data.rows.rows <= size) return;
  draw(data, size, random);
  const Index d = data.rows.columns;
  sample_ = Dataset<T>({values_.data(), static_cast<Index>(numbers_.size()), d}, weights_.data());
}

template <class T>
void Sample<T>::draw(const Dataset<T>& data, Index size, const RandomStream& random) {
  const double stretch = data.total_weight() / static_cast<double>(size);
  const Index d = data.rows.columns;
  Index point = 0;
  const auto position = [&](Index i) {
    return (static_cast<double>(i) + random.uniform(static_cast<std::uint64_t>(i))) * stretch;
  };
  numbers_.reserve(size_t(size));
  weights_.reserve(size_t(size));
  values_.reserve(size_t(size * d));
  double end = 0.0;  // of a row, where all are laid end to end
  double next = position(0);
  for (Index i = 0; i < data.rows.rows && point < size; ++i) {
    end += data.weight(i);
    const Index before = point;
    while (point < size && next < end) next = position(++point);
    if (point == before) continue;
    numbers_.push_back(i);
    weights_.push_back(static_cast<double>(point - before));
    values_.insert(values_.end(), data.rows.row(i), data.rows.row(i) + d);
  }
}

template class Sample<float>;
template class Sample<double>;

}  // namespace gaussmix
