// SPDX-License-Identifier: BSD-3-Clause
#include "topics.hpp"

// GAUSSMIX_MODULE is the name of the build: one module an instruction set.
PYBIND11_MODULE(GAUSSMIX_MODULE, module, pybind11::mod_gil_not_used()) {
  using namespace gaussmix::python;
  module.doc() = "The compiled core of gaussmix. Its Python face is gaussmix.GaussianMixture.";
  bind_mixture(module);
  bind_predictor(module);
  bind_classifier(module);
  bind_scorer(module);
  bind_fit(module);
  bind_statistics(module);
  bind_kmeans(module);
  bind_model_file(module);
  bind_config(module);
}
