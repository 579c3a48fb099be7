// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "arrays.hpp"

namespace gaussmix::python {

/// What scores one row at a time with as little around it as possible: a Predictor or a Classifier
/// of T. Whatever is not plainly a row or a table goes to `convert`, which makes it one or explains
/// what is wrong.
template <class T, class Scored>
class RowScorer {
 public:
  RowScorer(Scored scored, py::object convert, int n_threads)
      : scored_(std::move(scored)), convert_(std::move(convert)), n_threads_(n_threads) {}

  const Scored& scored() const { return scored_; }
  int n_threads() const { return n_threads_; }

  /// Calls one(row) or many(rows), whichever x is.
  template <class One, class Many>
  py::object with_rows(py::handle x, const One& one, const Many& many) {
    const Index d = scored_.n_features();
    if (const auto view = scored_rows<T>(x, d)) {
      return view->single ? one(view->rows.data) : many(view->rows);
    }
    std::array<T, 64> numbers;
    if (d <= static_cast<Index>(numbers.size()) && read_numbers(x, d, numbers.data())) {
      return one(numbers.data());
    }
    const py::object converted = convert_(x);  // keeps the array while it is read
    const auto view = scored_rows<T>(converted, d);
    if (!view) throw py::type_error("x could not be converted to rows");
    return view->single ? one(view->rows.data) : many(view->rows);
  }

  /// Calls use(scored) with one that no other thread uses: without the interpreter lock, in a
  /// free-threaded Python, two may come here at once, and the second takes a copy.
  template <class Use>
  auto with_workspace(const Use& use) {
    if (busy_.exchange(true, std::memory_order_acquire)) {
      Scored own(scored_);
      return use(own);
    }
    const auto result = use(scored_);
    busy_.store(false, std::memory_order_release);
    return result;
  }

  /// For a row or a table, arrays of `width` numbers a row, which row(scored, x, out) and
  /// table(rows, out) fill; in `out` unless it is None.
  template <class Row, class Table>
  py::object numbers(py::handle x, py::handle out, Index width, const Row& row,
                     const Table& table) {
    return with_rows(
        x,
        [&](const T* single) -> py::object {
          auto found = output(out, {width});
          T* const data = found.mutable_data();
          with_workspace([&](auto& scored) {
            row(scored, single, data);
            return 0;
          });
          return std::move(found);
        },
        [&](TableView<T> rows) -> py::object {
          auto found = output(out, {rows.rows, width});
          fill(found, [&](T* data) { table(rows, data); });
          return std::move(found);
        });
  }

  template <class Array, class Fill>
  static void fill(Array& out, const Fill& fill) {
    auto* const data = out.mutable_data();
    const py::gil_scoped_release release;
    fill(data);
  }

 private:
  // The array to write to: `out`, once it is known to be fit, or for None a new one.
  static py::array_t<T> output(py::handle out, const std::vector<Index>& shape) {
    if (out.is_none()) return py::array_t<T>(shape);
    if (!py::isinstance<py::array>(out)) throw py::type_error("out must be a numpy array or None");
    const auto array = py::reinterpret_borrow<py::array>(out);
    constexpr int kNeeded = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_ |
                            py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
    const bool fits =
        std::equal(shape.begin(), shape.end(), array.shape(), array.shape() + array.ndim());
    if (!fits || !is_of_type<T>(array) || (array.flags() & kNeeded) != kNeeded) {
      throw py::value_error("out must be a writeable, C-contiguous array of " +
                            py::str(py::dtype::of<T>()).template cast<std::string>() +
                            " and shape " +
                            py::repr(py::tuple(py::cast(shape))).template cast<std::string>());
    }
    return py::reinterpret_borrow<py::array_t<T>>(out);
  }

  Scored scored_;
  py::object convert_;
  int n_threads_;
  std::atomic<bool> busy_{false};
};

}  // namespace gaussmix::python
