"""Marginal and conditional distributions, and mixture regression."""

import json
import re
from typing import Any

import gaussmix
import numpy as np
import pandas as pd
import pytest
from data import ROOT, load
from gaussmix import GaussianMixture
from gaussmix._families import LAYOUTS
from gaussmix._types import COVARIANCE_TYPES
from mixtures import Array, fitted, log_density, made, matrices
from scipy.integrate import quad

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

TYPES = COVARIANCE_TYPES[:18]
KEPT = ("full", "tied", "diag", "spherical", "EII", "VII", "EEI", "VEI", "VVI", "EEE", "VEE", "VVV")
NAMES = ["length", "depth", "flipper", "mass"]


def textbook(model: GaussianMixture, known: list[int], values: Any) -> tuple[Array, Array, Array]:
    """Bishop 2006, equations 2.81 and 2.82, with inverses; weights by Bayes."""
    rest = [i for i in range(model.n_features_in_) if i not in known]
    logs, means, covariances = [], [], []
    for w, m, S in zip(model.weights_, model.means_, matrices(model), strict=True):
        inverse = np.linalg.inv(S[np.ix_(known, known)])
        slope = S[np.ix_(rest, known)] @ inverse
        means.append(m[rest] + slope @ (values - m[known]))
        covariances.append(S[np.ix_(rest, rest)] - slope @ S[np.ix_(known, rest)])
        logs.append(log_density([w], [m[known]], [S[np.ix_(known, known)]], np.array([values]))[0])
    weights = np.exp(np.array(logs) - np.logaddexp.reduce(logs))
    return weights, np.array(means), np.array(covariances)


# Marginal distributions


@pytest.mark.parametrize("covariance_type", TYPES)
def test_marginal_has_the_parameters_of_its_features(covariance_type: str) -> None:
    model = fitted(covariance_type)
    X = np.random.default_rng(0).normal(0, 4, (20, 4))
    for features in ([2], [3, 0], [0, 1, 2, 3], [2, 1, 3]):
        part = model.marginal(features)
        S = matrices(model)[:, features][:, :, features]
        np.testing.assert_array_equal(part.means_, model.means_[:, features])
        np.testing.assert_array_equal(matrices(part), S)
        expected = log_density(model.weights_, part.means_, S, X[:, features])
        np.testing.assert_allclose(part.score_samples(X[:, features]), expected, rtol=1e-11)


def test_marginal_is_the_integral_over_the_others() -> None:
    model = made(3, 2)
    part = model.marginal(1)
    for y in (-2.0, 0.3, 4.0):
        found = quad(lambda x, y=y: np.exp(model.score_samples([[x, y]])[0]), -20, 20, epsabs=1e-13)
        assert np.exp(part.score_samples([[y]])[0]) == pytest.approx(found[0], rel=1e-10)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_family_stays_where_covariances_of_it_remain(covariance_type: str) -> None:
    model = fitted(covariance_type)
    layout = LAYOUTS[covariance_type]
    expected = gaussmix._families.family_of(covariance_type if covariance_type in KEPT else layout)
    for part in (
        model.marginal([2, 0, 1]),
        model.condition(3, 0.5),
        model.condition([3, 1], [0, 1]),
    ):
        assert part.covariance_type == expected
        assert LAYOUTS[part.covariance_type] == layout
        part.fit(np.random.default_rng(0).normal(size=(50, part.n_features_in_)))


@pytest.mark.parametrize("covariance_type", TYPES)
def test_covariances_have_what_their_family_promises(covariance_type: str) -> None:
    """And where equal volumes are lost, the family is."""
    model = fitted(covariance_type)
    for part in (model.condition(3, 0.5), model.marginal([0, 2])):
        covariances = matrices(part)
        volumes = np.linalg.det(covariances)[:, None, None]
        if part.covariance_type in ("EII", "EEI", "tied"):
            np.testing.assert_allclose(covariances, covariances[[0, 0, 0]], rtol=1e-12)
        elif part.covariance_type in ("VEI", "VEE"):
            shapes = covariances / volumes ** (1 / part.n_features_in_)
            np.testing.assert_allclose(shapes, shapes[[0, 0, 0]], rtol=1e-9)
        elif covariance_type in ("EVI", "EVE", "EEV", "EVV"):
            assert np.ptp(volumes) > 1e-3 * volumes.max()


def test_one_feature_of_the_family_e() -> None:
    model = GaussianMixture(2, covariance_type="E", random_state=0).fit(load("line"))
    part = model.marginal(0)
    np.testing.assert_array_equal(part.covariances_, model.covariances_)
    with pytest.raises(ValueError, match="features should leave at least one feature"):
        model.condition(0, 1.0)


