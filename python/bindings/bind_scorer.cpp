// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "gaussmix/predictor.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

// A model of which one row at a time is scored with as little around it as possible. Whatever is
// not plainly a row or a table goes to `convert`, which makes it one or explains what is wrong.
class Scorer {
 public:
  Scorer(Mixture mixture, py::object convert, int n_threads)
      : mixture_(std::move(mixture)), convert_(std::move(convert)), n_threads_(n_threads) {}
  virtual ~Scorer() = default;
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;

  const Mixture& mixture() const { return mixture_; }
  virtual py::object predict(py::handle x) = 0;
  virtual py::object score(py::handle x) = 0;
  virtual py::object responsibilities(py::handle x, py::handle out) = 0;

 protected:
  Mixture mixture_;
  py::object convert_;
  int n_threads_;
};

template <class T>
class ScorerOf final : public Scorer {
 public:
  ScorerOf(const Mixture& mixture, py::object convert, int n_threads)
      : Scorer(mixture, std::move(convert), n_threads), predictor_(mixture) {}

  py::object predict(py::handle x) override {
    return with_rows(
        x,
        [&](const T* row) -> py::object {
          return py::int_(with_workspace([&](auto& p) { return p.predict(row); }));
        },
        [&](TableView<T> rows) -> py::object {
          py::array_t<Index> out(rows.rows);
          fill(out, [&](Index* data) { predictor_.predict(rows, data, n_threads_); });
          return std::move(out);
        });
  }

  py::object score(py::handle x) override {
    return with_rows(
        x,
        [&](const T* row) -> py::object {
          const T value = with_workspace([&](auto& p) { return p.log_density(row); });
          return py::float_(static_cast<double>(value));
        },
        [&](TableView<T> rows) -> py::object {
          py::array_t<T> out(rows.rows);
          fill(out, [&](T* data) { predictor_.log_density(rows, data, n_threads_); });
          return std::move(out);
        });
  }

  py::object responsibilities(py::handle x, py::handle out) override {
    const Index k = predictor_.n_components();
    return with_rows(
        x,
        [&](const T* row) -> py::object {
          auto shares = output(out, {k});
          T* const data = shares.mutable_data();
          with_workspace([&](auto& p) {
            p.responsibilities(row, data);
            return 0;
          });
          return std::move(shares);
        },
        [&](TableView<T> rows) -> py::object {
          auto shares = output(out, {rows.rows, k});
          fill(shares, [&](T* data) { predictor_.responsibilities(rows, data, n_threads_); });
          return std::move(shares);
        });
  }

 private:
  // Calls one(row) or many(rows), whichever x is.
  template <class One, class Many>
  py::object with_rows(py::handle x, const One& one, const Many& many) {
    const Index d = predictor_.n_features();
    if (const auto view = scored_rows<T>(x, d)) {
      return view->single ? one(view->rows.data) : many(view->rows);
    }
    std::array<T, 64> numbers;
    if (d <= static_cast<Index>(numbers.size()) && read_numbers(x, d, numbers.data())) {
      return one(numbers.data());
    }
    const py::object converted = convert_(x);  // keeps the array while it is read
    const auto view = scored_rows<T>(converted, d);
    if (!view) throw py::type_error("x could not be converted to rows");
    return view->single ? one(view->rows.data) : many(view->rows);
  }

  // Calls use(predictor) with a predictor that no other thread uses: without the interpreter lock,
  // in a free-threaded Python, two may come here at once, and the second takes a copy.
  template <class Use>
  auto with_workspace(const Use& use) {
    if (busy_.exchange(true, std::memory_order_acquire)) {
      Predictor<T> own(predictor_);
      return use(own);
    }
    const auto result = use(predictor_);
    busy_.store(false, std::memory_order_release);
    return result;
  }

  template <class Array, class Fill>
  static void fill(Array& out, const Fill& fill) {
    auto* const data = out.mutable_data();
    const py::gil_scoped_release release;
    fill(data);
  }

  // The array to write to: `out`, once it is known to be fit, or for None a new one.
  static py::array_t<T> output(py::handle out, const std::vector<Index>& shape) {
    if (out.is_none()) return py::array_t<T>(shape);
    if (!py::isinstance<py::array>(out)) throw py::type_error("out must be a numpy array or None");
    const auto array = py::reinterpret_borrow<py::array>(out);
    constexpr int kNeeded = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_ |
                            py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
    const bool fits =
        std::equal(shape.begin(), shape.end(), array.shape(), array.shape() + array.ndim());
    if (!fits || !is_of_type<T>(array) || (array.flags() & kNeeded) != kNeeded) {
      throw py::value_error("out must be a writeable, C-contiguous array of " +
                            py::str(py::dtype::of<T>()).template cast<std::string>() +
                            " and shape " +
                            py::repr(py::tuple(py::cast(shape))).template cast<std::string>());
    }
    return py::reinterpret_borrow<py::array_t<T>>(out);
  }

  Predictor<T> predictor_;
  std::atomic<bool> busy_{false};
};

std::unique_ptr<Scorer> make_scorer(const Mixture& mixture, const py::object& convert,
                                    int n_threads) {
  return dispatch(mixture.scalar_type(), [&](auto zero) -> std::unique_ptr<Scorer> {
    return std::make_unique<ScorerOf<decltype(zero)>>(mixture, convert, n_threads);
  });
}

}  // namespace

void bind_scorer(py::module_& module) {
  py::class_<Scorer>(module, "Scorer", "Scores one row, or a table of them.")
      .def(py::init(&make_scorer), py::arg("mixture"), py::arg("convert"), py::arg("n_threads"))
      .def_property_readonly("mixture", &Scorer::mixture, py::return_value_policy::copy)
      .def("predict", &Scorer::predict, py::arg("x"))
      .def("score", &Scorer::score, py::arg("x"))
      .def("responsibilities", &Scorer::responsibilities, py::arg("x"),
           py::arg("out") = py::none());
}

}  // namespace gaussmix::python
