// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "enums.hpp"
#include "gaussmix/fit.hpp"
#include "interruptible.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

std::vector<double> doubles_or_nothing(const std::optional<AnyArray>& array) {
  return array ? to_doubles(*array) : std::vector<double>();
}

// What a user's function in Python computes for a start: an array of labels, or of
// responsibilities.
FirstResponsibilities to_first_responsibilities(const py::object& answer) {
  FirstResponsibilities first;
  if (answer.attr("ndim").cast<int>() != 1) {
    first.responsibilities = to_doubles(answer);
    return first;
  }
  const auto labels = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>(answer);
  first.labels.assign(labels.data(), labels.data() + labels.size());
  return first;
}

// Takes the interpreter back for what the user wrote, whose exceptions pass through the fit.
FitResult run_fit(const AnyArray& X, const std::optional<Array<double>>& sample_weight,
                  FitOptions options, const py::object& first_responsibilities,
                  const std::string& origin, const py::object& observer,
                  const py::object& checkpoint, const StopFlag* stop) {
  if (!first_responsibilities.is_none()) {
    options.first_responsibilities = [&](int start) {
      const Interpreter interpreter;
      auto first = to_first_responsibilities(first_responsibilities(start));
      first.origin = origin;
      return first;
    };
  }
  if (!observer.is_none()) {
    options.observer = [&observer](const Progress& progress) {
      const Interpreter interpreter;
      const py::object stop = observer(progress.start, progress.iteration, progress.lower_bound,
                                       progress.change, progress.converged);
      return stop.ptr() == Py_True;
    };
  }
  if (!checkpoint.is_none()) {
    options.checkpoint = [&checkpoint](const std::vector<FitResult>& runs) {
      const Interpreter interpreter;
      checkpoint(py::cast(runs));
    };
  }
  return dispatch(scalar_type(X), [&](auto zero) {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const double* const weights = weights_of(sample_weight, rows.rows);
    return interruptible(options, [&] { return fit(rows, options, weights); }, stop);
  });
}

bool all_finite_in(const AnyArray& X, int n_threads) {
  return dispatch(scalar_type(X), [&](auto zero) {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const py::gil_scoped_release release;
    return all_finite(rows, n_threads);
  });
}

// What a fit is told, whatever its rows are.
FitOptions settings(Index n_components, const std::string& covariance_type, double tol,
                    double reg_covar, int max_iter, int n_init, bool screening,
                    const std::string& init_params, std::uint64_t seed,
                    const std::string& degenerate, const std::string& acceleration,
                    double truncation, const std::optional<ConjugatePrior>& prior,
                    std::optional<double> noise, int n_threads) {
  FitOptions options;
  options.n_components = n_components;
  options.family = covariance_type;
  options.tol = tol;
  options.reg_covar = reg_covar;
  options.max_iter = max_iter;
  options.n_init = n_init;
  options.screening = screening;
  options.init_params = value_of<InitParams>(init_params);
  options.seed = seed;
  options.degenerate = value_of<Degenerate>(degenerate);
  options.acceleration = value_of<Acceleration>(acceleration);
  options.truncation = truncation;
  options.prior = prior;
  options.noise = noise;
  options.n_threads = n_threads;
  options.rows_are_finite = true;  // the Python layer has looked, to say which argument is not
  return options;
}

// A FitResult, or why there is none.
using Outcome = std::variant<FitResult, std::string>;

template <class T>
Outcome fit_or_error(TableView<T> rows, const FitOptions& options, const double* weights) {
  try {
    return fit(rows, options, weights);
  } catch (const std::invalid_argument& error) {  // of these rows alone
    return error.what();
  }
}

// Asks now and then, between fits that are each too short to ask.
class Patience {
 public:
  explicit Patience(const std::function<bool()>& interrupted) : interrupted_(interrupted) {}

  /// \throws Interrupted
  void check() {
    constexpr std::chrono::milliseconds kPause(20);
    const auto now = std::chrono::steady_clock::now();
    if (now - last_asked_ < kPause) return;
    last_asked_ = now;
    if (interrupted_()) throw Interrupted();
  }

 private:
  const std::function<bool()>& interrupted_;
  std::chrono::steady_clock::time_point last_asked_ = std::chrono::steady_clock::now();
};

