// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "enums.hpp"
#include "gaussmix/em.hpp"
#include "interruptible.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

using Labels = std::optional<Array<std::int32_t>>;
using Weights = std::optional<Array<double>>;

// What statistics hold in units, in the rows' own weights.
double absolute(const Statistics& statistics, double value) {
  return std::ldexp(value, statistics.unit_exponent());
}

AnyArray array_of(const std::vector<double>& values, std::vector<Index> shape) {
  return to_array(values, ScalarType::float64, std::move(shape));
}

AnyArray weights_array(const Statistics& s) {
  std::vector<double> weights;
  for (Index j = 0; j < s.n_components(); ++j) weights.push_back(absolute(s, s.weight(j)));
  return array_of(weights, {s.n_components()});
}

AnyArray means_array(const Statistics& s) {
  std::vector<double> means;
  for (Index j = 0; j < s.n_components(); ++j) {
    const auto mean = s.mean(j);
    means.insert(means.end(), mean.begin(), mean.end());
  }
  return array_of(means, {s.n_components(), s.n_features()});
}

// Of matrices both triangles.
AnyArray scatter_array(const Statistics& s) {
  const Index d = s.n_features();
  if (s.form() == ScatterForm::none) return array_of({}, {s.n_components(), 0});
  const bool is_diagonal = s.form() == ScatterForm::diagonal;
  const Index n = s.form() == ScatterForm::pooled ? 1 : s.n_components();
  std::vector<double> numbers;
  for (Index j = 0; j < n; ++j) {
    const double* const scatter = s.scatter(j);
    for (Index r = 0; r < (is_diagonal ? 1 : d); ++r) {
      for (Index c = 0; c < d; ++c) {
        const Index offset = is_diagonal ? c : std::max(r, c) * d + std::min(r, c);
        numbers.push_back(absolute(s, scatter[offset]));
      }
    }
  }
  if (is_diagonal) return array_of(numbers, {n, d});
  if (s.form() == ScatterForm::pooled) return array_of(numbers, {d, d});
  return array_of(numbers, {n, d, d});
}

std::string repr(const Statistics& s) {
  return "Statistics(n_components=" + std::to_string(s.n_components()) +
         ", n_features=" + std::to_string(s.n_features()) +
         ", row_weight=" + py::repr(py::float_(absolute(s, s.row_weight()))).cast<std::string>() +
         ")";
}

Statistics sum(const Statistics& one, const Statistics& other) {
  Statistics result = one;
  result.merge(other);
  return result;
}

Statistics sum_with_start(const Statistics& statistics, py::handle start) {
  if (!start.equal(py::int_(0))) {
    throw py::type_error("Statistics are added to Statistics, or to the 0 that sum() starts with");
  }
  return statistics;
}

py::bytes to_bytes(const Statistics& statistics) { return statistics.to_bytes(); }
Statistics from_bytes(const py::bytes& data) { return Statistics::from_bytes(data); }

// pybind11's own pickles abort with protocols 0 and 1.
py::tuple reduce(const Statistics& statistics) {
  const py::object read =
      py::module_::import("operator").attr("methodcaller")("from_bytes", to_bytes(statistics));
  return py::make_tuple(read, py::make_tuple(py::type::of<Statistics>()));
}

// In place of instances of which no member may be called.
py::object refuse_new(const py::args& /*args*/, const py::kwargs& /*kwargs*/) {
  throw py::type_error(
      "Statistics are made by GaussianMixture.expect and by Statistics.from_bytes");
}

FitOptions options_of_rows(const Labels& known_labels,
                           const std::vector<std::int32_t>& component_classes, int n_threads) {
  FitOptions options;
  if (known_labels) {
    options.known_labels.assign(known_labels->data(), known_labels->data() + known_labels->size());
  }
  options.component_classes = component_classes;
  options.n_threads = n_threads;
  options.rows_are_finite = true;  // the Python layer has looked
  return options;
}

Statistics expect_from_python(const AnyArray& X, const Mixture& mixture, const Weights& weights,
                              const Labels& known_labels,
                              const std::vector<std::int32_t>& component_classes, int n_threads) {
  FitOptions options = options_of_rows(known_labels, component_classes, n_threads);
  return dispatch(scalar_type(X), [&](auto zero) {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const double* const row_weights = weights_of(weights, rows.rows);
    return interruptible(options, [&] { return expect(rows, mixture, options, row_weights); });
  });
}

