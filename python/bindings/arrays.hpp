// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "gaussmix/types.hpp"

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