// One fit after another, to the tables that stand in `X` one below the other, each of so many rows.
std::vector<Outcome> fit_tables(const AnyArray& X,
                                const std::optional<Array<double>>& sample_weight,
                                const std::vector<Index>& n_rows, FitOptions options,
                                const StopFlag* stop) {
  if (std::accumulate(n_rows.begin(), n_rows.end(), Index{0}) != X.shape(0)) {
    throw py::value_error("n_rows must sum to the number of rows");
  }
  return dispatch(scalar_type(X), [&](auto zero) {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const double* const weights = weights_of(sample_weight, rows.rows);
    return interruptible(
        options,
        [&] {
          std::vector<Outcome> outcomes;
          Patience patience(options.interrupted);
          Index first = 0;
          for (const Index count : n_rows) {
            patience.check();
            const double* const own = weights == nullptr ? nullptr : weights + first;
            outcomes.push_back(fit_or_error(rows.part(first, count), options, own));
            first += count;
          }
          return outcomes;
        },
        stop);
  });
}

FitResult fit_from_python(const AnyArray& X, const std::optional<Array<double>>& sample_weight,
                          FitOptions options, const py::object& first_responsibilities,
                          const std::string& origin, const std::optional<AnyArray>& weights_init,
                          const std::optional<AnyArray>& means_init,
                          const std::optional<AnyArray>& precisions_init,
                          const std::optional<Array<std::int32_t>>& known_labels,
                          const std::vector<std::int32_t>& component_classes,
                          const std::optional<Mixture>& previous, double previous_lower_bound,
                          const py::object& observer,
                          const std::shared_ptr<SharedStarts>& shared_starts,
                          const py::object& checkpoint, int checkpoint_every,
                          std::vector<FitResult> resume, const StopFlag* stop) {
  options.user_start = {doubles_or_nothing(weights_init), doubles_or_nothing(means_init),
                        doubles_or_nothing(precisions_init)};
  if (known_labels) {
    options.known_labels.assign(known_labels->data(), known_labels->data() + known_labels->size());
  }
  options.component_classes = component_classes;
  if (previous) options.warm_start = WarmStart{*previous, previous_lower_bound};
  options.shared_starts = shared_starts;
  options.checkpoint_every = checkpoint_every;
  options.resume = std::move(resume);
  return run_fit(X, sample_weight, std::move(options), first_responsibilities, origin, observer,
                 checkpoint, stop);
}

ConjugatePrior make_prior(double shrinkage, const std::optional<AnyArray>& mean,
                          std::optional<double> dof, const std::optional<AnyArray>& scale) {
  return {shrinkage, doubles_or_nothing(mean), dof, doubles_or_nothing(scale)};
}

FitResult with_mixture(const FitResult& result, const Mixture& mixture) {
  FitResult other = result;
  other.mixture = mixture;
  return other;
}

void bind_reports(py::module_& module) {
  const double none = -std::numeric_limits<double>::infinity();
  py::class_<StartReport>(module, "StartReport", "How one start went.")
      .def(py::init<std::string, double, int, bool, bool, double>(), py::kw_only(),
           py::arg("origin") = "", py::arg("lower_bound") = none, py::arg("n_iter") = 0,
           py::arg("converged") = false, py::arg("dropped") = false, py::arg("seconds") = 0.0)
      .def_readonly("origin", &StartReport::origin)
      .def_readonly("lower_bound", &StartReport::lower_bound)
      .def_readonly("n_iter", &StartReport::n_iter)
      .def_readonly("converged", &StartReport::converged)
      .def_readonly("dropped", &StartReport::dropped)
      .def_readonly("seconds", &StartReport::seconds);
  py::class_<Repair>(module, "Repair", "One repair of a degenerate component.")
      .def(py::init<int, int, Index, std::string, std::string>(), py::kw_only(),
           py::arg("start") = 0, py::arg("iteration") = 0, py::arg("component") = 0,
           py::arg("reason") = "", py::arg("action") = "")
      .def_readonly("start", &Repair::start)
      .def_readonly("iteration", &Repair::iteration)
      .def_readonly("component", &Repair::component)
      .def_readonly("reason", &Repair::reason)
      .def_readonly("action", &Repair::action);
  py::class_<FitResult>(module, "FitResult", "The best start of a fit, and reports on all.")
      .def(py::init<Mixture, bool, int, double, std::vector<double>, std::vector<StartReport>, int,
                    std::vector<Repair>, double>(),
           py::arg("mixture"), py::kw_only(), py::arg("converged") = false, py::arg("n_iter") = 0,
           py::arg("lower_bound") = none, py::arg("lower_bounds") = std::vector<double>(),
           py::arg("starts") = std::vector<StartReport>(), py::arg("best_start") = 0,
           py::arg("repairs") = std::vector<Repair>(), py::arg("truncation_error") = 0.0,
           "The mixture alone is the result for one that was not fitted.")
      .def("with_mixture", &with_mixture, py::arg("mixture"),
           "The same history for another mixture.")
      .def_readonly("mixture", &FitResult::mixture)
      .def_readonly("converged", &FitResult::converged)
      .def_readonly("n_iter", &FitResult::n_iter)
      .def_readonly("lower_bound", &FitResult::lower_bound)
      .def_readonly("lower_bounds", &FitResult::lower_bounds)
      .def_readonly("starts", &FitResult::starts)
      .def_readonly("best_start", &FitResult::best_start)
      .def_readonly("repairs", &FitResult::repairs)
      .def_readonly("truncation_error", &FitResult::truncation_error);
}

}  // namespace

