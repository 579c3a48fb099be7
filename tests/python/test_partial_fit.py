"""`partial_fit`: stepwise EM over a stream of rows."""

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compare import assert_same_bits
from data import COVARIANCE_TYPES, Floats, noisy, sample_mixture
from gaussmix import GaussianMixture, Statistics
from gaussmix._types import FAMILIES
from sklearn.utils.estimator_checks import (
    check_estimators_partial_fit_n_features,
    check_n_features_in_after_fitting,
)
from streamed import cut


@pytest.fixture(name="X")
def rows() -> Floats:
    return sample_mixture(6000, 3, 4, seed=0)


def streamed(X: Floats, size: int = 500, **settings: Any) -> GaussianMixture:
    model = GaussianMixture(4, random_state=0, **settings)
    for batch in cut(X, size):
        model.partial_fit(batch)
    return model


# The rule


@pytest.mark.parametrize("exponent", [0.6, 0.7, 1.0])
@pytest.mark.parametrize("memory", [None, 1500.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_is_the_rule(exponent: float, memory: float | None, weighted: bool) -> None:
    """After a start on rows that are enough, each call is a blend of statistics and an M-step."""
    X = sample_mixture(30_000, 3, 4, seed=0)
    first, batches = X[:20_000], cut(X[20_000:], 2500)
    options = {"exponent": exponent, "memory": memory}
    model = GaussianMixture(4, random_state=0).partial_fit(first, **options)
    expected = GaussianMixture(4, random_state=0).fit(first)
    np.testing.assert_array_equal(model.means_, expected.means_)
    state, total = expected.expect(first).scaled(1 / len(first)), float(len(first))
    for i, batch in enumerate(batches):
        weights = np.random.default_rng(i).random(len(batch)) if weighted else None
        weight = len(batch) if weights is None else weights.sum()
        total += weight
        gamma = (weight / total) ** exponent
        if memory is not None:
            gamma = max(gamma, min(1, weight / memory))
        state = state.scaled(1 - gamma) + expected.expect(batch, weights).scaled(gamma / weight)
        expected = expected.maximize(state)
        model.partial_fit(batch, sample_weight=weights, **options)
        for name in ("weights_", "means_", "covariances_"):
            np.testing.assert_allclose(getattr(model, name), getattr(expected, name), rtol=1e-9)
    assert model.n_iter_ == 1 + len(batches)
    assert len(model.lower_bounds_) == model.n_iter_
    assert not model.converged_


def test_the_start_is_made_anew_when_rows_have_doubled(X: Floats) -> None:
    model = GaussianMixture(4, random_state=0)
    first = 0
    for n_rows, is_start in ((500, True), (800, False), (1000, True), (1900, False), (2400, True)):
        model.partial_fit(X[first:n_rows])
        first = n_rows
        fitted = GaussianMixture(4, random_state=0).fit(X[:n_rows])
        assert bool((model.means_ == fitted.means_).all()) == is_start


def test_it_waits_for_as_many_rows_as_components(X: Floats) -> None:
    model = GaussianMixture(4, random_state=0)
    for row in X[:3]:
        model.partial_fit(row[np.newaxis])
        assert not model.__sklearn_is_fitted__()
    model.partial_fit(X[3:4])
    assert model.__sklearn_is_fitted__()
    expected = GaussianMixture(4, random_state=0).fit(X[:4])
    np.testing.assert_array_equal(model.means_, expected.means_)
    assert GaussianMixture(1).partial_fit(X[:1]).__sklearn_is_fitted__() is False


@pytest.mark.parametrize("size", [100, 1000])
def test_it_comes_near_a_fit(X: Floats, size: int) -> None:
    many = sample_mixture(60_000, 3, 4, seed=0)
    model = GaussianMixture(4, random_state=0, n_init=3)
    for batch in cut(many, size):
        model.partial_fit(batch)
    expected = GaussianMixture(4, random_state=0, n_init=3).fit(many)
    assert model.score(many) > expected.score(many) - 2e-3


@pytest.mark.slow
@pytest.mark.parametrize("k", [10, 32])
@pytest.mark.parametrize("size", [1000, 10_000])
def test_one_pass_over_a_long_stream_is_as_good_as_a_fit(k: int, size: int) -> None:
    X = sample_mixture(2_000_000, 16, k, seed=0).astype(np.float32)
    settings = {"random_state": 0, "n_init": "auto"}
    model = GaussianMixture(k, **settings)
    for batch in cut(X, size):
        model.partial_fit(batch)
    expected = GaussianMixture(k, **settings).fit_batches(X)
    assert model.score(X) > expected.score(X) - 0.01


def test_memory_follows_a_drift() -> None:
    """Two clusters move away by 20 standard deviations, over 400 batches of 250 rows."""
    rng = np.random.default_rng(0)
    followed, stuck = (GaussianMixture(2, random_state=0) for _ in range(2))
    for t in np.linspace(0, 20, 400):
        centres = np.repeat([[t, 0.0], [-t, 8.0]], 125, axis=0)
        batch = centres + rng.normal(size=(250, 2))
        followed.partial_fit(batch, memory=1000)
        stuck.partial_fit(batch)
    found = followed.means_[followed.means_[:, 1].argsort()]
    # A mean lags behind by the drift in 1000 rows, 0.2; its own error is 0.1 at most.
    assert np.abs(found - [[20, 0], [-20, 8]]).max() < 0.5
    assert np.abs(stuck.means_[stuck.means_[:, 1].argsort()] - [[20, 0], [-20, 8]]).max() > 2


# What it takes


@pytest.mark.parametrize("family", [*COVARIANCE_TYPES, *FAMILIES])
def test_families(X: Floats, family: str) -> None:
    model = streamed(X, covariance_type=family)
    expected = GaussianMixture(4, covariance_type=family, random_state=0).fit(X)
    assert model.score(X) > expected.score(X) - 0.02
    assert model.covariances_.shape == expected.covariances_.shape


@pytest.mark.parametrize("family", ["E", "V", "fixed"])
def test_other_families(family: str) -> None:
    X = sample_mixture(3000, 1, 3, seed=0)
    settings: dict[str, Any] = {"covariance_type": family, "random_state": 0}
    if family == "fixed":
        settings["precisions_init"] = np.ones(3)
    model = GaussianMixture(3, **settings)
    for batch in cut(X, 500):
        model.partial_fit(batch)
    assert model.score(X) > GaussianMixture(3, **settings).fit(X).score(X) - 0.02


def test_float32(X: Floats) -> None:
    model, double = streamed(X.astype(np.float32)), streamed(X)
    assert model.means_.dtype == np.float32
    np.testing.assert_allclose(model.means_, double.means_, atol=1e-3)
    model.partial_fit(X[:100])
    assert model.means_.dtype == np.float32


def test_weights_are_repetitions(X: Floats) -> None:
    weights = np.random.default_rng(0).integers(0, 3, len(X))
    repeated, weighted = GaussianMixture(1), GaussianMixture(1)
    for batch, each in zip(cut(X, 1000), cut(weights, 1000), strict=True):
        weighted.partial_fit(batch, sample_weight=each)
        repeated.partial_fit(np.repeat(batch, each, axis=0))
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-9)
    np.testing.assert_allclose(weighted.covariances_, repeated.covariances_, rtol=1e-6)


def test_noise_has_the_box_of_the_start() -> None:
    X, _ = noisy("wide")
    X = X[np.random.default_rng(0).permutation(len(X))]
    model = GaussianMixture(3, noise=True, prior="default", random_state=0, n_init=3)
    for batch in cut(X, 300):
        model.partial_fit(batch)
    expected = GaussianMixture(3, noise=True, prior="default", random_state=0, n_init=3)
    expected.fit(X[:2400])
    assert model.noise_box_.log_volume == pytest.approx(expected.noise_box_.log_volume)
    assert model.noise_weight_ == pytest.approx(0.1, abs=0.03)
    assert np.isfinite(model.score_samples([[1e3, 1e3]])).all()


@pytest.mark.parametrize("prior", ["default", {"shrinkage": 5.0, "mean": [1.0, 2.0, 3.0]}])
def test_a_prior_fades_as_rows_come(X: Floats, prior: Any) -> None:
    few, many = (streamed(X[:n], prior=prior) for n in (500, 6000))
    plain = [streamed(X[:n]) for n in (500, 6000)]
    of_few, of_many = (
        np.abs(with_prior.covariances_ - without.covariances_).max()
        for with_prior, without in zip((few, many), plain, strict=True)
    )
    assert 0 < of_many < of_few


def test_rows_of_weight_0_change_nothing(X: Floats) -> None:
    model = streamed(X)
    before = copy.deepcopy(model)
    model.partial_fit(np.full((7, 3), np.nan), sample_weight=np.zeros(7))
    assert_same_bits(model, before, X)
    assert model.n_iter_ == before.n_iter_


def test_frames(X: Floats) -> None:
    frames = [pd.DataFrame(batch, columns=list("abc")) for batch in cut(X, 1000)]
    model = GaussianMixture(4, random_state=0)
    for frame in frames:
        model.partial_fit(frame)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="The feature names should match"):
        model.partial_fit(frames[0][["b", "a", "c"]])


