// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "arrays.hpp"
#include "enums.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/kmeans.hpp"
#include "interruptible.hpp"
#include "topics.hpp"

namespace gaussmix::python {
namespace {

using Labels = py::array_t<std::int32_t>;

py::tuple kmeans_from_python(const AnyArray& X, const std::optional<Array<double>>& sample_weight,
                             Index n_clusters, const std::string& init,
                             const std::optional<AnyArray>& centers, int n_init, int max_iter,
                             double tol, std::uint64_t seed, int n_threads) {
  KMeansOptions options;
  options.n_clusters = n_clusters;
  options.init = value_of<KMeansInit>(init);
  if (centers) options.centres = to_doubles(*centers);
  options.n_init = n_init;
  options.max_iter = max_iter;
  options.tol = tol;
  options.seed = seed;
  options.n_threads = n_threads;
  const ScalarType scalar = scalar_type(X);
  KMeansResult result;
  Index columns = 0;
  dispatch(scalar, [&](auto zero) {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const double* const weights = weights_of(sample_weight, rows.rows);
    columns = rows.columns;
    result = interruptible(options, [&] { return kmeans(rows, options, weights); });
  });
  return py::make_tuple(to_array(result.centres, scalar, {n_clusters, columns}),
                        Labels(static_cast<Index>(result.labels.size()), result.labels.data()),
                        result.inertia, result.n_iter);
}

py::tuple nearest_from_python(const AnyArray& X, const std::optional<Array<double>>& sample_weight,
                              const AnyArray& centers, int n_threads) {
  return dispatch(scalar_type(X), [&](auto zero) {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const double* const weights = weights_of(sample_weight, rows.rows);
    const std::vector<double> centres = to_doubles(centers);
    Labels labels(rows.rows);
    std::int32_t* const label = labels.mutable_data();
    double inertia = 0.0;
    {
      const py::gil_scoped_release release;
      inertia = nearest_centres(rows, weights, centres, label, n_threads);
    }
    return py::make_tuple(labels, inertia);
  });
}

AnyArray distances_from_python(const AnyArray& X, const AnyArray& centers, int n_threads) {
  return dispatch(scalar_type(X), [&](auto zero) -> AnyArray {
    const auto rows = table_view<decltype(zero)>(X, "X");
    const std::vector<double> centres = to_doubles(centers);
    py::array_t<decltype(zero)> out(std::vector<Index>{rows.rows, centers.shape(0)});
    auto* const data = out.mutable_data();
    const py::gil_scoped_release release;
    centre_distances(rows, centres, data, n_threads);
    return std::move(out);
  });
}

}  // namespace

void bind_kmeans(py::module_& module) {
  module.def("kmeans", &kmeans_from_python, py::arg("X"), py::arg("sample_weight").none(true),
             py::kw_only(), py::arg("n_clusters"), py::arg("init"), py::arg("centers").none(true),
             py::arg("n_init"), py::arg("max_iter"), py::arg("tol"), py::arg("seed"),
             py::arg("n_threads"),
             "Returns centres, labels, inertia and iterations of the best start; without the "
             "interpreter lock, and stopped by Ctrl-C.");
  module.def("nearest_centers", &nearest_from_python, py::arg("X"),
             py::arg("sample_weight").none(true), py::arg("centers"), py::arg("n_threads"),
             "Returns the label of each row and the inertia.");
  module.def("center_distances", &distances_from_python, py::arg("X"), py::arg("centers"),
             py::arg("n_threads"), "Returns each row's distances to the centres.");
}

}  // namespace gaussmix::python