# Conditional distributions


@pytest.mark.parametrize("covariance_type", TYPES)
def test_marginal_times_conditional_is_the_joint_density(covariance_type: str) -> None:
    model = fitted(covariance_type)
    X = np.random.default_rng(1).normal(0, 3, (10, 4))
    for known in ([0], [2, 1], [3, 0, 2]):
        rest = [i for i in range(4) if i not in known]
        joint, part = model.score_samples(X), model.marginal(known).score_samples(X[:, known])
        for x, log_p, log_marginal in zip(X, joint, part, strict=True):
            given = model.condition(known, x[known]).score_samples([x[rest]])[0]
            assert log_marginal + given == pytest.approx(log_p, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_condition_is_the_textbooks(covariance_type: str) -> None:
    model = fitted(covariance_type)
    for known, values in (([1], [0.7]), ([3, 0], [-1.0, 2.0]), ([0, 1, 2], [0.0, 1.0, -3.0])):
        given = model.condition(known, values)
        weights, means, covariances = textbook(model, known, values)
        np.testing.assert_allclose(given.weights_, weights, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(given.means_, means, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(matrices(given), covariances, rtol=1e-10, atol=1e-12)


def test_weights_of_values_far_away_are_right() -> None:
    """Where every density is zero in double precision."""
    model = GaussianMixture.from_parameters(
        [0.5, 0.5], [[0, 0], [1, 5]], [[[1, 0.5], [0.5, 2]], [[1, 0.1], [0.1, 1]]]
    )
    given = model.condition(0, 200.0)
    logs = np.array([-0.5 * 200.0**2, -0.5 * 199.0**2])
    np.testing.assert_allclose(given.weights_, np.exp(logs - logs.max()), atol=1e-15)
    np.testing.assert_allclose(given.means_[1], [5 + 0.1 * 199])


def test_nearly_dependent_features_stay_positive_definite() -> None:
    """A difference of covariances would have lost all digits."""
    e = 1e-7
    S = np.array([[1.0, 1.0], [1.0, 1.0 + e**2]])
    model = GaussianMixture.from_parameters([1.0], np.zeros((1, 2)), [S])
    given = model.condition(0, 3.0)
    assert given.covariances_[0, 0, 0] == pytest.approx(S[1, 1] - 1.0, rel=1e-9)
    assert given.means_[0, 0] == pytest.approx(3.0)


def test_features_of_unlike_scales_and_far_from_zero() -> None:
    scales, offsets = np.array([1e-8, 1.0, 1e8]), np.array([0.0, 1e9, -1e12])
    model = made(3, 3)
    moved = GaussianMixture.from_parameters(
        model.weights_,
        model.means_ * scales + offsets,
        model.covariances_ * np.multiply.outer(scales, scales),
    )
    values = np.array([0.25, -0.5])
    given = model.condition([0, 1], values)
    other = moved.condition([0, 1], values * scales[:2] + offsets[:2])
    np.testing.assert_allclose(other.weights_, given.weights_, rtol=1e-5)  # 1e-7 of a deviation
    np.testing.assert_allclose(
        (other.means_ - offsets[2]) / scales[2], given.means_, rtol=1e-5, atol=1e-5
    )
    np.testing.assert_allclose(other.covariances_ / 1e16, given.covariances_, rtol=1e-12)


# Regression


@pytest.mark.parametrize("covariance_type", TYPES)
def test_regression_has_the_moments_of_the_conditional(covariance_type: str) -> None:
    model = fitted(covariance_type)
    X = np.random.default_rng(2).normal(0, 3, (8, 4))
    for known in ([1], [3, 0], [2, 0, 1]):
        means, covariances = model.regress(X[:, known], known)
        alone = model.regress(X[:, known], known, return_cov=False)
        np.testing.assert_array_equal(alone, means)
        for x, mean, covariance in zip(X, means, covariances, strict=True):
            w, m, S = textbook(model, known, x[known])
            np.testing.assert_allclose(mean, w @ m, rtol=1e-10, atol=1e-11)
            second = np.einsum("k,kij->ij", w, S + np.einsum("ki,kj->kij", m, m))
            expected = second - np.outer(w @ m, w @ m)
            np.testing.assert_allclose(covariance, expected, rtol=1e-9, atol=1e-10)


def test_regression_is_the_integral_over_the_density() -> None:
    model = made(3, 2, seed=4)
    means, covariances = model.regress([[-1.0], [0.5], [3.0]], [0])
    for x, mean, covariance in zip(
        (-1.0, 0.5, 3.0), means[:, 0], covariances[:, 0, 0], strict=True
    ):
        moments = [
            quad(
                lambda y, x=x, p=p: y**p * np.exp(model.score_samples([[x, y]])[0]),
                *(-15, 15), epsabs=1e-14, limit=200,
            )[0]
            for p in range(3)
        ]  # fmt: skip
        assert mean == pytest.approx(moments[1] / moments[0], abs=1e-9)
        variance = moments[2] / moments[0] - (moments[1] / moments[0]) ** 2
        assert covariance == pytest.approx(variance, abs=1e-8)


def test_one_component_is_linear_regression() -> None:
    """Of the rows that it is the maximum-likelihood Gaussian of: least squares by NumPy."""
    X = load("penguins")
    model = GaussianMixture(1, reg_covar=0).fit(X)
    means, covariances = model.regress(X[:, :3], [0, 1, 2])
    design = np.column_stack([np.ones(len(X)), X[:, :3]])
    coefficients, (squares,), *_ = np.linalg.lstsq(design, X[:, 3], rcond=None)
    np.testing.assert_allclose(means[:, 0], design @ coefficients, rtol=1e-9)
    np.testing.assert_allclose(covariances.ravel(), squares / len(X), rtol=1e-9)


def test_figures_of_gmr() -> None:
    """tests/reference/gmr.json has what another library finds for the same mixture."""
    reference = json.loads((ROOT / "tests" / "reference" / "gmr.json").read_text())
    model = GaussianMixture.from_parameters(
        reference["weights"], reference["means"], reference["covariances"]
    )
    X = load("penguins")[:: reference["step"]]
    for case in reference["cases"]:
        known = case["known"]
        means, covariances = model.regress(X[:, known], known)
        np.testing.assert_allclose(means, case["predicted"], rtol=1e-12)
        np.testing.assert_allclose(covariances[0], case["covariance"], rtol=1e-10, atol=1e-10)
        given = model.condition(known, X[0, known])
        np.testing.assert_allclose(given.weights_, case["priors"], rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(given.means_, case["means"], rtol=1e-12)
        np.testing.assert_allclose(given.covariances_, case["covariances"], rtol=1e-10)


def test_regression_far_from_zero() -> None:
    model = made(3, 3, seed=1)
    moved = GaussianMixture.from_parameters(
        model.weights_, model.means_ + 2.0**27, model.covariances_
    )
    X = np.random.default_rng(0).integers(-64, 64, (30, 1)) / 16
    means, covariances = model.regress(X, 1)
    other_means, other_covariances = moved.regress(X + 2.0**27, 1)
    np.testing.assert_allclose(other_means - 2.0**27, means, atol=1e-6)
    np.testing.assert_allclose(other_covariances, covariances, rtol=1e-6, atol=1e-6)


def test_many_rows_are_as_one_by_one() -> None:
    model = made(4, 3, n_jobs=2)
    X = model.sample(70_000)[0][:, [2, 0]]
    means, covariances = model.regress(X, [2, 0])
    for i in (0, 1, 33_333, 69_999):
        mean, covariance = model.set_params(n_jobs=1).regress(X[i : i + 1], [2, 0])
        np.testing.assert_allclose(means[i], mean[0], rtol=1e-14)
        np.testing.assert_allclose(covariances[i], covariance[0], rtol=1e-13)


# What holds for all of them


@pytest.mark.parametrize("covariance_type", TYPES)
def test_float32_is_near_float64(covariance_type: str) -> None:
    single = fitted(covariance_type, np.float32)
    double = GaussianMixture.from_parameters(
        single.weights_ / single.weights_.sum(dtype=float),
        single.means_.astype(float),
        single.covariances_.astype(float),
        covariance_type,
    )
    X = np.random.default_rng(2).normal(0, 3, (8, 2)).astype(np.float32)
    assert single.marginal([0, 1]).means_.dtype == np.float32
    one, two = single.condition([3, 0], X[0]), double.condition([3, 0], X[0])
    assert one.means_.dtype == np.float32
    np.testing.assert_allclose(one.means_, two.means_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(matrices(one), matrices(two), rtol=1e-4, atol=1e-4)
    for got, expected in zip(single.regress(X, [3, 0]), double.regress(X, [3, 0]), strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_names_work_where_numbers_do() -> None:
    frame = pd.DataFrame(load("penguins"), columns=NAMES)
    model = GaussianMixture(3, random_state=0).fit(frame)
    part, same = model.marginal(["mass", "depth"]), model.marginal([3, 1])
    assert part.feature_names_in_.tolist() == ["mass", "depth"]
    np.testing.assert_array_equal(part.means_, same.means_)
    part.score_samples(frame[["mass", "depth"]])  # of these names, else it warns
    given = model.condition("mass", 4000)
    assert given.feature_names_in_.tolist() == ["length", "depth", "flipper"]
    np.testing.assert_array_equal(given.means_, model.condition([3], [4000.0]).means_)
    mean = model.regress(frame[["mass", "depth"]], ["mass", "depth"], return_cov=False)
    np.testing.assert_array_equal(
        mean, model.regress(load("penguins")[:, [3, 1]], [3, 1], return_cov=False)
    )
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        model.regress(frame[["depth", "mass"]], ["mass", "depth"])


def test_results_are_fitted_mixtures_of_their_own(tmp_path: Any) -> None:
    model = made(3, 3, random_state=7, n_jobs=1)
    given = model.condition(0, 1.0)
    assert (given.n_components, given.random_state, given.n_jobs) == (3, 7, 1)
    assert given.sample(5)[0].shape == (5, 2)
    given.save(tmp_path / "given.safetensors")
    loaded = gaussmix.load(tmp_path / "given.safetensors")
    np.testing.assert_array_equal(loaded.means_, given.means_)


@pytest.mark.parametrize(
    ("features", "error", "message"),
    [
        ([], ValueError, "features should name at least one feature, but it is empty"),
        ([0, 0], ValueError, "features should name each feature once, but got [0, 0]"),
        ([0, "a"], ValueError, "features should name each feature once, but got [0, 'a']"),
        (4, ValueError, "there is no feature 4: the mixture has 3, numbered from 0"),
        (-1, ValueError, "there is no feature -1: the mixture has 3, numbered from 0"),
        ("d", ValueError, "there is no feature 'd': the mixture has ['a', 'b', 'c']"),
        (1.0, TypeError, "a feature should be an int or a str, but got 1.0"),
        (True, TypeError, "a feature should be an int or a str, but got True"),
        (None, TypeError, "a feature should be an int or a str, but got None"),
        (["a", 2.5], TypeError, "a feature should be an int or a str, but got 2.5"),
    ],
)
def test_what_is_no_feature_is_an_error(
    features: Any, error: type[Exception], message: str
) -> None:
    model = made(2, 3, feature_names=["a", "b", "c"])
    for ask in (
        model.marginal,
        lambda f: model.condition(f, [0.0]),
        lambda f: model.regress([[0.0]], f),
    ):
        with pytest.raises(error, match=re.escape(message)):
            ask(features)


def test_wrong_arguments_are_errors() -> None:
    model = made(2, 3)
    with pytest.raises(ValueError, match="the mixture has no feature names, use numbers"):
        model.marginal("a")
    for ask in (lambda f: model.condition(f, [0, 0, 0]), lambda f: model.regress([[0, 0, 0]], f)):
        with pytest.raises(ValueError, match="features should leave at least one feature"):
            ask([2, 0, 1])
    with pytest.raises(ValueError, match=re.escape("values should be 2 numbers, one for each")):
        model.condition([0, 1], [1.0])
    with pytest.raises(ValueError, match="values should be finite"):
        model.condition([0, 1], [1.0, np.nan])
    with pytest.raises(ValueError, match="could not convert string to float: 'x'"):
        model.condition(0, "x")
    with pytest.raises(ValueError, match="X_known should have a column for each of the 2 features"):
        model.regress([[1.0]], [0, 1])
    with pytest.raises(ValueError, match="contains NaN"):
        model.regress([[np.nan]], 0)
    with pytest.raises(gaussmix.exceptions.NotFittedError):
        GaussianMixture().marginal(0)


def test_float32_is_that_of_the_factors() -> None:
    """The stored covariances are rounded: of features that nearly depend on each other too much."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1000, 500)
    for deviation in (3.0, 1.0, 0.3):
        X = np.column_stack([x, x + rng.normal(0, deviation, 500)])
        single = GaussianMixture(1).fit(X.astype(np.float32))
        expected = 1 / float(single.precisions_cholesky_[0, 1, 1]) ** 2
        found = single.condition([0], [0.0])
        assert found.means_.dtype == np.float32
        assert found.covariances_.ravel() == pytest.approx(expected, rel=1e-5)
        assert single.marginal([1, 0]).means_.dtype == np.float32
        assert np.isfinite(single.cdf(X[:2].astype(np.float32))).all()
