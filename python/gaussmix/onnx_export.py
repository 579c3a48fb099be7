"""Mixtures as ONNX graphs; needs the package onnx (the extra `onnx`).

The graph is the centred form: it subtracts each mean from a row and projects the difference on the
factor of the precision, as the core does. Expanding the square would be cheaper, and lose all
digits of float32 where the means are a thousand deviations from the origin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gaussmix._core import Mixture
from gaussmix._types import Floats

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as _error:
    raise ImportError("to_onnx needs the package onnx: pip install 'gaussmix[onnx]'") from _error

OPSET = 18
IR_VERSION = 8
_LOG_2_PI = float(np.log(2 * np.pi))


def export(mixture: Mixture, dtype: DTypeLike = np.float64) -> onnx.ModelProto:
    """Returns the model that `GaussianMixture.to_onnx` describes."""
    dtype = np.dtype(dtype)
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype should be float32 or float64, but got {dtype}")
    graph = helper.make_graph(
        [*_distances(mixture), *_log_joint(mixture), *_densities()],
        "gaussian_mixture",
        [helper.make_tensor_value_info("X", _onnx(dtype), ["n_rows", mixture.n_features])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["n_rows"]),
            helper.make_tensor_value_info(
                "responsibilities", _onnx(dtype), ["n_rows", mixture.n_columns]
            ),
            helper.make_tensor_value_info("log_density", _onnx(dtype), ["n_rows"]),
        ],
        [
            numpy_helper.from_array(array, name)
            for name, array in _constants(mixture, dtype).items()
        ],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="gaussmix",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _onnx(dtype: np.dtype[Any]) -> int:
    return int(helper.np_dtype_to_tensor_dtype(dtype))


def _constants(mixture: Mixture, dtype: np.dtype[Any]) -> dict[str, NDArray[Any]]:
    """The numbers of the graph; what belongs to a component leaves room for rows behind it."""
    floats = {
        "means": mixture.means[:, np.newaxis, :],
        "precisions_cholesky": _factors(mixture),
        "log_normalizers": _log_normalizers(mixture),
        "minus_half": np.array(-0.5),
        "lowest": np.array(np.finfo(dtype).min),
        "zero": np.array(0.0),
        "equal": np.array(1 / mixture.n_columns),
    }
    if mixture.noise is not None:
        floats["log_noise"] = np.array([mixture.noise.log_normalizer])
    constants: dict[str, NDArray[Any]] = {}
    for name, values in floats.items():
        with np.errstate(over="ignore"):
            constants[name] = np.asarray(values).astype(dtype)
        if np.isinf(constants[name]).any() and not np.isinf(values).any():
            raise ValueError(f"{name} does not fit into {dtype}: scale the data, or use float64")
    axes = {"components": 1, "features": 2}
    integers = {name: [axis] for name, axis in axes.items()}
    if mixture.noise is not None:
        integers |= {"one": [1], "n_components": [mixture.n_components], "label_of_noise": [-1]}
    return constants | {name: np.array(value, np.int64) for name, value in integers.items()}


def _factors(mixture: Mixture) -> Floats:
    """The factors in a shape that broadcasts over (n_components, n_rows, n_features)."""
    factors = mixture.precisions_cholesky
    if mixture.covariance_type == "diag":
        return factors[:, np.newaxis, :]
    if mixture.covariance_type == "spherical":
        return factors[:, np.newaxis, np.newaxis]
    return factors


def _log_normalizers(mixture: Mixture) -> NDArray[np.float64]:
    """log w + log |U| - d/2 log 2 pi of each component."""
    factors = mixture.precisions_cholesky.astype(np.float64)
    if mixture.covariance_type in ("full", "tied"):
        log_det = np.log(factors.diagonal(axis1=-2, axis2=-1)).sum(axis=-1)
    elif mixture.covariance_type == "diag":
        log_det = np.log(factors).sum(axis=-1)
    else:
        log_det = mixture.n_features * np.log(factors)
    with np.errstate(divide="ignore"):
        log_weights = np.log(mixture.weights.astype(np.float64))
    normalizers: NDArray[np.float64] = log_weights + log_det - 0.5 * mixture.n_features * _LOG_2_PI
    return normalizers


def _distances(mixture: Mixture) -> list[onnx.NodeProto]:
    """X -> the squared distances (n_components, n_rows): |U^T (x - mu)|^2."""
    project = "MatMul" if mixture.covariance_type in ("full", "tied") else "Mul"
    return [
        helper.make_node("Sub", ["X", "means"], ["deviations"]),
        helper.make_node(project, ["deviations", "precisions_cholesky"], ["projections"]),
        helper.make_node("Mul", ["projections", "projections"], ["squares"]),
        helper.make_node("ReduceSum", ["squares", "features"], ["distances"], keepdims=0),
    ]


def _log_joint(mixture: Mixture) -> list[onnx.NodeProto]:
    """The distances -> log_joint (n_rows, n_columns) and label.

    The noise is the column after the components, with the same log-density in each row, and -1 in
    place of its number.
    """
    node = helper.make_node
    log_joint, label = ("log_joint", "label") if mixture.noise is None else ("gaussians", "column")
    nodes = [
        node("Transpose", ["distances"], ["by_row"], perm=[1, 0]),
        node("Mul", ["by_row", "minus_half"], ["exponents"]),
        node("Add", ["exponents", "log_normalizers"], [log_joint]),
    ]
    if mixture.noise is not None:
        nodes += [
            node("Shape", ["X"], ["n_rows"], end=1),
            node("Concat", ["n_rows", "one"], ["shape_of_noise"], axis=0),
            node("Expand", ["log_noise", "shape_of_noise"], ["noise"]),
            node("Concat", ["gaussians", "noise"], ["log_joint"], axis=1),
        ]
    nodes.append(node("ArgMax", ["log_joint"], [label], axis=1, keepdims=0))
    if mixture.noise is not None:
        nodes += [
            node("Equal", ["column", "n_components"], ["is_noise"]),
            node("Where", ["is_noise", "label_of_noise", "column"], ["label"]),
        ]
    return nodes


def _densities() -> list[onnx.NodeProto]:
    """log_joint -> responsibilities, log_density.

    A row whose every distance overflows has the log-density minus infinity and equal
    responsibilities, as in the core: "lowest" keeps the difference of two infinities out.
    """
    node = helper.make_node
    return [
        node("ReduceMax", ["log_joint", "components"], ["largest"], keepdims=1),
        node("Max", ["largest", "lowest"], ["pivot"]),
        node("Sub", ["log_joint", "pivot"], ["below_pivot"]),
        node("Exp", ["below_pivot"], ["scaled"]),
        node("ReduceSum", ["scaled", "components"], ["total"], keepdims=1),
        node("Log", ["total"], ["log_total"]),
        node("Add", ["pivot", "log_total"], ["log_density_column"]),
        node("Squeeze", ["log_density_column", "components"], ["log_density"]),
        node("Div", ["scaled", "total"], ["shares"]),
        node("Equal", ["total", "zero"], ["impossible"]),
        node("Where", ["impossible", "equal", "shares"], ["responsibilities"]),
    ]
