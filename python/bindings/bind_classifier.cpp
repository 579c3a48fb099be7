// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gaussmix/classifier.hpp"
#include "row_scorer.hpp"
#include "scored_tables.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

using AnyClassifier = AnyOf<Classifier>;
using Classes = std::vector<std::int32_t>;

// A classifier of which one row at a time is scored; its classes have labels.
class ClassScorer {
 public:
  ClassScorer(Mixture mixture, Classes component_classes, py::array labels)
      : mixture_(std::move(mixture)),
        component_classes_(std::move(component_classes)),
        labels_(std::move(labels)),
        of_numbers_(labels_.attr("tolist")()) {}
  virtual ~ClassScorer() = default;
  ClassScorer(const ClassScorer&) = delete;
  ClassScorer& operator=(const ClassScorer&) = delete;

  const Mixture& mixture() const { return mixture_; }
  const Classes& component_classes() const { return component_classes_; }
  const py::array& labels() const { return labels_; }
  virtual py::object predict(py::handle x) = 0;
  virtual py::object probabilities(py::handle x, py::handle out) = 0;

 protected:
  py::object label(Index number) const { return of_numbers_[size_t(number)]; }
  py::object labels_of(const py::array_t<Index>& numbers) const {
    return labels_.attr("take")(numbers);
  }

 private:
  Mixture mixture_;
  Classes component_classes_;
  py::array labels_;
  py::list of_numbers_;
};

template <class T>
class ClassScorerOf final : public ClassScorer {
 public:
  ClassScorerOf(const Mixture& mixture, const Classes& classes, py::array labels,
                py::object convert, int n_threads)
      : ClassScorer(mixture, classes, std::move(labels)),
        rows_(Classifier<T>(mixture, classes), std::move(convert), n_threads) {}

  py::object predict(py::handle x) override {
    return rows_.with_rows(
        x,
        [&](const T* row) -> py::object {
          return label(rows_.with_workspace([&](auto& c) { return c.predict(row); }));
        },
        [&](TableView<T> rows) -> py::object {
          py::array_t<Index> numbers(rows.rows);
          rows_.fill(numbers,
                     [&](Index* data) { rows_.scored().predict(rows, data, rows_.n_threads()); });
          return labels_of(numbers);
        });
  }

  py::object probabilities(py::handle x, py::handle out) override {
    return rows_.numbers(
        x, out, rows_.scored().n_classes(),
        [](auto& c, const T* row, T* data) { c.probabilities(row, data); },
        [&](TableView<T> rows, T* data) {
          rows_.scored().probabilities(rows, data, rows_.n_threads());
        });
  }

 private:
  RowScorer<T, Classifier<T>> rows_;
};

std::unique_ptr<ClassScorer> make_class_scorer(const Mixture& mixture, const Classes& classes,
                                               const py::array& labels, const py::object& convert,
                                               int n_threads) {
  return dispatch(mixture.scalar_type(), [&](auto zero) -> std::unique_ptr<ClassScorer> {
    return std::make_unique<ClassScorerOf<decltype(zero)>>(mixture, classes, labels, convert,
                                                           n_threads);
  });
}

constexpr const char* PREDICT_DOC = R"(
Returns the label of the most probable class of x.

Parameters
----------
x : array-like of shape (n_features,) or (n_samples, n_features)
    A row, or a table.

Returns
-------
label or ndarray of shape (n_samples,)
    As a Python object, or an array of the labels' dtype.

Raises
------
ValueError, TypeError
    For what is no such row or table.

Examples
--------
>>> from gaussmix import MixtureDiscriminant
>>> X, y = [[0.0], [2.0], [2.0], [4.0]], ["a", "a", "b", "b"]
>>> scorer = MixtureDiscriminant(1, covariance_type="shared").fit(X, y).scorer()
>>> scorer.predict([1.0])
'a'
)";

constexpr const char* PROBABILITIES_DOC = R"(
Returns each class's probability for x.

Parameters
----------
x : array-like of shape (n_features,) or (n_samples, n_features)
    A row, or a table.
out : ndarray or None, default=None
    Where to write them: C-contiguous, of their shape and the model's dtype, and in other memory
    than x. It is then what is returned.

Returns
-------
ndarray of shape (n_classes,) or (n_samples, n_classes)
    The bits of `predict_proba`.

Raises
------
ValueError, TypeError
    For what is no such row or table.

Examples
--------
>>> from gaussmix import MixtureDiscriminant
>>> X, y = [[0.0], [2.0], [2.0], [4.0]], ["a", "a", "b", "b"]
>>> scorer = MixtureDiscriminant(1, covariance_type="shared").fit(X, y).scorer()
>>> scorer.probabilities([2.0]).tolist()
[0.5, 0.5]
)";

}  // namespace

void bind_classifier(py::module_& module) {
  const auto classes = [](const auto& c) { return c.n_classes(); };
  py::class_<AnyClassifier>(module, "Classifier", "A mixture whose components belong to classes.")
      .def(py::init(&AnyClassifier::of<Classes>), py::arg("mixture"), py::arg("component_classes"))
      .def("takes", &takes<Classifier>, py::arg("X"))
      .def("probabilities",
           filling<Classifier>(classes, [](auto& c, auto rows, auto* out,
                                           int n) { c.probabilities(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("log_probabilities",
           filling<Classifier>(classes, [](auto& c, auto rows, auto* out,
                                           int n) { c.log_probabilities(rows, out, n); }),
           py::arg("X"), py::arg("n_threads"))
      .def("predict", &predict<Classifier>, py::arg("X"), py::arg("n_threads"));
  py::class_<ClassScorer>(module, "ClassScorer", "Classifies one row, or a table of them.")
      .def(py::init(&make_class_scorer), py::arg("mixture"), py::arg("component_classes"),
           py::arg("labels"), py::arg("convert"), py::arg("n_threads"))
      .def_property_readonly("mixture", &ClassScorer::mixture, py::return_value_policy::copy,
                             "The core's mixture of the components of all classes.")
      .def_property_readonly("component_classes", &ClassScorer::component_classes,
                             "Of each component the index of its class.")
      .def_property_readonly("labels", &ClassScorer::labels, "(n_classes,) labels of the classes.")
      .def("predict", &ClassScorer::predict, py::arg("x"), PREDICT_DOC)
      .def("probabilities", &ClassScorer::probabilities, py::arg("x"), py::arg("out") = py::none(),
           PROBABILITIES_DOC);
}

}  // namespace gaussmix::python