@pytest.mark.parametrize("method", ["partial_fit", "expect", "step", "predict"])
def test_names_that_are_missing_are_told_of_where_the_method_is_called(
    X: Floats, method: str
) -> None:
    model = GaussianMixture(4, random_state=0).partial_fit(pd.DataFrame(X, columns=list("abc")))
    with pytest.warns(UserWarning, match="does not have valid feature names") as warned:
        getattr(model, method)(X)
    assert warned[0].filename == __file__


# State


def test_a_pickle_goes_on_with_the_same_bits(X: Floats) -> None:
    for n_first in (2, 600, 25_000):
        first = sample_mixture(n_first, 3, 4, seed=3)
        model = GaussianMixture(4, random_state=0).partial_fit(first)
        copied = pickle.loads(pickle.dumps(model))
        for batch in cut(X, 1500):
            model.partial_fit(batch)
            copied.partial_fit(batch)
        assert_same_bits(copied, model, X)


@pytest.mark.parametrize("method", ["fit", "fit_predict", "fit_batches"])
def test_a_fit_ends_the_stream(X: Floats, method: str) -> None:
    model = streamed(X)
    getattr(model, method)([X[:2000]] if method == "fit_batches" else X[:2000])
    model.partial_fit(X[2000:4000])
    expected = GaussianMixture(4, random_state=0).partial_fit(X[2000:4000])
    assert_same_bits(model, expected, X)


