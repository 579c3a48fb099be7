"""The class: its parameters, attributes and methods, and what they mean."""

import copy
import doctest
import inspect
import pickle
import pickletools
import threading
import warnings
from pathlib import Path
from typing import Any

import gaussmix.exceptions
import gaussmix.mixture
import numpy as np
import pytest
from compare import PARAMETERS, assert_same_bits
from data import COVARIANCE_TYPES, DATA_SETS, Floats, load, start
from gaussmix import GaussianMixture

SUMMARY = ("converged_", "n_iter_", "lower_bound_", "lower_bounds_", "fit_report_")


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


@pytest.fixture
def fitted(X: Floats) -> GaussianMixture:
    return GaussianMixture(3, random_state=0, max_iter=500).fit(X)


def summary(mixture: GaussianMixture) -> dict[str, Any]:
    return {name: getattr(mixture, name) for name in SUMMARY}


def parameters(covariance_type: str = "full", dtype: Any = np.float64) -> dict[str, Any]:
    """Two components in two dimensions."""
    covariances = {
        "full": [[[2, 0.5], [0.5, 1]], [[1, 0], [0, 3]]],
        "tied": [[2, 0.5], [0.5, 1]],
        "diag": [[2, 1], [1, 3]],
        "spherical": [2, 3],
    }[covariance_type]
    return {
        "weights": np.array([0.25, 0.75], dtype),
        "means": np.array([[0, 0], [10, 5]], dtype),
        "covariances": np.array(covariances, dtype),
    }


# The constructor


