"""k-means: against scikit-learn's, against distances in exact arithmetic, and on its own."""

import copy
import doctest
import inspect
import os
import pickle
import signal
import threading
import time
from fractions import Fraction
from typing import Any

import gaussmix.exceptions
import gaussmix.kmeans
import numpy as np
import pandas as pd
import pytest
from data import DATA_SETS, Floats, load, sample_mixture
from gaussmix import KMeans, _core
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from selection import slow_but
from sklearn import cluster
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

# Seeding sees other rows where rows are repeated; scikit-learn's own class fails it as well.
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "seeding depends on the order of the rows"
}


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


def near_rows(X: Floats, n: int) -> Floats:
    """Places near random distinct rows, and such that no row has two nearest."""
    rng = np.random.RandomState(0)
    rows = np.unique(X, axis=0)
    rows = rows[rng.choice(len(rows), n, replace=False)]
    return (rows + 1e-3 * X.std(axis=0) * rng.standard_normal(rows.shape)).astype(X.dtype)


def exact_labels(X: Floats, centers: Floats) -> list[int]:
    """The nearest centre of each row in rational arithmetic, the first of equals."""
    places = [[Fraction(float(value)) for value in center] for center in centers]
    labels = []
    for row in X:
        x = [Fraction(float(value)) for value in row]
        squares = [sum((a - b) ** 2 for a, b in zip(x, place, strict=True)) for place in places]
        labels.append(squares.index(min(squares)))
    return labels


def labels_for(X: Floats, centers: Floats) -> list[int]:
    """What `predict` would say if a fit had found these centres."""
    return _core.nearest_centers(X, None, centers, 1)[0].tolist()


# Against scikit-learn, from the same centres


@pytest.mark.arithmetic
@pytest.mark.parametrize("max_iter", [1, 2, 10, 300])
@pytest.mark.parametrize("name", DATA_SETS)
def test_iterations_are_scikit_learns(name: str, max_iter: int) -> None:
    X = load(name)
    settings = {"init": near_rows(X, 5), "n_init": 1, "max_iter": max_iter, "tol": 0}
    ours, theirs = KMeans(5, **settings).fit(X), cluster.KMeans(5, **settings).fit(X)
    np.testing.assert_allclose(
        ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9, atol=1e-9 * np.abs(X).max()
    )
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-6, atol=1e-6)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-10)


def test_tol_ends_as_scikit_learns_does() -> None:
    X = load("digits")
    settings = {"init": near_rows(X, 10), "n_init": 1}
    for tol in (1e-1, 1e-2, 1e-3):
        ours = KMeans(10, tol=tol, **settings).fit(X)
        theirs = cluster.KMeans(10, tol=tol, **settings).fit(X)
        assert ours.n_iter_ == theirs.n_iter_
        assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)


@pytest.mark.parametrize("init", slow_but(["k-means++"], ["k-means++", "random"]))
def test_own_starts_are_as_good_as_scikit_learns(init: str) -> None:
    """The median inertia of many seeds, on clusters that are easy to miss."""
    X = sample_mixture(5000, 8, 30, seed=3)
    ours, theirs = (
        np.median(
            [
                estimator(30, init=init, n_init=1, random_state=seed).fit(X).inertia_
                for seed in range(60)
            ]
        )
        for estimator in (KMeans, cluster.KMeans)
    )
    assert ours <= theirs * 1.02


def test_more_starts_are_never_worse() -> None:
    X = load("digits")
    inertia = [KMeans(10, n_init=n, random_state=0).fit(X).inertia_ for n in (1, 3, 9)]
    assert inertia[0] >= inertia[1] >= inertia[2]
    assert inertia[0] > inertia[2]