def test_until_there_are_enough_rows_it_stays_as_it_was(X: Floats) -> None:
    model = GaussianMixture(4, random_state=0).fit(X)
    before = copy.deepcopy(model)
    model.partial_fit(X[:2])
    assert_same_bits(model, before, X)


def test_threads_change_nothing(X: Floats) -> None:
    expected = streamed(X, n_jobs=1)
    for n_jobs in (2, 5):
        assert_same_bits(streamed(X, n_jobs=n_jobs), expected, X)


def test_rows_that_are_kept_are_copies(X: Floats) -> None:
    memory = X[:500].copy()
    model = GaussianMixture(4, random_state=0).partial_fit(memory)
    memory[:] = np.nan
    model.partial_fit(X[500:1000])
    expected = GaussianMixture(4, random_state=0).partial_fit(X[:500]).partial_fit(X[500:1000])
    assert_same_bits(model, expected, X)


@pytest.mark.parametrize("n_before", [0, 2, 2500])
def test_errors_change_nothing(X: Floats, n_before: int) -> None:
    model = GaussianMixture(4, random_state=0)
    if n_before:
        model.partial_fit(X[:n_before])
    stream, fitted = model._stream, model._model
    with_nan = X[:50].copy()
    with_nan[3, 1] = np.nan
    for bad, message, options in (
        (with_nan, "Input X contains NaN", {}),
        (X[0], "Expected 2D array, got 1D array", {}),
        (X[:50], "Negative values", {"sample_weight": -np.ones(50)}),
        (X[:50], r"expected \(50,\)", {"sample_weight": np.ones(49)}),
        (X[:50], r"exponent must be a float in \(0.5, 1\], but is 0.5", {"exponent": 0.5}),
        (X[:50], "exponent must be", {"exponent": "1"}),
        (X[:50], "memory must be a number of rows above 0 or None", {"memory": 0}),
    ):
        with pytest.raises(ValueError, match=message):
            model.partial_fit(bad, **options)
    if n_before:
        with pytest.raises(ValueError, match="X has 2 features, but GaussianMixture is expecting"):
            model.partial_fit(X[:, :2])
    assert model._stream is stream
    assert model._model is fitted