def test_parameters_in_order_with_their_defaults() -> None:
    signature = inspect.signature(GaussianMixture)
    assert {name: p.default for name, p in signature.parameters.items()} == {
        "n_components": 1,
        "covariance_type": "full",
        "tol": 1e-3,
        "reg_covar": 1e-6,
        "max_iter": 100,
        "n_init": 1,
        "init_params": "kmeans",
        "weights_init": None,
        "means_init": None,
        "precisions_init": None,
        "random_state": None,
        "warm_start": False,
        "verbose": 0,
        "verbose_interval": 10,
        "degenerate": "repair",
        "prior": None,
        "noise": None,
        "acceleration": None,
        "truncation": 0.0,
        "n_jobs": None,
        "callback": None,
        "progress": False,
    }
    positional = [p for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert [p.name for p in positional] == ["n_components"]


def test_repr_shows_what_differs_from_the_defaults() -> None:
    mixture = GaussianMixture(2, means_init=np.zeros((2, 1)), random_state=0)
    assert repr(GaussianMixture()) == "GaussianMixture()"
    assert repr(mixture) == (
        "GaussianMixture(n_components=2, means_init=array([[0.], [0.]]), random_state=0)"
    )


def test_set_params_of_an_unknown_name_sets_nothing() -> None:
    mixture = GaussianMixture()
    with pytest.raises(ValueError, match=r"Invalid parameter 'k' for estimator GaussianMixture"):
        mixture.set_params(n_components=3, k=3)
    assert mixture.n_components == 1


# Fitting


def test_fit_returns_the_estimator_and_sets_every_attribute(
    X: Floats, covariance_type: str
) -> None:
    mixture = GaussianMixture(3, covariance_type=covariance_type, random_state=0, max_iter=500)
    assert mixture.fit(X) is mixture
    shapes = {"full": (3, 3, 3), "tied": (3, 3), "diag": (3, 3), "spherical": (3,)}
    for name in PARAMETERS[2:]:
        assert getattr(mixture, name).shape == shapes[covariance_type], name
    assert mixture.weights_.shape == (3,)
    assert mixture.means_.shape == (3, 3)
    assert mixture.converged_ is True
    assert len(mixture.lower_bounds_) == mixture.n_iter_
    assert mixture.lower_bounds_[-1] == mixture.lower_bound_
    assert mixture.n_features_in_ == 3
    assert not hasattr(mixture, "feature_names_in_")


def test_y_is_ignored(X: Floats) -> None:
    mixture = GaussianMixture(2, random_state=0)
    labels = mixture.fit_predict(X, "anything")
    assert (mixture.fit(X, object()).predict(X) == labels).all()
    assert mixture.score(X, object()) == mixture.score(X)


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@pytest.mark.parametrize(
    ("name", "max_iter"), [("blobs", 0), ("blobs", 1), ("blobs", 100), *((n, 4) for n in DATA_SETS)]
)
def test_fit_predict_is_fit_and_predict(name: str, covariance_type: str, max_iter: int) -> None:
    X = load(name)
    mixture = GaussianMixture(
        4, covariance_type=covariance_type, random_state=1, max_iter=max_iter, n_init=2
    )
    labels = mixture.fit_predict(X)
    assert labels.dtype == np.intp
    assert (labels == mixture.predict(X)).all()
    assert (labels == copy.copy(mixture).fit(X).predict(X)).all()


@pytest.mark.parametrize("name", DATA_SETS)
def test_max_iter_0_with_a_whole_start_is_that_start(name: str, covariance_type: str) -> None:
    X = load(name)
    given = start(X, 3, covariance_type)
    mixture = GaussianMixture(**given, max_iter=0).fit(X)
    np.testing.assert_allclose(mixture.weights_, given["weights_init"], rtol=1e-15)
    np.testing.assert_array_equal(mixture.means_, given["means_init"])
    np.testing.assert_allclose(mixture.precisions_, given["precisions_init"], rtol=1e-14)
    assert mixture.n_iter_ == 0
    assert mixture.converged_ is False
    assert mixture.lower_bounds_ == []
    assert mixture.lower_bound_ == -np.inf


def test_best_start_alone_counts(X: Floats) -> None:
    mixture = GaussianMixture(4, n_init=8, random_state=0, init_params="random", max_iter=500)
    report = mixture.fit(X).fit_report_
    best = report.starts[report.best_start]
    assert len(report.starts) == 5 * 8  # with those that vary the best
    assert len({s.lower_bound for s in report.starts}) > 1
    assert best.lower_bound == max(s.lower_bound for s in report.starts) == mixture.lower_bound_
    assert (best.n_iter, best.converged) == (mixture.n_iter_, mixture.converged_)


def test_warns_with_the_best_start_unconverged(X: Floats) -> None:
    message = r"Best performing initialization did not converge\. Try different init parameters"
    with pytest.warns(gaussmix.exceptions.ConvergenceWarning, match=message) as caught:
        GaussianMixture(3, max_iter=1).fit(X)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("method", ["fit", "fit_predict"])
def test_fit_that_raises_changes_nothing(X: Floats, fitted: GaussianMixture, method: str) -> None:
    before = copy.deepcopy(fitted)
    with pytest.raises(ValueError, match="contains NaN"):
        getattr(fitted, method)(np.full((5, 3), np.nan))
    fitted.max_iter = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(gaussmix.exceptions.ConvergenceWarning):
            getattr(fitted, method)(X + 1)
    assert_same_bits(fitted, before, X)


def test_fitting_again_forgets_the_first_fit(X: Floats, fitted: GaussianMixture) -> None:
    fresh = GaussianMixture(**fitted.get_params()).fit(X[:100, :2])
    assert_same_bits(fitted.fit(X[:100, :2]), fresh, X[:, :2])


# Warm starts


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
def test_warm_start_goes_on(X: Floats, covariance_type: str) -> None:
    settings = start(X, 3, covariance_type) | {"tol": 0}
    whole = GaussianMixture(**settings, max_iter=5).fit(X)
    parts = GaussianMixture(**settings, max_iter=2, warm_start=True).fit(X)
    parts.set_params(max_iter=3, n_init=7).fit(X)
    np.testing.assert_allclose(parts.means_, whole.means_, rtol=1e-12)
    np.testing.assert_allclose(parts.lower_bounds_, whole.lower_bounds_[2:], rtol=1e-12)
    assert len(parts.fit_report_.starts) == 1


def test_warm_start_converges_against_the_bound_before(X: Floats) -> None:
    mixture = GaussianMixture(3, warm_start=True, random_state=0, max_iter=500).fit(X)
    assert mixture.fit(X).n_iter_ == 1
    assert mixture.converged_


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_components": 2}, "n_components was 3 then and is 2 now"),
        ({"covariance_type": "diag"}, "covariance_type was full then and is diag now"),
    ],
)
def test_warm_start_needs_the_same_kind_of_model(
    X: Floats, fitted: GaussianMixture, change: dict[str, Any], message: str
) -> None:
    fitted.set_params(warm_start=True, **change)
    with pytest.raises(ValueError, match=message):
        fitted.fit(X)


