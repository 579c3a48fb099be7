"""Callbacks, and fits that end before their time: by a callback, an exception or Ctrl-C.

There are no time limits here: the fits that are interrupted would run for years.
"""

import copy
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compare import assert_same_bits
from data import Floats, load, sample_mixture
from gaussmix import GaussianMixture, KMeans

ENDLESS = {"tol": 0, "max_iter": 2**31 - 1}


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


@pytest.fixture
def fitted(X: Floats) -> GaussianMixture:
    return GaussianMixture(3, random_state=0, max_iter=500).fit(X)


# Callbacks


def test_callback_sees_every_iteration(X: Floats) -> None:
    seen: list[tuple[int, float, float]] = []
    mixture = GaussianMixture(
        3, random_state=0, max_iter=500, callback=lambda *told: seen.append(told)
    ).fit(X)
    iterations, bounds, changes = zip(*seen, strict=True)
    assert iterations == tuple(range(1, mixture.n_iter_ + 1))
    assert bounds == tuple(mixture.lower_bounds_)
    assert changes[0] == np.inf
    np.testing.assert_allclose(changes[1:], np.diff(bounds), rtol=0, atol=1e-14)
    assert all(type(told) is float for told in bounds + changes)


def test_callback_counts_each_start_from_1(X: Floats) -> None:
    seen: list[int] = []
    mixture = GaussianMixture(
        3, random_state=0, max_iter=500, n_init=3, callback=lambda i, *_: seen.append(i)
    ).fit(X)
    starts = mixture.fit_report_.starts
    for i in range(1, max(seen) + 1):
        assert seen.count(i) == sum(start.n_iter >= i for start in starts)
    first = starts[0].n_iter
    assert seen[: first + 2] == [*range(1, first + 1), 1, 2]


@pytest.mark.parametrize("yes", [True, np.True_])
def test_callback_that_returns_true_stops_and_keeps_the_model(X: Floats, yes: Any) -> None:
    """And does not warn: not to converge was the user's choice."""
    settings = {"random_state": 0, "init_params": "random", "n_init": 4, "tol": 0}
    stopped = GaussianMixture(3, **settings, callback=lambda i, *_: yes if i == 5 else False)
    stopped.set_params(**ENDLESS).fit(X)
    assert stopped.n_iter_ == 5
    assert stopped.converged_ is False
    assert len(stopped.fit_report_.starts) == 1
    with pytest.warns(UserWarning, match="did not converge"):
        whole = GaussianMixture(3, **settings | {"n_init": 1}, max_iter=5).fit(X)
    assert_same_bits(stopped, whole, X)


def test_callback_in_a_later_start_keeps_the_best_so_far(X: Floats) -> None:
    calls: list[int] = []

    def callback(iteration: int, *_: float) -> bool:
        calls.append(iteration)
        return calls.count(1) == 3

    stopped = GaussianMixture(3, random_state=0, max_iter=500, n_init=9, callback=callback).fit(X)
    starts = stopped.fit_report_.starts
    assert len(starts) == 3
    assert stopped.lower_bound_ == max(start.lower_bound for start in starts)
    assert starts[2].n_iter == 1


@pytest.mark.parametrize("answer", [None, False, 1, "stop", [0]])
def test_only_true_stops(X: Floats, fitted: GaussianMixture, answer: Any) -> None:
    mixture = GaussianMixture(3, random_state=0, max_iter=500, callback=lambda *_: answer).fit(X)
    assert mixture.n_iter_ == fitted.n_iter_ > 1


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("method", ["fit", "fit_predict"])
def test_callback_that_raises_leaves_the_object_as_it_was(
    X: Floats, fitted: GaussianMixture, error: type[BaseException], method: str
) -> None:
    before = copy.deepcopy(fitted)

    def callback(iteration: int, *_: float) -> None:
        if iteration == 2:
            raise error("from the callback")

    fitted.callback = callback
    with pytest.raises(error, match="from the callback") as caught:
        getattr(fitted, method)(X[:, :2])
    assert caught.traceback[-1].name == "callback"
    assert_same_bits(fitted, before, X)
    fresh = GaussianMixture(3, callback=callback)
    with pytest.raises(error):
        fresh.fit(X)
    assert not fresh.__sklearn_is_fitted__()