def test_weights_whose_sum_is_no_normal_number_are_an_error(X: Floats) -> None:
    model, weights = GaussianMixture(4, random_state=0), np.ones(100)
    with pytest.raises(ValueError, match="sample_weight is too small: the sum of all rows so far"):
        model.partial_fit(X[:100], sample_weight=5e-324 * weights)
    model.partial_fit(X[:100], sample_weight=1e306 * weights)
    with pytest.raises(ValueError, match="sample_weight is too large: the sum of all rows so far"):
        model.partial_fit(X[:100], sample_weight=1e306 * weights)


def test_settings_of_another_mixture_are_an_error(X: Floats) -> None:
    model = streamed(X)
    for setting in ({"n_components": 3}, {"covariance_type": "diag"}, {"noise": True}):
        changed = copy.deepcopy(model).set_params(**setting)
        with pytest.raises(ValueError, match="partial_fit goes on with the rows before"):
            changed.partial_fit(X[:100])


def test_a_repaired_component_is_told_of(X: Floats) -> None:
    model = streamed(X[:3000], reg_covar=0)
    for _ in range(3):
        model.partial_fit(np.repeat(X[:1], 500, axis=0), memory=1)
    assert model.fit_report_.repairs
    assert np.isfinite(model.covariances_).all()


def test_the_history_is_of_the_last_thousand_steps() -> None:
    X = np.random.default_rng(0).normal(size=(1300, 1))
    model = GaussianMixture(1)
    for row in X:
        model.partial_fit(row[np.newaxis], memory=2)
    assert len(model.lower_bounds_) == 1000
    assert model.n_iter_ > 1250


# At home in scikit-learn


def test_checks_of_scikit_learn() -> None:
    check_estimators_partial_fit_n_features("GaussianMixture", GaussianMixture())
    check_n_features_in_after_fitting("GaussianMixture", GaussianMixture())


def test_metadata_routing() -> None:
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        model = GaussianMixture().set_partial_fit_request(sample_weight=True)
        assert model.get_metadata_routing().partial_fit.requests == {"sample_weight": True}


def test_signature_is_that_of_scikit_learn() -> None:
    from sklearn.cluster import MiniBatchKMeans

    theirs = list(inspect.signature(MiniBatchKMeans.partial_fit).parameters)
    assert list(inspect.signature(GaussianMixture.partial_fit).parameters)[: len(theirs)] == theirs


def test_the_state_is_a_value(X: Floats) -> None:
    model = GaussianMixture(4, random_state=0).partial_fit(sample_mixture(20_000, 3, 4, seed=0))
    assert isinstance(model._stream.statistics, Statistics)
    assert model._stream.statistics.row_weight == pytest.approx(1)
