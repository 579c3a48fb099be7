"""Constructor parameters and users' starts that cannot be used: one clear error each."""

import copy
from typing import Any

import numpy as np
import pytest
from data import COVARIANCE_TYPES, Floats, load, start
from gaussmix import GaussianMixture

INT = "must be an int in the range"
REAL = r"must be a float in the range \[0.0, inf\)"


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n_components", 0, rf"{INT} \[1, inf\)\. Got 0 instead\."),
        ("n_components", 2.0, rf"{INT} \[1, inf\)\. Got 2.0 instead\."),
        ("n_components", True, INT),
        ("n_components", None, INT),
        (
            "covariance_type",
            "round",
            r"must be a str among \{'E', 'EEE', .*'spherical', 'tied'\}",
        ),
        ("covariance_type", None, "must be a str among"),
        ("tol", -1e-9, REAL),
        ("tol", float("nan"), REAL),
        ("tol", float("inf"), REAL),
        ("tol", "1", REAL),
        ("reg_covar", -1, REAL),
        ("reg_covar", False, REAL),
        ("max_iter", -1, rf"{INT} \[0, 2147483647\]"),
        ("max_iter", 2**31, INT),
        ("max_iter", 1.5, INT),
        ("n_init", 0, rf"{INT} \[1, 2147483647\]"),
        ("init_params", "kmean", "must be a str among {'k-means\\+\\+', 'kmeans', 'random', "),
        ("random_state", -1, r"must be an int in the range \[0, 18446744073709551615\], an inst"),
        ("random_state", 2**64, INT),
        ("random_state", "0", INT),
        ("random_state", 0.0, INT),
        ("warm_start", 1, "must be an instance of 'bool'"),
        ("verbose", -1, INT),
        ("verbose_interval", 0, rf"{INT} \[1, inf\)"),
        ("degenerate", "ignore", "must be a str among {'raise', 'repair'}"),
        ("n_jobs", 0, "must be an int other than 0 or None"),
        ("n_jobs", 1.0, "must be an int other than 0 or None"),
        ("callback", 3, "must be a callable or None"),
        ("progress", None, "must be an instance of 'bool' or a class like tqdm"),
    ],
)
def test_bad_parameter(X: Floats, name: str, value: Any, message: str) -> None:
    mixture = GaussianMixture().set_params(**{name: value})
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GaussianMixture {message}"):
        mixture.fit(X)
    assert not mixture.__sklearn_is_fitted__()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_components", np.int32(2)),
        ("tol", np.float32(0.5)),
        ("tol", 1),
        ("reg_covar", 0),
        ("max_iter", np.int64(50)),
        ("warm_start", np.True_),
        ("verbose", False),
        ("random_state", np.uint64(2**64 - 1)),
        ("random_state", np.random),
        ("n_jobs", np.int8(-1)),
        ("n_jobs", 100_000),
        ("progress", np.False_),
    ],
)
def test_good_parameter(X: Floats, name: str, value: Any) -> None:
    mixture = GaussianMixture(max_iter=50).set_params(**{name: value}).fit(X)
    assert mixture.get_params()[name] is value
    assert mixture.predict(X).shape == (len(X),)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score_samples", "score", "bic"])
def test_bad_n_jobs_is_found_in_scoring(X: Floats, method: str) -> None:
    mixture = GaussianMixture().fit(X).set_params(n_jobs=0)
    with pytest.raises(ValueError, match="The 'n_jobs' parameter of GaussianMixture must be"):
        getattr(mixture, method)(X)


def test_bad_random_state_is_found_in_sampling(X: Floats) -> None:
    mixture = GaussianMixture().fit(X).set_params(random_state=-1)
    with pytest.raises(ValueError, match="The 'random_state' parameter of GaussianMixture must"):
        mixture.sample()


# Starts


@pytest.mark.parametrize("given", [("weights",), ("means",), ("precisions",), ("weights", "means")])
@pytest.mark.parametrize("init_params", ["kmeans", "random"])
def test_any_part_of_a_start(
    X: Floats, covariance_type: str, given: tuple[str, ...], init_params: str
) -> None:
    whole = start(X, 3, covariance_type)
    part = {f"{name}_init": whole[f"{name}_init"] for name in given}
    mixture = GaussianMixture(
        3,
        covariance_type=covariance_type,
        init_params=init_params,
        random_state=0,
        max_iter=0,
        **part,
    ).fit(X)
    for name in given:
        np.testing.assert_allclose(getattr(mixture, f"{name}_"), whole[f"{name}_init"], rtol=1e-12)
    np.testing.assert_allclose(mixture.weights_.sum(), 1, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("as_lists", [False, True])
def test_start_is_not_changed(X: Floats, covariance_type: str, dtype: Any, as_lists: bool) -> None:
    whole = start(X, 3, covariance_type)
    for name in ("weights_init", "means_init", "precisions_init"):
        whole[name] = whole[name].tolist() if as_lists else whole[name].astype(dtype)
    before = copy.deepcopy(whole)
    mixture = GaussianMixture(**whole, max_iter=500).fit(X)
    for name, value in before.items():
        assert getattr(mixture, name) is whole[name]
        np.testing.assert_array_equal(whole[name], value)


def test_weights_are_scaled_to_sum_to_1(X: Floats) -> None:
    weights = np.array([0.2, 0.3, 0.5 + 5e-9])
    mixture = GaussianMixture(3, weights_init=weights, max_iter=0).fit(X)
    assert abs(mixture.weights_.sum() - 1) <= 2**-52
    assert weights[2] == 0.5 + 5e-9


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weights_init", [0.5, 0.5], r"The parameter 'weights' should have the shape of \(3,\)"),
        ("weights_init", [[0.2, 0.3, 0.5]], r"'weights' should have the shape of \(3,\), but got"),
        ("weights_init", [0.2, 0.3, 0.6], r"should be normalized, but got sum\(weights\) = 1.10"),
        ("weights_init", [1.2, -0.1, -0.1], r"should be in the range \[0, 1\], but got"),
        ("weights_init", [np.nan, 0.5, 0.5], "Input weights contains NaN"),
        ("weights_init", ["a", "b", "c"], r"not convert string to float: 'a'; weights_init\[0\]"),
        ("weights_init", [1j, 0, 0], "Complex data not supported"),
        ("means_init", np.zeros((3, 2)), r"'means' should have the shape of \(3, 3\), but got"),
        ("means_init", np.full((3, 3), np.inf), "Input means contains infinity"),
    ],
)
def test_bad_start(X: Floats, name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3, **{name: value}).fit(X)


INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])
LOPSIDED = np.array([[1.0, 0.5], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("covariance_type", "value", "message"),
    [
        (
            "full",
            np.ones((2, 2)),
            r"The parameter 'full precision' should have the shape of \(2, 2",
        ),
        ("tied", np.ones((2, 2, 2)), "The parameter 'tied precision' should have the shape of"),
        ("diag", np.ones(2), "The parameter 'diag precision' should have the shape of"),
        ("spherical", np.ones((2, 2)), "The parameter 'spherical precision' should have the shape"),
        ("full", [np.eye(2), INDEFINITE], "'full precision' should be symmetric, positive-defini"),
        ("full", [np.eye(2), LOPSIDED], "'full precision' should be symmetric, positive-definite"),
        ("full", [np.eye(2), np.zeros((2, 2))], "'full precision' should be symmetric, positive"),
        ("tied", INDEFINITE, "'tied precision' should be symmetric, positive-definite"),
        ("tied", LOPSIDED, "'tied precision' should be symmetric, positive-definite"),
        ("diag", [[1, 1], [1, 0]], "'diag precision' should be positive"),
        ("spherical", [1, -1], "'spherical precision' should be positive"),
        ("spherical", [1, np.nan], "Input spherical precision contains NaN"),
    ],
)
def test_bad_precisions(X: Floats, covariance_type: str, value: Any, message: str) -> None:
    mixture = GaussianMixture(2, covariance_type=covariance_type, precisions_init=value)
    with pytest.raises(ValueError, match=message):
        mixture.fit(X[:, :2])


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_precisions_of_unlike_scales_are_positive_definite(covariance_type: str) -> None:
    """A test by eigenvalues would call this matrix indefinite."""
    scales = np.array([1e-100, 1, 1e100])
    precision = np.array([[2, 1, 1], [1, 2, 1], [1, 1, 2]]) * scales[:, np.newaxis] * scales
    precisions = precision if covariance_type == "tied" else np.stack([precision] * 2)
    X = np.random.RandomState(0).standard_normal((50, 3)) / scales
    mixture = GaussianMixture(
        2, covariance_type=covariance_type, precisions_init=precisions, max_iter=0
    ).fit(X)
    np.testing.assert_allclose(mixture.precisions_, precisions, rtol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_asymmetry_of_rounding_is_taken_out(X: Floats, covariance_type: str) -> None:
    precisions = start(X, 2, covariance_type)["precisions_init"]
    if covariance_type in ("full", "tied"):
        precisions[..., 0, 1] += 1e-9
    mixture = GaussianMixture(
        2, covariance_type=covariance_type, precisions_init=precisions, max_iter=0
    ).fit(X)
    np.testing.assert_allclose(mixture.precisions_, precisions, rtol=1e-8, atol=1e-9)


# Models from parameters


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [0.5, 0.4]}, "'weights' should be normalized"),
        ({"weights": [0.5, 0.25, 0.25]}, r"'weights' should have the shape of \(2,\), but got"),
        ({"means": [0.0, 1.0]}, r"'means' should have the shape of \(n_components, n_features\)"),
        ({"means": [[], []]}, r"'means' should have the shape of \(n_components, n_features\)"),
        ({"covariances": [1.0, 0.0]}, "'spherical covariance' should be positive"),
        ({"covariances": [[1.0]]}, r"'spherical covariance' should have the shape of \(2,\)"),
        ({"covariance_type": "ball"}, "The 'covariance_type' parameter of GaussianMixture must be"),
        ({"feature_names": ["a", "b"]}, "feature_names should be 1 strings, but got"),
        ({"feature_names": [1]}, "feature_names should be 1 strings, but got"),
    ],
)
def test_from_parameters_of_no_mixture(change: dict[str, Any], message: str) -> None:
    given = {
        "weights": [0.5, 0.5],
        "means": [[0.0], [1.0]],
        "covariances": [1.0, 2.0],
        "covariance_type": "spherical",
    }
    with pytest.raises(ValueError, match=message):
        GaussianMixture.from_parameters(**(given | change))


def test_from_parameters_of_an_unknown_name() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'seed'"):
        GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical", seed=0)