def test_warm_start_needs_the_same_kind_of_data(X: Floats, fitted: GaussianMixture) -> None:
    fitted.set_params(warm_start=True)
    with pytest.raises(ValueError, match="the number of features was 3 then and is 2 now"):
        fitted.fit(X[:, :2])
    with pytest.raises(ValueError, match="the dtype of X was float64 then and is float32 now"):
        fitted.fit(X.astype(np.float32))


def test_warm_start_from_parameters(X: Floats) -> None:
    given = start(X, 3, "diag")
    covariances = 1 / given["precisions_init"]
    mixture = GaussianMixture.from_parameters(
        given["weights_init"],
        given["means_init"],
        covariances,
        "diag",
        warm_start=True,
        max_iter=500,
    )
    cold = GaussianMixture(**given, max_iter=500).fit(X)
    np.testing.assert_allclose(mixture.fit(X).means_, cold.means_, rtol=1e-8)


# Random numbers


@pytest.mark.parametrize(
    "make",
    [
        lambda: 7,
        lambda: np.int64(7),
        lambda: 2**64 - 1,
        lambda: np.random.RandomState(7),
        lambda: np.random.default_rng(7),
    ],
    ids=["int", "numpy int", "largest int", "RandomState", "Generator"],
)
def test_random_state_repeats_a_fit_and_a_sample(X: Floats, make: Any) -> None:
    one, two = (GaussianMixture(3, init_params="random", max_iter=0) for _ in range(2))
    assert_same_bits(
        one.set_params(random_state=make()).fit(X), two.set_params(random_state=make()).fit(X), X
    )
    np.testing.assert_array_equal(one.sample(50)[0], two.sample(50)[0])


def test_random_state_none_draws_from_numpys_global_state(X: Floats) -> None:
    def fit_and_sample() -> tuple[Floats, Floats]:
        mixture = GaussianMixture(3, init_params="random", max_iter=0).fit(X)
        return mixture.means_, mixture.sample(5)[0]

    state = np.random.get_state()
    first, second = fit_and_sample(), fit_and_sample()
    np.random.set_state(state)
    again = fit_and_sample()
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != second[0]).any()


def test_generators_go_on_and_ints_repeat(X: Floats) -> None:
    drawn = GaussianMixture(
        3, init_params="random", max_iter=0, random_state=np.random.RandomState(0)
    )
    assert (drawn.fit(X).means_ != drawn.fit(X).means_).any()
    assert (drawn.sample(5)[0] != drawn.sample(5)[0]).any()
    fixed = drawn.set_params(random_state=0)
    assert (fixed.fit(X).means_ == fixed.fit(X).means_).all()
    assert (fixed.sample(5)[0] == fixed.sample(5)[0]).all()


# Scoring


def test_scoring_without_a_fit(X: Floats) -> None:
    message = (
        "This GaussianMixture instance is not fitted yet. Call 'fit' with appropriate arguments "
        "before using this estimator."
    )
    for call in ("predict", "predict_proba", "score_samples", "score", "bic", "aic"):
        with pytest.raises(gaussmix.exceptions.NotFittedError, match=message):
            getattr(GaussianMixture(), call)(X)
    with pytest.raises(gaussmix.exceptions.NotFittedError, match=message):
        GaussianMixture().sample()
    for name in (*PARAMETERS, *SUMMARY, "n_features_in_", "feature_names_in_"):
        assert not hasattr(GaussianMixture(), name), name


def test_outputs_agree_with_each_other(X: Floats, fitted: GaussianMixture) -> None:
    probabilities = fitted.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_array_equal(fitted.predict(X), probabilities.argmax(axis=1))
    np.testing.assert_allclose(fitted.score(X), fitted.score_samples(X).mean(), rtol=1e-13)
    n, p = len(X), 3 * (3 + 6) + 2
    np.testing.assert_allclose(fitted.aic(X), -2 * n * fitted.score(X) + 2 * p)
    np.testing.assert_allclose(fitted.bic(X), -2 * n * fitted.score(X) + np.log(n) * p)


