// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

namespace gaussmix::python {

// Each adds one topic to the module; mixtures come first, since the others take or return them.
void bind_mixture(pybind11::module_& module);
void bind_predictor(pybind11::module_& module);
void bind_classifier(pybind11::module_& module);
void bind_scorer(pybind11::module_& module);
void bind_fit(pybind11::module_& module);
void bind_statistics(pybind11::module_& module);
void bind_kmeans(pybind11::module_& module);
void bind_model_file(pybind11::module_& module);
void bind_config(pybind11::module_& module);

}  // namespace gaussmix::python
