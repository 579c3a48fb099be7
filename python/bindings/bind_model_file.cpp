// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <cerrno>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "arrays.hpp"
#include "gaussmix/model_file.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

// Feature names cross as the bytes of the model file, since they may hold lone surrogates, which no
// conversion of pybind11 accepts.
using FeatureNames = std::vector<py::bytes>;

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

py::bytes to_bytes(const FitResult& fit, const FeatureNames& feature_names,
                   const std::string& parameters, const std::optional<FitSummary>& summary) {
  SavedModel model(fit);
  for (const py::bytes& name : feature_names) model.feature_names.emplace_back(name);
  model.parameters = parameters;
  model.summary = summary;
  return model_bytes(model);
}

}  // namespace

void bind_model_file(py::module_& module) {
  py::register_local_exception_translator(&translate_model_file_error);
  py::class_<FitSummary>(module, "FitSummary", "How well a model fits the rows of its fit.")
      .def(py::init<Index, double>(), py::arg("n_rows"), py::arg("log_likelihood"))
      .def_readonly("n_rows", &FitSummary::n_rows)
      .def_readonly("log_likelihood", &FitSummary::log_likelihood);
  py::class_<SavedModel>(module, "SavedModel", "What a model file holds.")
      .def_readonly("fit", &SavedModel::fit)
      .def_property_readonly("feature_names",
                             [](const SavedModel& m) {
                               return FeatureNames(m.feature_names.begin(), m.feature_names.end());
                             })
      .def_readonly("parameters", &SavedModel::parameters)
      .def_readonly("summary", &SavedModel::summary);
  module.def("load_path", &load_path, py::arg("path"), "Reads a model file.");
  module.def("load_bytes", &load_bytes, py::arg("data"), "Reads the bytes of a model file.");
  module.def("model_bytes", &to_bytes, py::arg("fit"), py::arg("feature_names"),
             py::arg("parameters"), py::arg("summary").none(true),
             "The bytes of a model file; feature names are in UTF-8, parameters are JSON.");
}

}  // namespace gaussmix::python
