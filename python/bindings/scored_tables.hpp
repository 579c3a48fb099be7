// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "arrays.hpp"

namespace gaussmix::python {

/// What scores tables, a Predictor or a Classifier, of whichever type the mixture has.
template <template <class> class Scored>
struct AnyOf {
  std::variant<Scored<float>, Scored<double>> of_type;

  template <class... Arguments>
  static AnyOf of(const Mixture& mixture, const Arguments&... arguments) {
    return dispatch(mixture.scalar_type(), [&](auto zero) -> AnyOf {
      return {Scored<decltype(zero)>(mixture, arguments...)};
    });
  }
};

template <template <class> class Scored, class T>
TableView<T> view_for(const Scored<T>& /*scored*/, const AnyArray& X) {
  return table_view<T>(X, "X");
}

template <template <class> class Scored, class T>
bool is_table_for(const Scored<T>& scored, py::handle X) {
  const auto found = scored_rows<T>(X, scored.n_features());
  return found && !found->single && found->rows.rows > 0;
}

/// Whether an object is a table that is scored as it lies, with at least one row, and finite.
template <template <class> class Scored>
bool takes(const AnyOf<Scored>& any, py::handle X) {
  return std::visit([&](const auto& scored) { return is_table_for(scored, X); }, any.of_type);
}

/// Calls use(scored, rows) with both of one type, after the rows' sizes are checked.
template <template <class> class Scored, class Use>
auto with_rows(const AnyOf<Scored>& any, const AnyArray& X, const Use& use) {
  return std::visit(
      [&](const auto& scored) {
        const auto rows = view_for(scored, X);
        if (rows.columns != scored.n_features()) {
          throw py::value_error("X has " + std::to_string(rows.columns) + " features, expected " +
                                std::to_string(scored.n_features()));
        }
        return use(scored, rows);
      },
      any.of_type);
}

/// A method that fills a number a row, or width(scored) numbers, of the model's type. The output is
/// allocated before the interpreter is released; only the caller's arrays are touched without it.
template <template <class> class Scored, class Width, class Fill>
auto filling(const Width& width, const Fill& fill) {
  return [=](const AnyOf<Scored>& any, const AnyArray& X, int n_threads) {
    return with_rows(any, X, [&](const auto& scored, auto rows) -> AnyArray {
      using T = std::remove_const_t<std::remove_pointer_t<decltype(rows.data)>>;
      std::vector<Index> shape{rows.rows};
      if (const Index columns = width(scored); columns > 0) shape.push_back(columns);
      py::array_t<T> out(shape);
      T* const data = out.mutable_data();
      const py::gil_scoped_release release;
      fill(scored, rows, data, n_threads);
      return std::move(out);
    });
  };
}

/// Of each row the number of the likeliest component or class.
template <template <class> class Scored>
py::array_t<Index> predict(const AnyOf<Scored>& any, const AnyArray& X, int n_threads) {
  return with_rows(any, X, [&](const auto& scored, auto rows) {
    py::array_t<Index> out(rows.rows);
    Index* const data = out.mutable_data();
    const py::gil_scoped_release release;
    scored.predict(rows, data, n_threads);
    return out;
  });
}

}  // namespace gaussmix::python
