"""Exported models give the estimator's results in onnxruntime, and in onnx's own evaluator."""

import subprocess
import sys
from typing import Any

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import pytest
from data import Floats, load, noisy, sample_mixture
from gaussmix import GaussianMixture
from gaussmix._types import FAMILIES
from gaussmix.exceptions import NotFittedError


def fitted(X: Any, covariance_type: Any, n_components: int = 3) -> GaussianMixture:
    model = GaussianMixture(
        n_components, covariance_type=covariance_type, random_state=0, max_iter=1000
    )
    return model.fit(X)


def run(exported: onnx.ModelProto, X: Floats) -> tuple[Floats, Floats, Floats]:
    """label, responsibilities and log_density of the rows, from onnxruntime."""
    session = onnxruntime.InferenceSession(
        exported.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    assert [output.name for output in session.get_outputs()] == [
        "label", "responsibilities", "log_density",
    ]  # fmt: skip
    return session.run(None, {"X": X})


def test_float64_gives_the_results_of_the_estimator(X: Floats, covariance_type: str) -> None:
    model = fitted(X, covariance_type)
    label, responsibilities, log_density = run(model.to_onnx(), X)
    assert label.dtype == np.int64
    np.testing.assert_array_equal(label, model.predict(X))
    np.testing.assert_allclose(log_density, model.score_samples(X), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(responsibilities, model.predict_proba(X), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family(X: Floats, family: str) -> None:
    test_float64_gives_the_results_of_the_estimator(X, family)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_onnxs_own_evaluator_agrees(covariance_type: str, dtype: Any) -> None:
    X = load("blobs").astype(dtype)
    exported = fitted(X, covariance_type).to_onnx(dtype=dtype)
    expected = run(exported, X)
    evaluated = onnx.reference.ReferenceEvaluator(exported).run(None, {"X": X})
    for actual, wanted in zip(evaluated, expected, strict=True):
        assert actual.dtype == wanted.dtype
        np.testing.assert_allclose(actual, wanted, rtol=1e-4 if dtype == np.float32 else 1e-11)


def bound(model: GaussianMixture, X: Floats) -> Floats:
    """How far, says `to_onnx`, the log-density of each row may be off in float32."""
    u = 2.0**-24
    k, d = model.means_.shape
    factors = np.broadcast_to(
        {
            "full": lambda U: U,
            "tied": lambda U: U,
            "diag": lambda U: np.stack([np.diag(row) for row in U]),
            "spherical": lambda U: np.stack([value * np.eye(d) for value in U]),
        }[model.covariance_type](model.precisions_cholesky_),
        (k, d, d),
    )
    errors = []
    for mean, U in zip(model.means_, factors, strict=True):
        z = X - mean
        sizes = np.abs(X) + np.abs(mean) + (d + 2) * np.abs(z)
        r = 2 * u * np.linalg.norm(sizes @ np.abs(U), axis=1)
        errors.append(np.linalg.norm(z @ U, axis=1) * r + r**2 / 2)
    return np.max(errors, axis=0) + (k + 8) * u * (1 + np.abs(model.score_samples(X)))


@pytest.mark.parametrize("offset", [0, 1e2, 1e4, 1e6])
def test_float32_is_as_exact_as_documented(covariance_type: str, offset: float) -> None:
    X = sample_mixture(n_samples=500, n_features=5, n_components=4, seed=1) + offset
    model = fitted(X, covariance_type, 4)
    _, responsibilities, log_density = run(model.to_onnx(dtype=np.float32), X.astype(np.float32))
    assert log_density.dtype == responsibilities.dtype == np.float32
    assert (np.abs(log_density - model.score_samples(X)) <= bound(model, X)).all()
    np.testing.assert_allclose(responsibilities.sum(axis=1), 1, atol=1e-5)


def test_float32_far_from_the_origin_is_better_than_an_expanded_square() -> None:
    """That is what skl2onnx exports for diag: x^2 p - 2 x mu p + mu^2 p, in three products."""
    X = sample_mixture(n_samples=500, n_features=5, n_components=4, seed=1) + 1e4
    model = fitted(X, "diag", 1)
    (means,), (precisions,) = model.means_, model.precisions_
    expected = model.score_samples(X)
    log_density = run(model.to_onnx(dtype=np.float32), X.astype(np.float32))[2]
    x, mu, p = (array.astype(np.float32) for array in (X, means, precisions))
    distances = (x**2) @ p - 2 * (x @ (mu * p)) + mu**2 @ p
    normalizer = 0.5 * np.log(precisions).sum() - 2.5 * np.log(2 * np.pi)
    expanded = normalizer - 0.5 * distances
    assert np.abs(log_density - expected).max() < np.abs(expanded - expected).max() / 100


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_of_the_model_does_not_matter(covariance_type: str, dtype: Any) -> None:
    X = load("blobs").astype(np.float32)
    model = fitted(X, covariance_type)
    log_density = run(model.to_onnx(dtype=dtype), X.astype(dtype))[2]
    assert log_density.dtype == dtype
    np.testing.assert_allclose(log_density, model.score_samples(X), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_rows", [0, 1, 7])
def test_any_number_of_rows(covariance_type: str, n_rows: int) -> None:
    X = load("blobs")
    model = fitted(X, covariance_type)
    label, responsibilities, log_density = run(model.to_onnx(), X[:n_rows])
    assert (label.shape, responsibilities.shape) == ((n_rows,), (n_rows, 3))
    np.testing.assert_array_equal(label, model.predict(X)[:n_rows])
    np.testing.assert_allclose(log_density, model.score_samples(X)[:n_rows], rtol=1e-12)


def test_rows_that_are_too_far_for_a_distance(covariance_type: str) -> None:
    model = fitted(load("blobs"), covariance_type)
    far = np.full((1, 3), 1e200)
    label, responsibilities, log_density = run(model.to_onnx(), far)
    assert log_density.tolist() == model.score_samples(far).tolist() == [-np.inf]
    np.testing.assert_array_equal(responsibilities, model.predict_proba(far))
    np.testing.assert_array_equal(label, model.predict(far))


def test_rows_whose_every_density_underflows(covariance_type: str) -> None:
    model = fitted(load("blobs"), covariance_type)
    far = np.array([[1e3, -2e3, 1e4], [-1e5, 1e5, 0]])
    label, responsibilities, log_density = run(model.to_onnx(), far)
    np.testing.assert_allclose(log_density, model.score_samples(far), rtol=1e-12)
    np.testing.assert_allclose(responsibilities, model.predict_proba(far), atol=1e-6)
    np.testing.assert_array_equal(label, model.predict(far))


def test_component_of_weight_zero() -> None:
    model = GaussianMixture.from_parameters([1.0, 0.0], [[0.0], [5.0]], [1.0, 1.0], "spherical")
    label, responsibilities, log_density = run(model.to_onnx(), np.array([[5.0]]))
    assert label.tolist() == [0]
    assert responsibilities.tolist() == [[1, 0]]
    np.testing.assert_allclose(log_density, model.score_samples([[5.0]]), rtol=1e-14)


@pytest.mark.parametrize("n_rows", [0, 1, 600])
def test_noise_has_the_last_column_and_label_minus_one(covariance_type: str, n_rows: int) -> None:
    X = noisy("five")[0]
    model = GaussianMixture(3, covariance_type=covariance_type, noise=True, random_state=0).fit(X)
    X = X[:n_rows]
    exported = model.to_onnx()
    label, responsibilities, log_density = run(exported, X)
    assert label.dtype == np.int64
    assert responsibilities.shape == (n_rows, 4)
    np.testing.assert_array_equal(label, model.predict(X)[:n_rows] if n_rows else [])
    evaluated = onnx.reference.ReferenceEvaluator(exported).run(None, {"X": X})
    np.testing.assert_array_equal(evaluated[0], label)
    if n_rows:
        np.testing.assert_allclose(log_density, model.score_samples(X), rtol=1e-9)
        np.testing.assert_allclose(responsibilities, model.predict_proba(X), atol=1e-12)
        single = run(model.to_onnx(dtype=np.float32), X.astype(np.float32))
        np.testing.assert_allclose(single[2], model.score_samples(X), rtol=1e-4)


def test_format_is_as_documented(covariance_type: str) -> None:
    exported = fitted(load("blobs"), covariance_type).to_onnx()
    assert [(opset.domain, opset.version) for opset in exported.opset_import] == [("", 18)]
    assert exported.ir_version == 8
    assert [value.name for value in exported.graph.input] == ["X"]


def test_what_cannot_be_exported() -> None:
    with pytest.raises(NotFittedError):
        GaussianMixture().to_onnx()
    model = GaussianMixture.from_parameters([1.0], [[1e39]], [1.0], "spherical")
    with pytest.raises(ValueError, match="dtype should be float32 or float64, but got int64"):
        model.to_onnx(dtype=np.int64)
    with pytest.raises(ValueError, match="means does not fit into float32"):
        model.to_onnx(dtype=np.float32)


def test_without_onnx_there_is_an_import_error() -> None:
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "from gaussmix import GaussianMixture\n"
        "model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], 'spherical')\n"
        "try: model.to_onnx()\n"
        "except ImportError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "to_onnx needs the package onnx: pip install 'gaussmix[onnx]'\n"
