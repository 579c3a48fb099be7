"""How two mixtures compare: normwise, each attribute and output by itself, or bit for bit."""

from typing import Any

import numpy as np
from data import Floats
from numpy.typing import ArrayLike, NDArray

PARAMETERS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
TRACE = ("lower_bound_", "lower_bounds_", "n_iter_", "converged_")
OUTPUTS = ("predict", "predict_proba", "score_samples", "bic", "aic")


def results(mixture: Any, X: Floats) -> dict[str, NDArray[Any]]:
    """Everything that a fitted mixture shows: its attributes, and its outputs at X."""
    attributes = {name: getattr(mixture, name) for name in PARAMETERS + TRACE}
    outputs = {name: getattr(mixture, name)(X) for name in OUTPUTS}
    return {name: np.asarray(value) for name, value in (attributes | outputs).items()}


def relative_error(actual: ArrayLike, expected: ArrayLike) -> float:
    """The norm of the difference over the norm of what is expected; 0 for exact zeros."""
    actual, expected = np.ravel(actual).astype(float), np.ravel(expected).astype(float)
    scale = np.abs(expected).max(initial=0) or 1.0
    difference = np.linalg.norm(actual / scale - expected / scale)
    return float(difference / (np.linalg.norm(expected / scale) or 1.0))


def spectra(mixture: Any) -> Floats:
    """The eigenvalues of each covariance matrix of the mixture, ascending, one row a matrix."""
    covariances = np.asarray(mixture.covariances_, dtype=float)
    if mixture.covariance_type == "spherical":
        return covariances[:, np.newaxis]
    if mixture.covariance_type == "diag":
        return np.sort(covariances, axis=1)
    return np.atleast_2d(np.linalg.eigvalsh(covariances))


def condition(mixture: Any) -> float:
    """The largest condition number of the mixture's covariance matrices."""
    eigenvalues = spectra(mixture)
    return float((eigenvalues[:, -1] / eigenvalues[:, 0]).max())


def assert_close(
    actual: Any, expected: Any, X: Floats, tolerance: float, inflation: float = 1.0
) -> None:
    """Every result agrees within `tolerance`, precisions within `tolerance` times `inflation`.

    Real numbers are compared normwise; of counts and labels, the fraction that differs.
    """
    ours, theirs = results(actual, X), results(expected, X)
    for name in ours:
        assert ours[name].shape == theirs[name].shape, name
        allowed = tolerance * (inflation if name.startswith("precisions") else 1)
        if theirs[name].dtype.kind in "biu":
            error = float(np.mean(ours[name] != theirs[name]))
        else:
            error = relative_error(ours[name], theirs[name])
        assert error <= allowed, f"{name} is off by {error:.1e}, allowed is {allowed:.1e}"


def assert_same_bits(actual: Any, expected: Any, X: Floats) -> None:
    """Every result of the two mixtures has the same dtype, shape and bits."""
    assert_same_arrays(results(actual, X), results(expected, X))


def assert_same_arrays(actual: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> None:
    """Arrays of the same name have the same dtype, shape and bits."""
    assert actual.keys() == expected.keys()
    for name in actual:
        assert actual[name].dtype == expected[name].dtype, name
        assert actual[name].shape == expected[name].shape, name
        assert actual[name].tobytes() == expected[name].tobytes(), name


def is_sound(mixture: Any, X: Floats) -> bool:
    """Finite, normalised, positive definite, and with a finite density at every row of X."""
    arrays = [getattr(mixture, name) for name in PARAMETERS] + [mixture.score_samples(X)]
    factors = np.asarray(mixture.precisions_cholesky_)
    if mixture.covariance_type in ("full", "tied"):
        factors = np.diagonal(factors, axis1=-2, axis2=-1)
    return bool(
        all(np.isfinite(array).all() for array in arrays)
        and np.isclose(np.sum(mixture.weights_), 1)
        and (factors > 0).all()
        and np.allclose(mixture.predict_proba(X).sum(axis=1), 1)
    )
