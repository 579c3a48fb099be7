// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <memory>
#include <utility>

#include "gaussmix/predictor.hpp"
#include "row_scorer.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

// A model of which one row at a time is scored.
class Scorer {
 public:
  explicit Scorer(Mixture mixture) : mixture_(std::move(mixture)) {}
  virtual ~Scorer() = default;
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;

  const Mixture& mixture() const { return mixture_; }
  virtual py::object predict(py::handle x) = 0;
  virtual py::object score(py::handle x) = 0;
  virtual py::object responsibilities(py::handle x, py::handle out) = 0;

 private:
  Mixture mixture_;
};

template <class T>
class ScorerOf final : public Scorer {
 public:
  ScorerOf(const Mixture& mixture, py::object convert, int n_threads)
      : Scorer(mixture), rows_(Predictor<T>(mixture), std::move(convert), n_threads) {}

  py::object predict(py::handle x) override {
    return rows_.with_rows(
        x,
        [&](const T* row) -> py::object {
          return py::int_(rows_.with_workspace([&](auto& p) { return p.predict(row); }));
        },
        [&](TableView<T> rows) -> py::object {
          py::array_t<Index> out(rows.rows);
          rows_.fill(out,
                     [&](Index* data) { rows_.scored().predict(rows, data, rows_.n_threads()); });
          return std::move(out);
        });
  }

  py::object score(py::handle x) override {
    return rows_.with_rows(
        x,
        [&](const T* row) -> py::object {
          const T value = rows_.with_workspace([&](auto& p) { return p.log_density(row); });
          return py::float_(static_cast<double>(value));
        },
        [&](TableView<T> rows) -> py::object {
          py::array_t<T> out(rows.rows);
          rows_.fill(out,
                     [&](T* data) { rows_.scored().log_density(rows, data, rows_.n_threads()); });
          return std::move(out);
        });
  }

  py::object responsibilities(py::handle x, py::handle out) override {
    return rows_.numbers(
        x, out, rows_.scored().n_columns(),
        [](auto& p, const T* row, T* data) { p.responsibilities(row, data); },
        [&](TableView<T> rows, T* data) {
          rows_.scored().responsibilities(rows, data, rows_.n_threads());
        });
  }

 private:
  RowScorer<T, Predictor<T>> rows_;
};

std::unique_ptr<Scorer> make_scorer(const Mixture& mixture, const py::object& convert,
                                    int n_threads) {
  return dispatch(mixture.scalar_type(), [&](auto zero) -> std::unique_ptr<Scorer> {
    return std::make_unique<ScorerOf<decltype(zero)>>(mixture, convert, n_threads);
  });
}

constexpr const char* PREDICT_DOC = R"(
Returns the most probable component of x.

Parameters
----------
x : array-like of shape (n_features,) or (n_samples, n_features)
    A row, or a table.

Returns
-------
int or ndarray of shape (n_samples,)
    From 0; noise is -1.

Raises
------
ValueError, TypeError
    For what is no such row or table.

Examples
--------
>>> from gaussmix import GaussianMixture
>>> model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical")
>>> model.scorer().predict([4.0])
1
)";

constexpr const char* SCORE_DOC = R"(
Returns the logarithm of the density at x.

Parameters
----------
x : array-like of shape (n_features,) or (n_samples, n_features)
    A row, or a table.

Returns
-------
float or ndarray of shape (n_samples,)
    In nats.

Raises
------
ValueError, TypeError
    For what is no such row or table.

Examples
--------
>>> from gaussmix import GaussianMixture
>>> model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical")
>>> round(model.scorer().score([0.0]), 4)
-1.6121
)";

constexpr const char* RESPONSIBILITIES_DOC = R"(
Returns each component's probability for x.

Parameters
----------
x : array-like of shape (n_features,) or (n_samples, n_features)
    A row, or a table.
out : ndarray or None, default=None
    Where to write them: C-contiguous, of their shape and the model's dtype, and in other memory
    than x. It is then what is returned.

Returns
-------
ndarray of shape (n_components,) or (n_samples, n_components)
    A noise component has one more, the last.

Raises
------
ValueError, TypeError
    For what is no such row or table.

Examples
--------
>>> from gaussmix import GaussianMixture
>>> model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical")
>>> model.scorer().responsibilities([2.5]).tolist()
[0.5, 0.5]
)";

}  // namespace

void bind_scorer(py::module_& module) {
  py::class_<Scorer>(module, "Scorer", "Scores one row, or a table of them.")
      .def(py::init(&make_scorer), py::arg("mixture"), py::arg("convert"), py::arg("n_threads"))
      .def_property_readonly("mixture", &Scorer::mixture, py::return_value_policy::copy,
                             "The core's mixture.")
      .def("predict", &Scorer::predict, py::arg("x"), PREDICT_DOC)
      .def("score", &Scorer::score, py::arg("x"), SCORE_DOC)
      .def("responsibilities", &Scorer::responsibilities, py::arg("x"), py::arg("out") = py::none(),
           RESPONSIBILITIES_DOC);
}

}  // namespace gaussmix::python
