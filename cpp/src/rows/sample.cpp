// SPDX-License-Identifier: BSD-3-Clause
#include "rows/sample.hpp"

#include <cmath>
#include <utility>

namespace gaussmix {

template <class T>
std::vector<Index> random_rows(Execution& execution, const Dataset<T>& data, Index k,
                               const RandomStream& random) {
  constexpr Index kRowsBetweenChecks = 4096;
  using Draw = std::pair<double, Index>;
  std::vector<Draw> smallest;  // a heap
  for (Index i = 0; i < data.rows.rows; ++i) {
    if (i % kRowsBetweenChecks == 0 && execution.stopping(0)) execution.throw_if_stopped();
    const double draw = -std::log(random.uniform(static_cast<std::uint64_t>(i))) / data.weight(i);
    if (static_cast<Index>(smallest.size()) == k) {
      if (draw >= smallest.front().first) continue;
      std::pop_heap(smallest.begin(), smallest.end());
      smallest.pop_back();
    }
    smallest.emplace_back(draw, i);
    std::push_heap(smallest.begin(), smallest.end());
  }
  std::sort(smallest.begin(), smallest.end());
  std::vector<Index> rows;
  for (const Draw& draw : smallest) rows.push_back(draw.second);
  return rows;
}

template <class T>
Sample<T>::Sample(const Dataset<T>& data, Index size, const RandomStream& random) : sample_(data) {
  if (data.rows.rows <= size) return;
  const double stretch = data.total_weight() / static_cast<double>(size);
  const auto position = [&](Index i) {
    return (static_cast<double>(i) + random.uniform(static_cast<std::uint64_t>(i))) * stretch;
  };
  reserve(size);
  Index point = 0;
  double end = 0.0;  // of a row, where all are laid end to end
  double next = position(0);
  for (Index i = 0; i < data.rows.rows && point < size; ++i) {
    end += data.weight(i);
    const Index before = point;
    while (point < size && next < end) next = position(++point);
    if (point == before) continue;
    add(i, static_cast<double>(point - before), data.rows.row(i));
  }
  sample_ = added();
}

template <class T>
Sample<T>::Sample(const Sample& other, const std::vector<Index>& rows) : sample_(other.sample_) {
  reserve(static_cast<Index>(rows.size()));
  for (const Index i : rows) add(other.number(i), other.data().weight(i), other.data().rows.row(i));
  sample_ = added();
}

template <class T>
void Sample<T>::reserve(Index size) {
  numbers_.reserve(size_t(size));
  weights_.reserve(size_t(size));
  values_.reserve(size_t(size * sample_.rows.columns));
}

template <class T>
void Sample<T>::add(Index number, double weight, const T* row) {
  numbers_.push_back(number);
  weights_.push_back(weight);
  values_.insert(values_.end(), row, row + sample_.rows.columns);
}

template <class T>
Dataset<T> Sample<T>::added() const {
  const auto size = static_cast<Index>(numbers_.size());
  return Dataset<T>({values_.data(), size, sample_.rows.columns}, weights_.data());
}

template std::vector<Index> random_rows<float>(Execution&, const Dataset<float>&, Index,
                                               const RandomStream&);
template std::vector<Index> random_rows<double>(Execution&, const Dataset<double>&, Index,
                                                const RandomStream&);
template class Sample<float>;
template class Sample<double>;

}  // namespace gaussmix