@pytest.mark.arithmetic
def test_weights_are_scikit_learns(X: Floats) -> None:
    weights = np.random.RandomState(0).uniform(0, 3, len(X))
    settings = {"init": near_rows(X, 4), "n_init": 1, "tol": 0}
    ours = KMeans(4, **settings).fit(X, sample_weight=weights)
    theirs = cluster.KMeans(4, **settings).fit(X, sample_weight=weights)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)
    assert ours.score(X, sample_weight=weights) == pytest.approx(-theirs.inertia_, rel=1e-10)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_only_the_ratios_of_weights_matter(X: Floats, scale: float) -> None:
    plain = KMeans(4, random_state=0).fit(X)
    weighted = KMeans(4, random_state=0).fit(X, sample_weight=np.full(len(X), scale))
    np.testing.assert_array_equal(weighted.labels_, plain.labels_)
    assert weighted.inertia_ == pytest.approx(plain.inertia_ * scale, rel=1e-10)


# Nearest centres


@pytest.mark.arithmetic
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0, 1e4, 1e7])
@pytest.mark.parametrize("spread", [1, 1e-3])
def test_labels_are_exact(dtype: type, offset: float, spread: float) -> None:
    """Far from the origin, and with centres so close that float32 leaves rows undecided."""
    rng = np.random.RandomState(0)
    X = (offset + rng.standard_normal((300, 5))).astype(dtype)
    centers = (offset + spread * rng.standard_normal((7, 5))).astype(dtype)
    assert labels_for(X, centers) == exact_labels(X, centers)