def test_float32_in_float32_out(X: Floats, covariance_type: str) -> None:
    single = X.astype(np.float32)
    mixture = GaussianMixture(3, covariance_type=covariance_type, random_state=0, max_iter=500)
    mixture.fit(single)
    for name in PARAMETERS:
        assert getattr(mixture, name).dtype == np.float32, name
    for rows in (single, X):
        assert mixture.predict_proba(rows).dtype == np.float32
        assert mixture.score_samples(rows).dtype == np.float32
    assert mixture.sample(3)[0].dtype == np.float32
    assert isinstance(mixture.score(single), float)
    with pytest.raises(ValueError, match=r"too large for dtype\('float32'\)"):
        mixture.predict([[1e39, 0, 0]])
    assert GaussianMixture(2).fit(X).score_samples(single).dtype == np.float64


# Sampling


def test_sample_has_the_mixtures_moments(covariance_type: str) -> None:
    given = parameters(covariance_type)
    mixture = GaussianMixture.from_parameters(
        **given, covariance_type=covariance_type, random_state=0
    )
    X, labels = mixture.sample(40_000)
    assert X.shape == (40_000, 2)
    assert (np.diff(labels) >= 0).all()
    np.testing.assert_allclose(np.bincount(labels) / 40_000, given["weights"], atol=0.01)
    eye = np.eye(2)
    for j in range(2):
        c = given["covariances"]
        expected = {"full": c[j], "tied": c, "diag": eye * c[j], "spherical": eye * c[j]}
        np.testing.assert_allclose(X[labels == j].mean(axis=0), given["means"][j], atol=0.08)
        np.testing.assert_allclose(np.cov(X[labels == j].T), expected[covariance_type], atol=0.1)


@pytest.mark.parametrize("n_samples", [0, -1, 1.5, "2"])
def test_sample_needs_a_count(fitted: GaussianMixture, n_samples: Any) -> None:
    with pytest.raises(ValueError, match="Invalid value for 'n_samples'"):
        fitted.sample(n_samples)


def test_sample_of_one_component_and_of_one_row(fitted: GaussianMixture) -> None:
    X, labels = fitted.sample()
    assert X.shape == (1, 3)
    assert labels.shape == (1,)
    assert labels.dtype == np.intp


# Models from parameters, and parameters that are assigned


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_from_parameters(covariance_type: str, dtype: Any) -> None:
    given = parameters(covariance_type, dtype)
    mixture = GaussianMixture.from_parameters(
        **given, covariance_type=covariance_type, tol=0.5, feature_names=["a", "b"]
    )
    for name, array in given.items():
        shown = getattr(mixture, f"{name}_")
        assert shown.dtype == dtype
        np.testing.assert_array_equal(shown, array)
    assert (mixture.n_components, mixture.covariance_type) == (2, covariance_type)
    assert mixture.tol == 0.5
    assert list(mixture.feature_names_in_) == ["a", "b"]
    assert mixture.n_features_in_ == 2
    assert summary(mixture) | {"fit_report_": None} == {
        "converged_": False,
        "n_iter_": 0,
        "lower_bound_": -np.inf,
        "lower_bounds_": [],
        "fit_report_": None,
    }
    assert str(mixture.fit_report_) == "not fitted to data: the parameters were given"


def test_from_parameters_of_a_fit_is_the_fit(X: Floats, covariance_type: str) -> None:
    fit = GaussianMixture(3, covariance_type=covariance_type, random_state=0, max_iter=500).fit(X)
    copied = GaussianMixture.from_parameters(
        fit.weights_, fit.means_, fit.covariances_, covariance_type
    )
    np.testing.assert_allclose(copied.score_samples(X), fit.score_samples(X), rtol=1e-12)


def test_fitted_arrays_are_read_only(fitted: GaussianMixture) -> None:
    for name in PARAMETERS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(fitted, name)[...] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            getattr(fitted, name).flags.writeable = True
    with pytest.raises(AttributeError):
        fitted.converged_ = True


@pytest.mark.parametrize("name", ["covariances_", "precisions_", "precisions_cholesky_"])
def test_assigned_covariance_changes_its_other_forms(
    X: Floats, covariance_type: str, name: str
) -> None:
    settings = {"covariance_type": covariance_type, "random_state": 0, "max_iter": 500}
    one = GaussianMixture(3, **settings).fit(X)
    two = GaussianMixture(3, **settings).fit(2 * X + 1)
    two.means_, two.weights_ = one.means_, one.weights_
    setattr(two, name, getattr(one, name))
    for parameter in PARAMETERS:
        np.testing.assert_allclose(
            getattr(two, parameter), getattr(one, parameter), rtol=1e-10, atol=1e-12
        )
    np.testing.assert_allclose(two.score_samples(X), one.score_samples(X), rtol=1e-10)


