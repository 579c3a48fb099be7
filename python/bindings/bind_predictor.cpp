// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <optional>
#include <utility>

#include "gaussmix/predictor.hpp"
#include "scored_tables.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

using AnyPredictor = AnyOf<Predictor>;

// A method of weighted rows.
template <class Mean>
auto mean_of(const Mean& mean) {
  return [=](const AnyPredictor& any, const AnyArray& X,
             const std::optional<Array<double>>& sample_weight, int n_threads) {
    return with_rows(any, X, [&](const auto& predictor, auto rows) {
      const double* const weights = weights_of(sample_weight, rows.rows);
      const py::gil_scoped_release release;
      return mean(predictor, rows, weights, n_threads);
    });
  };
}

std::pair<double, double> pair_of(const MeanScores& scores) {
  return {scores.log_density, scores.log_largest};
}

}  // namespace

void bind_predictor(py::module_& module) {
  const auto one = [](const auto&) { return Index{0}; };
  const auto components = [](const auto& p) { return p.n_columns(); };
  py::class_<AnyPredictor>(module, "Predictor", "A mixture prepared for scoring.")
      .def(py::init(&AnyPredictor::of<>), py::arg("mixture"))
      .def("takes", &takes<Predictor>, py::arg("X"))
      .def("score_samples",
           filling<Predictor>(
               one, [](auto& p, auto rows, auto* out, int n) { p.log_density(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("log_responsibilities",
           filling<Predictor>(components, [](auto& p, auto rows, auto* out,
                                             int n) { p.log_responsibilities(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("responsibilities",
           filling<Predictor>(components, [](auto& p, auto rows, auto* out,
                                             int n) { p.responsibilities(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("predict", &predict<Predictor>, py::arg("X"), py::arg("n_threads"))
      .def("score", mean_of([](auto& p, auto rows, auto* weights, int n) {
             return p.score(rows, weights, n);
           }),
           py::arg("X"), py::arg("sample_weight").none(true), py::arg("n_threads"))
      .def("mean_scores", mean_of([](auto& p, auto rows, auto* weights, int n) {
             return pair_of(p.mean_scores(rows, weights, n));
           }),
           py::arg("X"), py::arg("sample_weight").none(true), py::arg("n_threads"));
}

}  // namespace gaussmix::python
