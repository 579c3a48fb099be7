// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <optional>
#include <type_traits>
#include <variant>

#include "arrays.hpp"
#include "gaussmix/predictor.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

// A predictor of whichever type the mixture has.
struct AnyPredictor {
  std::variant<Predictor<float>, Predictor<double>> of_type;
};

AnyPredictor make_predictor(const Mixture& mixture) {
  return dispatch(mixture.scalar_type(),
                  [&](auto zero) -> AnyPredictor { return {Predictor<decltype(zero)>(mixture)}; });
}

template <class T>
TableView<T> view_for(const Predictor<T>& /*predictor*/, const AnyArray& X) {
  return table_view<T>(X, "X");
}

template <class T>
bool is_table_for(const Predictor<T>& predictor, py::handle X) {
  const auto found = scored_rows<T>(X, predictor.n_features());
  return found && !found->single && found->rows.rows > 0;
}

// Calls use(predictor, rows) with both of one type, after the rows' sizes are checked.
template <class Use>
auto with_rows(const AnyPredictor& any, const AnyArray& X, const Use& use) {
  return std::visit(
      [&](const auto& predictor) {
        const auto rows = view_for(predictor, X);
        if (rows.columns != predictor.n_features()) {
          throw py::value_error("X has " + std::to_string(rows.columns) + " features, expected " +
                                std::to_string(predictor.n_features()));
        }
        return use(predictor, rows);
      },
      any.of_type);
}

// Binds a method that fills n numbers, or n rows of k, of the model's type. The output is allocated
// before the interpreter is released; only the caller's arrays are touched without it.
template <class Fill>
auto filling(bool by_component, const Fill& fill) {
  return [=](const AnyPredictor& any, const AnyArray& X, int n_threads) {
    return with_rows(any, X, [&](const auto& predictor, auto rows) -> AnyArray {
      using T = std::remove_const_t<std::remove_pointer_t<decltype(rows.data)>>;
      std::vector<Index> shape{rows.rows};
      if (by_component) shape.push_back(predictor.n_components());
      py::array_t<T> out(shape);
      T* const data = out.mutable_data();
      const py::gil_scoped_release release;
      fill(predictor, rows, data, n_threads);
      return std::move(out);
    });
  };
}

py::array_t<Index> predict(const AnyPredictor& any, const AnyArray& X, int n_threads) {
  return with_rows(any, X, [&](const auto& predictor, auto rows) {
    py::array_t<Index> out(rows.rows);
    Index* const data = out.mutable_data();
    const py::gil_scoped_release release;
    predictor.predict(rows, data, n_threads);
    return out;
  });
}

double score(const AnyPredictor& any, const AnyArray& X,
             const std::optional<Array<double>>& sample_weight, int n_threads) {
  return with_rows(any, X, [&](const auto& predictor, auto rows) {
    const double* const weights = weights_of(sample_weight, rows.rows);
    const py::gil_scoped_release release;
    return predictor.score(rows, weights, n_threads);
  });
}

bool takes(const AnyPredictor& any, py::handle X) {
  return std::visit([&](const auto& predictor) { return is_table_for(predictor, X); }, any.of_type);
}

}  // namespace

void bind_predictor(py::module_& module) {
  py::class_<AnyPredictor>(module, "Predictor", "A mixture prepared for scoring.")
      .def(py::init(&make_predictor), py::arg("mixture"))
      .def("takes", &takes, py::arg("X"))
      .def(
          "score_samples",
          filling(false, [](auto& p, auto rows, auto* out, int n) { p.log_density(rows, out, n); }),
          py::arg("X"), py::arg("n_threads"))
      .def("log_responsibilities",
           filling(true, [](auto& p, auto rows, auto* out,
                            int n) { p.log_responsibilities(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("responsibilities",
           filling(true,
                   [](auto& p, auto rows, auto* out, int n) { p.responsibilities(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("predict", &predict, py::arg("X"), py::arg("n_threads"))
      .def("score", &score, py::arg("X"), py::arg("sample_weight").none(true),
           py::arg("n_threads"));
}

}  // namespace gaussmix::python