// The E-steps over one array, which it keeps.
class KeptRows {
 public:
  KeptRows(AnyArray X, const Mixture& mixture, Weights weights, const Labels& known_labels,
           int n_threads)
      : X_(std::move(X)), weights_(std::move(weights)) {
    FitOptions options = options_of_rows(known_labels, {}, n_threads);
    options.interrupted = [] {
      const Interpreter interpreter;
      return PyErr_CheckSignals() != 0;
    };
    dispatch(scalar_type(X_), [&](auto zero) {
      using T = decltype(zero);
      const auto rows = table_view<T>(X_, "X");
      const double* const row_weights = weights_of(weights_, rows.rows);
      rows_ = std::make_unique<RowsInMemory<T>>(rows, mixture, options, row_weights);
    });
  }

  Statistics expect(const Mixture& mixture) {
    try {
      const py::gil_scoped_release release;
      return std::visit([&](auto& rows) { return rows->expect(mixture); }, rows_);
    } catch (const Interrupted&) {
      throw py::error_already_set();
    }
  }

 private:
  AnyArray X_;
  Weights weights_;
  std::variant<std::unique_ptr<RowsInMemory<float>>, std::unique_ptr<RowsInMemory<double>>> rows_;
};

bool is_known(const Repair& repair, const std::vector<Repair>& repairs) {
  return std::any_of(repairs.begin(), repairs.end(), [&](const Repair& known) {
    return known.component == repair.component && known.reason == repair.reason;
  });
}

// What the best start became, as the only one; of an estimator that was not fitted, a new one.
FitResult best_start_of(const FitResult& before) {
  FitResult result = before;
  const auto best = size_t(before.best_start);
  result.best_start = 0;
  result.starts.assign(1, StartReport());
  result.starts[0].origin = "an estimator before";
  if (best < before.starts.size()) result.starts[0] = before.starts[best];
  result.repairs.clear();
  for (const Repair& repair : before.repairs) {
    if (repair.start == before.best_start) result.repairs.push_back(repair);
    if (repair.start == before.best_start) result.repairs.back().start = 0;
  }
  return result;
}

// The result of a first M-step, which has no bound.
FitResult first_result(const Mixture& mixture) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  FitResult result{mixture, false, 0, kNone, {}, {}, 0, {}};
  result.starts.emplace_back();
  result.starts[0].origin = "statistics";
  return result;
}

// The result of one more iteration, with the history of those before. A repair is told once.
FitResult next_result(const Maximized& next, const FitResult* before, double tol) {
  FitResult result = before == nullptr ? first_result(next.mixture) : best_start_of(*before);
  if (before != nullptr) {
    const double change = next.lower_bound - before->lower_bound;
    result.mixture = next.mixture;
    ++result.n_iter;
    result.lower_bound = next.lower_bound;
    result.lower_bounds.push_back(next.lower_bound);
    result.converged = std::abs(change) < tol;
  }
  for (Repair repair : next.repairs) {
    repair.iteration = result.n_iter;
    if (!is_known(repair, result.repairs)) result.repairs.push_back(std::move(repair));
  }
  StartReport& start = result.starts[0];
  start.lower_bound = result.lower_bound;
  start.n_iter = result.n_iter;
  start.converged = result.converged;
  return result;
}

FitResult maximize_from_python(const Statistics& statistics, const std::string& covariance_type,
                               double tol, double reg_covar, const std::string& degenerate,
                               const std::optional<ConjugatePrior>& prior,
                               const FitResult* previous, int n_threads) {
  FitOptions options;
  options.family = covariance_type;
  options.reg_covar = reg_covar;
  options.degenerate = value_of<Degenerate>(degenerate);
  options.prior = prior;
  options.n_threads = n_threads;
  const Mixture* const mixture = previous != nullptr ? &previous->mixture : nullptr;
  // A copy, since other threads may merge into the statistics.
  const Maximized next = interruptible(
      options, [&options, mixture, kept = statistics] { return maximize(kept, options, mixture); });
  return next_result(next, previous, tol);
}

constexpr const char* CLASS_DOC = R"(
What an M-step has to know of rows; statistics of two sets of rows add up to those of their union.

Weights are those of the rows, in their own units. Means are held beside points near them, and
scatters about the means, so that no digit is lost far from zero, nor by merging. Values that are
equal are equal to the bit. `GaussianMixture.expect` makes them.

Examples
--------
>>> from gaussmix import GaussianMixture
>>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
>>> statistics = model.expect([[1.0], [3.0]]) + model.expect([[5.0]])
>>> statistics.row_weight, statistics.means.tolist()
(3.0, [[3.0]])
)";

constexpr const char* MERGE_DOC = R"(
Adds those of other rows, which stay as they are.

Parameters
----------
other : gaussmix.Statistics
    Of as many components and features.

Raises
------
ValueError
    For other sizes.