def test_callback_may_use_the_estimator(X: Floats, fitted: GaussianMixture) -> None:
    """It sees the model of the fit before."""
    expected = fitted.score(X)
    scores: list[float] = []
    fitted.callback = lambda *_: scores.append(fitted.score(X))
    fitted.fit(X + 100)
    assert set(scores) == {expected}


# Ctrl-C


def interrupt(begun: threading.Event) -> Callable[[], None]:
    """Sends Ctrl-C to this process 20 ms after `begun` is set; returns what waits until then."""

    def send() -> None:
        begun.wait()
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send)
    sender.start()
    return sender.join


def begin(estimator: GaussianMixture | KMeans, X: Floats, begun: threading.Event) -> None:
    begun.set()
    estimator.fit(X)


@pytest.mark.alone
def test_ctrl_c_stops_a_fit_without_a_callback(X: Floats, fitted: GaussianMixture) -> None:
    before = copy.deepcopy(fitted)
    fitted.set_params(**ENDLESS)
    begun = threading.Event()
    sent = interrupt(begun)
    with pytest.raises(KeyboardInterrupt):
        begin(fitted, X + 1, begun)
    sent()
    assert_same_bits(fitted, before, X)


@pytest.mark.alone
def test_ctrl_c_stops_a_fit_with_a_callback(X: Floats) -> None:
    begun = threading.Event()
    mixture = GaussianMixture(3, **ENDLESS, callback=lambda *_: begun.set())
    sent = interrupt(begun)
    with pytest.raises(KeyboardInterrupt):
        mixture.fit(X)
    sent()
    assert not mixture.__sklearn_is_fitted__()


@pytest.mark.alone
@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_ctrl_c_stops_seeding(X: Floats, init_params: str) -> None:
    """With max_iter=0 a start is nothing but its seeding."""
    mixture = GaussianMixture(8, init_params=init_params, max_iter=0, n_init=2**31 - 1)
    begun = threading.Event()
    sent = interrupt(begun)
    with pytest.raises(KeyboardInterrupt):
        begin(mixture, X, begun)
    sent()
    assert not mixture.__sklearn_is_fitted__()


@pytest.mark.alone
@pytest.mark.parametrize("init", ["k-means++", lambda X, k, random_state: X[:k]])
def test_ctrl_c_stops_k_means(X: Floats, init: Any) -> None:
    """A function as init is called between the starts, so Ctrl-C may come there, too."""
    model = KMeans(4, random_state=0).fit(X)
    before = model.cluster_centers_
    begun = threading.Event()
    sent = interrupt(begun)
    with pytest.raises(KeyboardInterrupt):
        begin(model.set_params(init=init, n_init=2**31 - 1), X, begun)
    sent()
    assert model.cluster_centers_ is before


@pytest.mark.alone
def test_ctrl_c_stops_within_an_iteration() -> None:
    """It comes during the second iteration, of which the callback hears nothing."""
    X = sample_mixture(20_000, 32, 2, seed=0)
    seen: list[int] = []
    begun = threading.Event()

    def callback(iteration: int, *_: float) -> None:
        seen.append(iteration)
        begun.set()

    mixture = GaussianMixture(
        256, init_params="random_from_data", **ENDLESS, n_jobs=1, callback=callback
    )
    sent = interrupt(begun)
    with pytest.raises(KeyboardInterrupt):
        mixture.fit(X)
    sent()
    assert seen == [1]


@pytest.mark.alone
def test_handlers_of_other_signals_run_during_a_fit(X: Floats) -> None:
    """A handler that returns does not stop the fit."""
    handled = threading.Event()
    old = signal.signal(signal.SIGUSR1, lambda *_: handled.set())
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        mixture = GaussianMixture(3, **ENDLESS, callback=lambda *_: handled.is_set()).fit(X)
        assert mixture.weights_.shape == (3,)
    finally:
        signal.signal(signal.SIGUSR1, old)