void bind_fit(py::module_& module) {
  py::class_<ConjugatePrior>(module, "ConjugatePrior", "What is not given is computed by a fit.")
      .def(py::init(&make_prior), py::kw_only(), py::arg("shrinkage") = ConjugatePrior().shrinkage,
           py::arg("mean") = py::none(), py::arg("dof") = py::none(),
           py::arg("scale") = py::none());
  py::class_<SharedStarts, std::shared_ptr<SharedStarts>>(
      module, "SharedStarts",
      "What fits of the same rows, weights, seed and number of components share.")
      .def(py::init<bool>(), py::kw_only(), py::arg("only_diagonal") = false);
  py::class_<StopFlag>(module, "StopFlag", "Has a fit given up that another thread runs.")
      .def(py::init())
      .def("set", &StopFlag::set)
      .def("is_set", &StopFlag::is_set);
  py::register_exception<Stopped>(module, "StoppedError");
  bind_reports(module);
  py::class_<FitOptions>(module, "FitSettings", "What fits are told, whatever their rows are.")
      .def(py::init(&settings), py::kw_only(), py::arg("n_components"), py::arg("covariance_type"),
           py::arg("tol"), py::arg("reg_covar"), py::arg("max_iter"), py::arg("n_init"),
           py::arg("screening"), py::arg("init_params"), py::arg("seed"), py::arg("degenerate"),
           py::arg("acceleration"), py::arg("truncation"), py::arg("prior").none(true),
           py::arg("noise").none(true), py::arg("n_threads"));
  module.def("all_finite", &all_finite_in, py::arg("X"), py::arg("n_threads"),
             "Whether no value of a table is a NaN or an infinity.");
  module.def("fit", &fit_from_python, py::arg("X"), py::arg("sample_weight").none(true),
             py::kw_only(), py::arg("settings"), py::arg("first_responsibilities").none(true),
             py::arg("origin"), py::arg("weights_init").none(true),
             py::arg("means_init").none(true), py::arg("precisions_init").none(true),
             py::arg("known_labels") = py::none(),
             py::arg("component_classes") = std::vector<std::int32_t>(),
             py::arg("previous").none(true), py::arg("previous_lower_bound"),
             py::arg("observer").none(true), py::arg("shared_starts") = py::none(),
             py::arg("checkpoint") = py::none(), py::arg("checkpoint_every") = 0,
             py::arg("resume") = std::vector<FitResult>(), py::arg("stop") = py::none(),
             "Fits a mixture; without the interpreter lock, and stopped by Ctrl-C.");
  module.def("fit_tables", &fit_tables, py::arg("X"), py::arg("sample_weight").none(true),
             py::arg("n_rows"), py::kw_only(), py::arg("settings"), py::arg("stop") = py::none(),
             "Fits a mixture to each of several tables; of one that cannot be fitted, why.");
}

}  // namespace gaussmix::python