@pytest.mark.arithmetic
def test_labels_are_exact_beside_an_outlier() -> None:
    """Here float32 decides nothing: beside 1e12 all others are one point."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 3))
    centers = np.vstack([rng.standard_normal((5, 3)), np.full((1, 3), 1e12)])
    X[17] = 1e12
    assert labels_for(X, centers) == exact_labels(X, centers)


@pytest.mark.arithmetic
@given(
    hnp.arrays(np.float64, (9, 2), elements=st.integers(-3, 3)),
    hnp.arrays(np.float64, (5, 2), elements=st.integers(-3, 3)),
)
def test_ties_go_to_the_first(X: Floats, centers: Floats) -> None:
    """Small whole numbers make ties, and their distances are exact; centres may be equal too."""
    assert labels_for(X, centers) == exact_labels(X, centers)


@pytest.mark.arithmetic
def test_a_row_gets_the_same_label_alone_and_in_company() -> None:
    X = load("digits")[:200]
    model = KMeans(10, random_state=0).fit(X)
    alone = [model.predict(X[i : i + 1])[0] for i in range(len(X))]
    np.testing.assert_array_equal(alone, model.predict(X))
    np.testing.assert_array_equal(model.labels_, model.predict(X))


@pytest.mark.arithmetic
def test_float32_gives_the_labels_of_float64() -> None:
    X = load("digits").astype(np.float32)
    centers = near_rows(X, 10)
    single = KMeans(10, init=centers, max_iter=1).fit(X)
    double = KMeans(10, init=centers, max_iter=1).fit(X.astype(np.float64))
    assert single.cluster_centers_.dtype == single.transform(X).dtype == np.float32
    np.testing.assert_array_equal(
        single.cluster_centers_, double.cluster_centers_.astype(np.float32)
    )
    assert single.labels_.dtype == double.labels_.dtype == np.int32


@pytest.mark.arithmetic
def test_transform_is_the_distance(X: Floats) -> None:
    model = KMeans(4, random_state=0).fit(X)
    expected = np.linalg.norm(X[:, np.newaxis] - model.cluster_centers_, axis=2)
    np.testing.assert_allclose(model.transform(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(model.transform(X).argmin(axis=1), model.predict(X))
    assert model.get_feature_names_out().tolist() == [f"kmeans{i}" for i in range(4)]
    np.testing.assert_array_equal(clone(model).fit_transform(X), model.transform(X))


# Hard cases


def test_empty_clusters_move_to_the_farthest_rows() -> None:
    X = np.array([[0.0], [1.0], [2.0], [50.0], [100.0]])
    model = KMeans(3, init=[[1.0], [500.0], [600.0]], tol=0).fit(X)
    np.testing.assert_allclose(np.sort(model.cluster_centers_[:, 0]), [1, 50, 100], rtol=1e-14)
    assert model.inertia_ == pytest.approx(2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 3.0]])
def test_an_empty_cluster_gets_a_row(dtype: type, weights: list[float] | None) -> None:
    """Though no label changes, and the farthest row is the only one of another cluster."""
    X: Floats = np.array([[-5], [-3], [2]], dtype)
    model = KMeans(3, init=[[-2], [6], [-3]]).fit(X, sample_weight=weights)
    assert model.inertia_ == 0
    assert sorted(model.cluster_centers_[:, 0]) == [-5, -3, 2]


small_numbers = st.integers(-5, 5)


@given(st.data(), st.sampled_from([np.float32, np.float64]), st.sampled_from([1, 0.1, 1e-9]))
def test_no_cluster_is_empty(data: st.DataObject, dtype: type, scale: float) -> None:
    """If there are enough distinct rows that count; and more iterations are never worse."""
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 2)))
    X: Floats = (data.draw(hnp.arrays(np.int64, shape, elements=small_numbers)) * scale).astype(
        dtype
    )
    weights = data.draw(
        st.none() | hnp.arrays(np.float64, shape[:1], elements=st.sampled_from([0, 0.5, 1, 3]))
    )
    counted = X if weights is None else X[weights > 0]
    k = data.draw(st.integers(1, max(1, len(counted))))
    init = data.draw(
        st.sampled_from(["k-means++", "random"])
        | hnp.arrays(np.int64, (k, shape[1]), elements=small_numbers)
    )
    if isinstance(init, np.ndarray):
        init = (init * scale).astype(dtype)
    if len(counted) == 0:
        return
    inertia = np.inf
    for max_iter in (1, 2, 3, 300):
        model = KMeans(k, init=init, n_init=1, max_iter=max_iter, tol=0, random_state=0)
        labels = model.fit(X, sample_weight=weights).labels_
        if weights is not None:
            labels = labels[weights > 0]
        assert len(np.unique(labels)) == min(k, len(np.unique(counted, axis=0)))
        if not isinstance(init, str) or init == "random":
            assert model.inertia_ <= inertia * (1 + 1e-5) + 1e-9 * scale**2
            inertia = model.inertia_


@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize(
    ("rows", "k", "inertia"),
    [
        ([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]], 3, 0),
        ([[1.0, 2.0]], 1, 0),
        ([[1.0, 2.0]] * 10, 4, 0),
        ([[0.0, 0.0], [1.0, 1.0]] * 10, 5, 0),
        ([[0.0], [1.0]] * 10, 1, 5),
    ],
    ids=["n is k", "one row", "all equal", "two distinct", "k is 1"],
)
def test_degenerate_data(rows: list[list[float]], k: int, inertia: float, init: str) -> None:
    model = KMeans(k, init=init, random_state=0).fit(rows)
    assert model.inertia_ == inertia
    assert np.isfinite(model.cluster_centers_).all()
    assert len(model.labels_) == len(rows)


def test_an_outlier_at_1e12() -> None:
    X = np.vstack([load("digits"), np.full((1, 16), 1e12)])
    model = KMeans(11, tol=0, random_state=0).fit(X)
    assert np.bincount(model.labels_)[model.labels_[-1]] == 1
    assert model.inertia_ < 1.02 * KMeans(10, tol=0, random_state=0).fit(X[:-1]).inertia_


@pytest.mark.arithmetic
@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1e20, 1e150])
def test_any_scale(X: Floats, scale: float) -> None:
    """A power of two near it: then every number is the same but for the exponent."""
    scale = 2.0 ** np.round(np.log2(scale))
    plain, scaled = (KMeans(4, random_state=0).fit(X * s) for s in (1.0, scale))
    np.testing.assert_array_equal(scaled.labels_, plain.labels_)
    np.testing.assert_array_equal(scaled.cluster_centers_, plain.cluster_centers_ * scale)


def test_numbers_near_the_largest() -> None:
    X = np.array([[1.7e308, 0.0], [-1.7e308, 0.0], [1.6e308, 1.0], [-1.6e308, 1.0]])
    model = KMeans(2, random_state=0).fit(X)
    assert np.isfinite(model.cluster_centers_).all()
    first, second, *others = model.labels_
    assert first != second
    assert others == [first, second]
    np.testing.assert_array_equal(model.predict(X), model.labels_)


@pytest.mark.arithmetic
@pytest.mark.parametrize("init", ["k-means++", "random", [[-1.2e155], [1e155]]])
def test_squares_that_overflow(init: Any) -> None:
    X = np.array([[-1.2e155], [-1e155], [1e155], [1.2e155]])
    model = KMeans(2, init=init, random_state=0).fit(X)
    centers = model.cluster_centers_
    first = model.labels_[0]
    np.testing.assert_array_equal(model.labels_, [first, first, 1 - first, 1 - first])
    np.testing.assert_allclose(np.sort(centers[:, 0]), [-1.1e155, 1.1e155], rtol=1e-15)
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    np.testing.assert_allclose(model.transform(X), np.abs(X - centers.T), rtol=1e-15)
    assert model.inertia_ == -model.score(X) == np.inf
    weights = np.full(4, 1e-20)
    model.fit(X, sample_weight=weights)
    assert model.inertia_ == pytest.approx(4e288, rel=1e-12)
    assert model.score(X, sample_weight=weights) == pytest.approx(-4e288, rel=1e-12)


@pytest.mark.arithmetic
@pytest.mark.parametrize("scale", [1e19, 1e30, 1e-25])
def test_float32_squares_that_overflow(X: Floats, scale: float) -> None:
    scale = float(2.0 ** np.round(np.log2(scale)))
    X = X.astype(np.float32)
    plain, scaled = (KMeans(4, random_state=0).fit(X * np.float32(s)) for s in (1.0, scale))
    np.testing.assert_array_equal(scaled.labels_, plain.labels_)
    np.testing.assert_array_equal(scaled.predict(X * np.float32(scale)), plain.labels_)
    np.testing.assert_array_equal(
        scaled.transform(X * np.float32(scale)), plain.transform(X) * np.float32(scale)
    )
    assert scaled.inertia_ == plain.inertia_ * scale**2


# The class


@pytest.mark.filterwarnings("ignore:Estimator KMeans does not inherit from")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("n_clusters", [1, 8])
def test_check_estimator(n_clusters: int) -> None:
    expected = {} if n_clusters == 1 else EXPECTED_FAILURES
    checks = check_estimator(KMeans(n_clusters), expected_failed_checks=expected)
    statuses = {check["check_name"]: check["status"] for check in checks}
    assert {name for name, status in statuses.items() if status != "passed"} == {
        "check_array_api_input",
        *expected,
    }


def test_tags() -> None:
    ours, theirs = get_tags(KMeans()), get_tags(cluster.KMeans())
    theirs.input_tags.sparse = False
    theirs.transformer_tags.preserves_dtype = ["float64", "float32"]
    assert ours == theirs


def test_defaults_are_scikit_learns() -> None:
    theirs = inspect.signature(cluster.KMeans).parameters
    for name, parameter in inspect.signature(KMeans).parameters.items():
        if name != "n_jobs":
            assert parameter.default == theirs[name].default
            assert parameter.kind == theirs[name].kind


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_clusters": 0}, r"'n_clusters' parameter of KMeans must be an int in the range \[1"),
        ({"init": "kmeans"}, r"'init' parameter of KMeans must be a str among .*or an array-like"),
        ({"init": [[1.0]]}, r"shape of the initial centers \(1, 1\) does not match .* \(4, 3\)"),
        ({"init": np.full((4, 3), np.nan)}, "Input init contains NaN"),
        ({"n_init": 0}, r"'n_init' parameter of KMeans must be an int .* or 'auto'"),
        ({"max_iter": 0}, "'max_iter' parameter of KMeans must be"),
        ({"tol": -1}, "'tol' parameter of KMeans must be"),
        ({"random_state": "x"}, "'random_state' parameter of KMeans must be"),
        ({"n_jobs": 0}, "'n_jobs' parameter of KMeans must be"),
        ({"n_clusters": 401}, "n_samples=400 should be >= n_clusters=401"),
    ],
)
def test_bad_parameters(X: Floats, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KMeans(**({"n_clusters": 4} | params)).fit(X)


def test_a_fit_that_raises_changes_nothing(X: Floats) -> None:
    model = KMeans(4, random_state=0).fit(X)
    before = model.cluster_centers_
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(np.full((5, 3), np.nan))
    assert model.cluster_centers_ is before


def test_given_centres_are_one_start(X: Floats) -> None:
    with pytest.warns(RuntimeWarning, match="performing only one init in KMeans") as caught:
        KMeans(4, init=X[:4], n_init=5).fit(X)
    assert caught[0].filename == __file__


def test_unfitted(X: Floats) -> None:
    for call in ("predict", "transform", "score"):
        with pytest.raises(gaussmix.exceptions.NotFittedError, match="This KMeans instance is not"):
            getattr(KMeans(), call)(X)
    for name in ("cluster_centers_", "labels_", "inertia_", "n_iter_", "n_features_in_"):
        assert not hasattr(KMeans(), name)


@pytest.mark.parametrize(
    "duplicate", [lambda m: pickle.loads(pickle.dumps(m)), copy.copy, copy.deepcopy]
)
def test_duplicates(X: Floats, duplicate: Any) -> None:
    model = KMeans(4, random_state=0).fit(X)
    twin = duplicate(model)
    np.testing.assert_array_equal(twin.predict(X), model.labels_)
    assert twin.get_params() == model.get_params()
    with pytest.raises(ValueError, match="read-only"):
        model.cluster_centers_[0] = 0


def test_feature_names(X: Floats) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = KMeans(4, random_state=0).fit(frame)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["c", "b", "a"]])
    with pytest.warns(UserWarning, match="X does not have valid feature names") as caught:
        model.predict(X)
    assert caught[0].filename == __file__
    with pytest.raises(ValueError, match="X has 2 features, but KMeans is expecting 3"):
        KMeans(4, random_state=0).fit(X).predict(X[:, :2])


def test_pipeline(X: Floats) -> None:
    pipeline = make_pipeline(StandardScaler(), KMeans(4, random_state=0))
    labels = pipeline.fit_predict(X)
    np.testing.assert_array_equal(labels, pipeline.predict(X))
    assert pipeline.transform(X).shape == (len(X), 4)


@pytest.mark.alone
def test_ctrl_c_stops_a_fit(X: Floats) -> None:
    model = KMeans(4, random_state=0).fit(X)
    before = model.cluster_centers_
    begun = threading.Event()

    def send() -> None:
        begun.wait()
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send)
    sender.start()

    def begin() -> None:
        begun.set()
        model.set_params(n_init=2**31 - 1).fit(X)

    with pytest.raises(KeyboardInterrupt):
        begin()
    sender.join()
    assert model.cluster_centers_ is before


def test_examples_of_the_documentation() -> None:
    ran = doctest.testmod(gaussmix.kmeans)
    assert ran.attempted > 0
    assert ran.failed == 0


def test_everything_public_is_documented() -> None:
    for name, member in inspect.getmembers(KMeans):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name