Examples
--------
>>> from gaussmix import GaussianMixture
>>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
>>> statistics = model.expect([[1.0], [3.0]])
>>> statistics.merge(model.expect([[5.0]]))
>>> statistics.row_weight
3.0
)";

constexpr const char* SCALED_DOC = R"(
Returns those of the same rows, each with its weight times `factor`.

Parameters
----------
factor : float >= 0
    Finite.

Returns
-------
gaussmix.Statistics
    New ones.

Raises
------
ValueError
    For another factor.

Examples
--------
>>> from gaussmix import GaussianMixture
>>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
>>> model.expect([[1.0], [3.0]]).scaled(0.5).row_weight
1.0
)";

constexpr const char* TO_BYTES_DOC = R"(
Returns bytes that `from_bytes` makes equal statistics from, on any machine.

Returns
-------
bytes
    In the form that docs/statistics.md describes, with a checksum.

Examples
--------
>>> from gaussmix import GaussianMixture, Statistics
>>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
>>> statistics = model.expect([[1.0], [3.0]])
>>> Statistics.from_bytes(statistics.to_bytes()) == statistics
True
)";

constexpr const char* FROM_BYTES_DOC = R"(
Returns the statistics of bytes.

Parameters
----------
data : bytes
    What `to_bytes` returned.

Returns
-------
gaussmix.Statistics
    Equal to the bit.

Raises
------
ValueError
    For bytes that `to_bytes` did not make.

Examples
--------
>>> from gaussmix import GaussianMixture, Statistics
>>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
>>> Statistics.from_bytes(model.expect([[1.0], [3.0]]).to_bytes()).n_features
1
)";

}  // namespace

void bind_statistics(py::module_& module) {
  py::class_<Statistics> statistics(module, "Statistics", CLASS_DOC);
  statistics.attr("__module__") = "gaussmix";  // where pickles look for it, on any machine
  statistics
      .def_property_readonly("n_components", &Statistics::n_components, "The number of components.")
      .def_property_readonly("n_features", &Statistics::n_features, "The number of features.")
      .def_property_readonly(
          "weights", &weights_array,
          "(n_components,) sums of the rows' weights times their responsibilities.")
      .def_property_readonly("means", &means_array,
                             "(n_components, n_features) means of the components' rows.")
      .def_property_readonly(
          "scatter", &scatter_array,
          "The weighted sums of the products of deviations from the means, as the family needs "
          "them.\n\n(n_components, n_features, n_features); for 'tied' (n_features, n_features), "
          "summed over the components; for diagonal and spherical families and 'fixed' "
          "(n_components, n_features).")
      .def_property_readonly(
          "row_weight", [](const Statistics& s) { return absolute(s, s.row_weight()); },
          "The sum of the rows' weights.")
      .def_property_readonly(
          "log_likelihood", [](const Statistics& s) { return absolute(s, s.log_likelihood()); },
          "The weighted sum of the rows' log-densities.")
      // With the interpreter held, so that many threads may merge into the same ones.
      .def("merge", py::overload_cast<const Statistics&>(&Statistics::merge), py::arg("other"),
           MERGE_DOC)
      .def("scaled", &Statistics::scaled, py::arg("factor"), SCALED_DOC)
      .def("to_bytes", &to_bytes, TO_BYTES_DOC)
      .def_static("from_bytes", &from_bytes, py::arg("data"), FROM_BYTES_DOC)
      .def(py::self == py::self)
      .def("__add__", &sum, py::is_operator())
      .def("__radd__", &sum_with_start)
      .def("__repr__", &repr)
      .def("__reduce__", &reduce)
      .def_static("__new__", &refuse_new);
  module.def("expect", &expect_from_python, py::arg("X"), py::arg("mixture"), py::kw_only(),
             py::arg("sample_weight").none(true), py::arg("known_labels").none(true),
             py::arg("component_classes") = std::vector<std::int32_t>(), py::arg("n_threads"));
  module.def("maximize", &maximize_from_python, py::arg("statistics"), py::kw_only(),
             py::arg("covariance_type"), py::arg("tol"), py::arg("reg_covar"),
             py::arg("degenerate"), py::arg("prior").none(true), py::arg("previous").none(true),
             py::arg("n_threads"));
  py::class_<KeptRows>(module, "KeptRows", "E-steps over one array, again and again.")
      .def(py::init<AnyArray, const Mixture&, Weights, const Labels&, int>(), py::arg("X"),
           py::arg("mixture"), py::kw_only(), py::arg("sample_weight").none(true),
           py::arg("known_labels").none(true), py::arg("n_threads"))
      .def("expect", &KeptRows::expect, py::arg("mixture"));
}

}  // namespace gaussmix::python
