// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include "arrays.hpp"
#include "gaussmix/model_file.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

// A path in a message may have bytes that are not UTF-8.
void translate_model_file_error(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const ModelFileError& error) {
    const auto message = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(error.what()));
    PyErr_SetObject(PyExc_ValueError, message.ptr());
  }
}

SavedModel load_path(const py::bytes& path) {
  const std::string name = path;
  try {
    const py::gil_scoped_release release;
    return load_model(name);
  } catch (const std::system_error& error) {
    errno = error.code().value();
    const auto shown = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(name.c_str()));
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, shown.ptr());
    throw py::error_already_set();
  }
}

SavedModel load_bytes(const py::bytes& data) {
  const std::string_view view = data;  // immutable, so it may be read without the interpreter
  const py::gil_scoped_release release;
  return load_model(view.data(), view.size());
}

py::bytes to_bytes(const Mixture& mixture, const std::string& feature_names, const std::string& fit,
                   const std::string& parameters, const std::string& classes,
                   const std::vector<std::int32_t>& component_classes) {
  SavedModel model(mixture);
  model.feature_names = feature_names;
  model.fit = fit;
  model.parameters = parameters;
  model.classes = classes;
  model.component_classes = component_classes;
  return model_bytes(model);
}

}  // namespace

void bind_model_file(py::module_& module) {
  py::register_local_exception_translator(&translate_model_file_error);
  py::class_<SavedModel>(module, "SavedModel", "What a model file holds.")
      .def_readonly("mixture", &SavedModel::mixture)
      .def_readonly("feature_names", &SavedModel::feature_names)
      .def_readonly("fit", &SavedModel::fit)
      .def_readonly("parameters", &SavedModel::parameters)
      .def_readonly("classes", &SavedModel::classes)
      .def_readonly("component_classes", &SavedModel::component_classes);
  module.def("load_path", &load_path, py::arg("path"), "Reads a model file.");
  module.def("load_bytes", &load_bytes, py::arg("data"), "Reads the bytes of a model file.");
  module.def("model_bytes", &to_bytes, py::arg("mixture"), py::arg("feature_names"), py::arg("fit"),
             py::arg("parameters"), py::arg("classes") = "",
             py::arg("component_classes") = std::vector<std::int32_t>(),
             "The bytes of a model file; an empty text is left out.");
}

}  // namespace gaussmix::python
