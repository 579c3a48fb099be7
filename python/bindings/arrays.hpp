// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/critical_section.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "gaussmix/types.hpp"
#include "gaussmix/validation.hpp"

namespace gaussmix::python {

namespace py = pybind11;

/// Arrays are converted by the Python layer; here they are used as they lie, or refused.
template <class T>
using Array = py::array_t<T, py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_>;
using AnyArray = py::array;

/// The scalar type of an array. \throws ValueError unless it is float32 or float64.
inline ScalarType scalar_type(const AnyArray& array) {
  if (array.dtype().equal(py::dtype::of<double>())) return ScalarType::float64;
  if (array.dtype().equal(py::dtype::of<float>())) return ScalarType::float32;
  throw py::value_error("expected an array of float32 or float64, got " +
                        py::str(array.dtype()).cast<std::string>());
}

/// Calls use(T()) with the type that `scalar` names.
template <class Use>
auto dispatch(ScalarType scalar, const Use& use) {
  return scalar == ScalarType::float32 ? use(float()) : use(double());
}

/// The rows of a table in place. \throws ValueError if it is not C-contiguous, aligned, of type T
/// and two-dimensional.
template <class T>
TableView<T> table_view(const AnyArray& array, const char* name) {
  constexpr int kNeeded = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if (array.ndim() != 2 || !array.dtype().equal(py::dtype::of<T>()) ||
      (array.flags() & kNeeded) != kNeeded) {
    throw py::value_error(std::string(name) +
                          " must be a C-contiguous, aligned, two-dimensional array of " +
                          py::str(py::dtype::of<T>()).cast<std::string>());
  }
  return {static_cast<const T*>(array.data()), array.shape(0), array.shape(1)};
}

/// Whether the elements of an array are T. numpy has one descriptor for each type of its own, but
/// others may say the same.
template <class T>
bool is_of_type(const AnyArray& array) {
  const py::dtype own = py::dtype::of<T>(), given = array.dtype();
  return given.is(own) || given.equal(own);
}

/// `all_finite`, during which others may run if it takes long.
template <class T>
bool all_finite_unlocked(const TableView<T>& rows) {
  constexpr Index kLong = 100'000;
  if (rows.rows * rows.columns < kLong) return all_finite(rows);
  const py::gil_scoped_release release;
  return all_finite(rows);
}

/// Rows to be scored: a single one, or a table.
template <class T>
struct ScoredRows {
  TableView<T> rows;
  bool single;
};

/// The rows that an object plainly is: an array of T itself, no subclass, of `features` numbers or
/// of rows of them without gaps, aligned and finite. Nothing for any other object.
template <class T>
std::optional<ScoredRows<T>> scored_rows(py::handle object, Index features) {
  if (Py_TYPE(object.ptr()) != py::detail::npy_api::get().PyArray_Type_) return std::nullopt;
  const auto array = py::reinterpret_borrow<AnyArray>(object);
  constexpr int kNeeded = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  const auto ndim = array.ndim();
  if (ndim < 1 || ndim > 2 || array.shape(ndim - 1) != features ||
      (array.flags() & kNeeded) != kNeeded || !is_of_type<T>(array)) {
    return std::nullopt;
  }
  const TableView<T> rows{static_cast<const T*>(array.data()), ndim == 1 ? 1 : array.shape(0),
                          features};
  if (!all_finite_unlocked(rows)) return std::nullopt;
  return ScoredRows<T>{rows, ndim == 1};
}

/// Writes the numbers of a list or tuple of `count` floats; false if it is anything else, or one of
/// them is not finite.
template <class T>
bool read_numbers(py::handle object, Index count, T* out) {
  if (!PyList_CheckExact(object.ptr()) && !PyTuple_CheckExact(object.ptr())) return false;
  const py::scoped_critical_section lock(object);  // others may change a list
  if (PySequence_Fast_GET_SIZE(object.ptr()) != count) return false;
  for (Index i = 0; i < count; ++i) {
    PyObject* const item = PySequence_Fast_GET_ITEM(object.ptr(), i);
    if (!PyFloat_CheckExact(item)) return false;
    out[i] = static_cast<T>(PyFloat_AS_DOUBLE(item));
  }
  return all_finite(TableView<T>{out, 1, count});
}

/// The weights of so many rows, or nullptr. \throws ValueError
inline const double* weights_of(const std::optional<Array<double>>& sample_weight, Index rows) {
  if (sample_weight && sample_weight->size() != rows) {
    throw py::value_error("sample_weight must have one number a row");
  }
  return sample_weight ? sample_weight->data() : nullptr;
}

/// The numbers of an array of any layout and float type, as doubles in row-major order.
inline std::vector<double> to_doubles(const AnyArray& array) {
  const auto converted = py::array_t<double, py::array::c_style | py::array::forcecast>(array);
  return {converted.data(), converted.data() + converted.size()};
}

/// A read-only array of the scalar type with these numbers.
inline AnyArray to_array(const std::vector<double>& values, ScalarType scalar,
                         std::vector<Index> shape) {
  return dispatch(scalar, [&](auto zero) -> AnyArray {
    using T = decltype(zero);
    py::array_t<T> array(std::move(shape));
    T* const out = array.mutable_data();
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<T>(values[i]);
    array.attr("flags").attr("writeable") = false;
    return array.attr("view")();  // a view of it cannot be made writable, as its owner can
  });
}

}  // namespace gaussmix::python