def test_assigned_weights_and_means_take_effect(X: Floats, fitted: GaussianMixture) -> None:
    before = fitted.score_samples(X)
    covariances = fitted.covariances_
    fitted.means_ = fitted.means_ + 1
    np.testing.assert_allclose(fitted.score_samples(X + 1), before, rtol=1e-9)
    fitted.weights_ = [0, 1, 0]
    assert (fitted.predict(X) == 1).all()
    np.testing.assert_array_equal(fitted.covariances_, covariances)


def test_lower_triangular_factors_are_understood(X: Floats, fitted: GaussianMixture) -> None:
    """What np.linalg.cholesky makes of precisions is a common thing to assign."""
    before = fitted.score_samples(X)
    fitted.precisions_cholesky_ = np.linalg.cholesky(fitted.precisions_)
    np.testing.assert_allclose(fitted.score_samples(X), before, rtol=1e-9)
    np.testing.assert_array_equal(fitted.precisions_cholesky_, np.triu(fitted.precisions_cholesky_))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weights_", [0.5, 0.5], r"'weights' should have the shape of \(3,\), but got \(2,\)"),
        ("weights_", [0.5, 0.5, 0.5], "'weights' should be normalized"),
        ("weights_", [1.5, -0.5, 0], r"'weights' should be in the range \[0, 1\]"),
        ("means_", np.zeros((3, 2)), r"'means' should have the shape of \(3, 3\)"),
        ("means_", np.full((3, 3), np.nan), "Input means contains NaN"),
        ("covariances_", np.zeros((3, 3, 3)), "should be symmetric, positive-definite"),
        ("covariances_", np.eye(3), "'covariances' should have the shape of"),
        ("precisions_", -np.stack([np.eye(3)] * 3), "should be symmetric, positive-definite"),
        ("precisions_cholesky_", np.ones((3, 3, 3)), "should be triangular"),
    ],
)
def test_assigning_what_does_not_fit_raises_and_changes_nothing(
    X: Floats, fitted: GaussianMixture, name: str, value: Any, message: str
) -> None:
    before = copy.deepcopy(fitted)
    with pytest.raises(ValueError, match=message):
        setattr(fitted, name, value)
    assert_same_bits(fitted, before, X)


@pytest.mark.parametrize("form", ["covariances_", "precisions_", "precisions_cholesky_"])
def test_model_made_by_assigning_pieces(X: Floats, covariance_type: str, form: str) -> None:
    fit = GaussianMixture(3, covariance_type=covariance_type, random_state=0, max_iter=500).fit(X)
    made = GaussianMixture(3, covariance_type=covariance_type)
    made.weights_ = fit.weights_
    np.testing.assert_array_equal(made.weights_, fit.weights_)
    setattr(made, form, getattr(fit, form))
    assert not made.__sklearn_is_fitted__()
    made.means_ = fit.means_
    made.covariances_ = fit.covariances_
    np.testing.assert_allclose(made.score_samples(X), fit.score_samples(X), rtol=1e-10)


def test_pieces_have_to_be_those_of_n_components() -> None:
    made = GaussianMixture(3)
    made.weights_ = [0.5, 0.5]
    made.means_ = [[0.0], [1.0]]
    with pytest.raises(ValueError, match="n_components is 3, but weights_ and means_ are those of"):
        made.covariances_ = [[[1.0]], [[1.0]]]
    made.set_params(n_components=2)
    made.covariances_ = [[[1.0]], [[1.0]]]
    assert made.predict([[0.2], [0.9]]).tolist() == [0, 1]


def test_pieces_do_not_share_the_callers_memory() -> None:
    weights = np.array([0.5, 0.5])
    made = GaussianMixture(2)
    made.weights_ = weights
    weights[0] = 7
    assert made.weights_.tolist() == [0.5, 0.5]


