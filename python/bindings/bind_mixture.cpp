// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <tuple>

#include "arrays.hpp"
#include "enums.hpp"
#include "gaussmix/mixture.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

struct Sizes {
  Mixture::Shape shape;
  ScalarType scalar;
};

// What weights and means tell of the mixture; the arrays' lengths are checked by Mixture itself.
Sizes sizes_of(const AnyArray& means, const std::string& covariance_type) {
  if (means.ndim() != 2) throw py::value_error("means must be two-dimensional");
  const bool single = means.dtype().equal(py::dtype::of<float>());
  return {Mixture::Shape::of(covariance_type, means.shape(0), means.shape(1)),
          single ? ScalarType::float32 : ScalarType::float64};
}

Mixture from_covariances(const AnyArray& weights, const AnyArray& means,
                         const AnyArray& covariances, const std::string& covariance_type,
                         const std::optional<Noise>& noise) {
  const auto [shape, scalar] = sizes_of(means, covariance_type);
  return Mixture::from_covariances(shape, scalar, to_doubles(weights), to_doubles(means),
                                   to_doubles(covariances), noise);
}

Mixture from_precisions(const AnyArray& weights, const AnyArray& means, const AnyArray& precisions,
                        const std::string& covariance_type, const std::optional<Noise>& noise) {
  const auto [shape, scalar] = sizes_of(means, covariance_type);
  return Mixture::from_precisions(shape, scalar, to_doubles(weights), to_doubles(means),
                                  to_doubles(precisions), {}, 1, noise);
}

Mixture from_precisions_cholesky(const AnyArray& weights, const AnyArray& means,
                                 const AnyArray& precisions_cholesky,
                                 const std::string& covariance_type,
                                 const std::optional<AnyArray>& covariances,
                                 const std::optional<Noise>& noise) {
  const auto [shape, scalar] = sizes_of(means, covariance_type);
  return Mixture::from_precisions_cholesky(
      shape, scalar, to_doubles(weights), to_doubles(means), to_doubles(precisions_cholesky),
      covariances ? to_doubles(*covariances) : std::vector<double>(), noise);
}

Noise make_noise(double weight, const AnyArray& corner, const AnyArray& widths,
                 const std::optional<AnyArray>& axes) {
  return {weight, to_doubles(corner), to_doubles(widths),
          axes ? to_doubles(*axes) : std::vector<double>()};
}

AnyArray vector_of(const std::vector<double>& values) {
  return to_array(values, ScalarType::float64, {static_cast<Index>(values.size())});
}

void bind_noise(py::module_& module) {
  py::class_<Noise>(module, "Noise", "The noise component of a mixture: a weight, and a box.")
      .def(py::init(&make_noise), py::kw_only(), py::arg("weight"), py::arg("corner"),
           py::arg("widths"), py::arg("axes") = py::none())
      .def_readonly("weight", &Noise::weight)
      .def_property_readonly("corner", [](const Noise& noise) { return vector_of(noise.corner); })
      .def_property_readonly("widths", [](const Noise& noise) { return vector_of(noise.widths); })
      .def_property_readonly("axes",
                             [](const Noise& noise) -> std::optional<AnyArray> {
                               if (noise.axes.empty()) return std::nullopt;
                               const auto d = static_cast<Index>(noise.corner.size());
                               return to_array(noise.axes, ScalarType::float64, {d, d});
                             })
      .def_property_readonly("log_volume", &Noise::log_volume)
      .def_property_readonly("log_normalizer", &Noise::log_normalizer);
}

AnyArray covariance_array(const Mixture& mixture, const std::vector<double>& values) {
  return to_array(values, mixture.scalar_type(), mixture.covariances_shape());
}

}  // namespace

void bind_mixture(py::module_& module) {
  module.def(
      "covariance_families",
      [] {
        std::vector<std::tuple<std::string, std::string, std::string, bool>> table;
        for (const auto& [name, family, type, can_be_accelerated] : covariance_families()) {
          table.emplace_back(name, family, name_of(type), can_be_accelerated);
        }
        return table;
      },
      "All names of covariance families: each with the name that a mixture of it has, the type "
      "that "
      "says how it is stored, and whether EM can be accelerated.");
  bind_noise(module);
  py::class_<Mixture>(module, "Mixture", "An immutable Gaussian mixture.")
      .def_static("from_covariances", &from_covariances, py::arg("weights"), py::arg("means"),
                  py::arg("covariances"), py::arg("covariance_type"), py::arg("noise") = py::none())
      .def_static("from_precisions", &from_precisions, py::arg("weights"), py::arg("means"),
                  py::arg("precisions"), py::arg("covariance_type"), py::arg("noise") = py::none())
      .def_static("from_precisions_cholesky", &from_precisions_cholesky, py::arg("weights"),
                  py::arg("means"), py::arg("precisions_cholesky"), py::arg("covariance_type"),
                  py::arg("covariances") = py::none(), py::arg("noise") = py::none())
      .def_property_readonly("covariance_type",
                             [](const Mixture& m) { return name_of(m.covariance_type()); })
      .def_property_readonly("family", &Mixture::family)
      .def_property_readonly("n_components", &Mixture::n_components)
      .def_property_readonly("n_columns", &Mixture::n_columns)
      .def_property_readonly("n_features", &Mixture::n_features)
      .def_property_readonly("n_parameters", &Mixture::n_parameters)
      .def_property_readonly("noise", &Mixture::noise)
      .def_property_readonly("dtype",
                             [](const Mixture& m) {
                               return dispatch(m.scalar_type(), [](auto zero) {
                                 return py::dtype::of<decltype(zero)>();
                               });
                             })
      .def_property_readonly("weights",
                             [](const Mixture& m) {
                               return to_array(m.weights(), m.scalar_type(), {m.n_components()});
                             })
      .def_property_readonly("means",
                             [](const Mixture& m) {
                               return to_array(m.means(), m.scalar_type(),
                                               {m.n_components(), m.n_features()});
                             })
      .def_property_readonly("covariances",
                             [](const Mixture& m) { return covariance_array(m, m.covariances()); })
      .def_property_readonly("precisions",
                             [](const Mixture& m) { return covariance_array(m, m.precisions()); })
      .def_property_readonly("precisions_cholesky", [](const Mixture& m) {
        return covariance_array(m, m.precisions_cholesky());
      });
}

}  // namespace gaussmix::python