# Copies, pickles, threads


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "duplicate",
    [lambda m: pickle.loads(pickle.dumps(m)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_duplicates_have_the_same_bits(
    X: Floats, covariance_type: str, dtype: Any, duplicate: Any
) -> None:
    mixture = GaussianMixture(
        4, covariance_type=covariance_type, random_state=0, n_init=2, max_iter=500
    ).fit(X.astype(dtype))
    twin = duplicate(mixture)
    assert_same_bits(twin, mixture, X)
    assert twin.get_params() == mixture.get_params()
    assert summary(twin) == summary(mixture)


def test_changing_a_copy_leaves_the_original(X: Floats, fitted: GaussianMixture) -> None:
    means = fitted.means_
    for twin in (copy.copy(fitted), copy.deepcopy(fitted)):
        twin.means_ = means + 1
        twin.n_components = 5
        np.testing.assert_array_equal(fitted.means_, means)
        assert fitted.n_components == 3


@pytest.mark.parametrize("pieces", [0, 1])
def test_pickle_of_an_unfitted_estimator(pieces: int) -> None:
    mixture = GaussianMixture(2, tol=0.25)
    if pieces:
        mixture.weights_ = [0.5, 0.5]
    twin = pickle.loads(pickle.dumps(mixture))
    assert twin.get_params() == mixture.get_params()
    assert hasattr(twin, "weights_") == bool(pieces)


def test_pickles_of_an_unknown_format_are_refused(fitted: GaussianMixture) -> None:
    state = fitted.__getstate__()
    with pytest.raises(ValueError, match="The pickle has format 99"):
        GaussianMixture().__setstate__(state | {"format": 99})


def test_pickles_hold_the_bytes_of_a_model_file(fitted: GaussianMixture, tmp_path: Path) -> None:
    """And no other object: nothing of the compiled core, whose layout may change."""
    fitted.save(tmp_path / "model")
    assert fitted.__getstate__()["model"] == (tmp_path / "model").read_bytes()
    names = [
        argument
        for opcode, argument, _ in pickletools.genops(pickle.dumps(fitted, protocol=2))
        if opcode.name == "GLOBAL"
    ]
    ours = {name for name in names if name.startswith("gaussmix")}
    assert ours == {"gaussmix.mixture GaussianMixture"}


def test_two_threads_fitting_one_object_leave_one_fit(X: Floats) -> None:
    mixture = GaussianMixture(3, random_state=0, max_iter=500)
    tables = [X, X[:, :2]]
    expected = [copy.copy(mixture).fit(table) for table in tables]
    threads = [threading.Thread(target=mixture.fit, args=(table,)) for table in tables * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = mixture.n_features_in_ != 3
    assert_same_bits(mixture, expected[winner], tables[winner])


# Documentation


def test_examples_of_the_documentation() -> None:
    ran = doctest.testmod(gaussmix.mixture)
    assert ran.attempted > 0
    assert ran.failed == 0


def test_everything_public_is_documented() -> None:
    for name, member in inspect.getmembers(GaussianMixture):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name


# Reports


def test_repairs_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]], 10, axis=0)
    mixture = GaussianMixture(3, reg_covar=0, random_state=0, max_iter=5, tol=1)
    mixture.fit(X)
    repairs = mixture.fit_report_.repairs
    assert repairs
    assert all(isinstance(repair.reason, str) and repair.reason for repair in repairs)
    assert "repaired: start 0, iteration " in str(mixture.fit_report_)
    warned = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert warned[0] == f"Repaired: {repairs[0]}"
    assert len(warned) == min(len(repairs), 6)


def test_report_of_a_sound_fit(fitted: GaussianMixture, caplog: pytest.LogCaptureFixture) -> None:
    report = fitted.fit_report_
    assert report.repairs == ()
    assert str(report).splitlines() == [
        f"start 0 (best), k-means: log-likelihood {fitted.lower_bound_:.6g}, "
        f"{fitted.n_iter_} iterations, converged",
        "no repairs",
    ]
    assert caplog.records == []


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_degenerate_raise(covariance_type: str) -> None:
    X = np.repeat([[0.0, 0.0], [1.0, 1.0]], 5, axis=0)
    mixture = GaussianMixture(
        2, covariance_type=covariance_type, reg_covar=0, degenerate="raise", random_state=0
    )
    with pytest.raises(ValueError, match="Fitting the mixture model failed because some compon"):
        mixture.fit(X)
    assert not hasattr(mixture, "weights_")


def test_parameter_arrays_are_made_once(X: Floats) -> None:
    mixture = GaussianMixture(2, random_state=0).fit(X)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        assert getattr(mixture, name) is getattr(mixture, name)
    before = mixture.means_
    mixture.means_ = before + 1
    assert mixture.means_ is not before
