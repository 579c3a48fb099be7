"""k-means: against scikit-learn's, against distances in exact arithmetic, and on its own."""

import copy
import doctest
import inspect
import pickle
import subprocess
import sys
from contextlib import nullcontext
from fractions import Fraction
from typing import Any

import gaussmix.exceptions
import gaussmix.kmeans
import numpy as np
import pandas as pd
import pytest
import sklearn
from data import DATA_SETS, Floats, load, sample_mixture
from gaussmix import GaussianMixture, KMeans, _core
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from selection import slow_but
from sklearn import cluster
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks, get_tags

# Seeding sees other rows where rows are repeated; scikit-learn's own class fails it as well.
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "seeding depends on the order of the rows"
}


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


def warned_of_few(distinct: int, k: int) -> Any:
    message = rf"distinct clusters \({distinct}\) found smaller than n_clusters \({k}\). Possibly"
    return pytest.warns(gaussmix.exceptions.ConvergenceWarning, match=message)


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


@pytest.mark.arithmetic
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e140])
def test_iterations_with_many_centres_are_scikit_learns(scale: float, weighted: bool) -> None:
    """So many that bounds leave comparisons out, from the third iteration on."""
    k, d = 256, 40
    rng = np.random.RandomState(1)
    X = rng.standard_normal((6000, 4)) @ rng.standard_normal((4, d))
    X += 0.1 * rng.standard_normal(X.shape)
    weights = np.random.RandomState(0).uniform(0.5, 2, len(X)) if weighted else None
    init = near_rows(X, k)
    settings: dict[str, Any] = {"n_init": 1, "max_iter": 12, "tol": 0}
    theirs = cluster.KMeans(k, init=init, **settings).fit(X, sample_weight=weights)
    fits = [
        KMeans(k, init=init * scale, n_jobs=n_jobs, **settings).fit(
            X * scale, sample_weight=weights
        )
        for n_jobs in (1, 2)
    ]
    for ours in fits:
        assert ours.n_iter_ == theirs.n_iter_ > 4
        np.testing.assert_array_equal(ours.labels_, theirs.labels_)
        np.testing.assert_allclose(
            ours.cluster_centers_ / scale, theirs.cluster_centers_, rtol=1e-9, atol=1e-9
        )
    np.testing.assert_array_equal(fits[0].cluster_centers_, fits[1].cluster_centers_)
    assert fits[0].inertia_ == fits[1].inertia_


@pytest.mark.arithmetic
def test_many_centres_of_float32_rows_get_all_that_are_nearest() -> None:
    """Beside numpy in float64, with rows that are repeated and rows that are far away."""
    k, d = 300, 32
    X = sample_mixture(3000, d, k, seed=4).astype(np.float32)
    X = np.concatenate([X, X[:1000], 1e6 * X[:3]])
    model = KMeans(k, init=near_rows(X, k), n_init=1, max_iter=9, tol=0).fit(X)
    centers = model.cluster_centers_.astype(np.float64)
    squares = ((X[:, None].astype(np.float64) - centers) ** 2).sum(axis=2)
    np.testing.assert_array_equal(model.labels_, squares.argmin(axis=1))
    assert model.inertia_ == pytest.approx(squares.min(axis=1).sum(), rel=1e-12)


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


# Functions as init


def random_rows(X: Floats, n_clusters: int, random_state: np.random.RandomState) -> Floats:
    return X[random_state.choice(len(X), n_clusters, replace=False)]


@pytest.mark.parametrize("random_state", [0, 7, "a RandomState"])
@pytest.mark.parametrize("n_init", ["auto", 1, 3])
def test_starts_of_a_function_are_scikit_learns(X: Floats, n_init: Any, random_state: Any) -> None:
    """It draws the same numbers in both, and so they find the same clusters."""
    ours, theirs = (
        estimator(
            6,
            init=random_rows,
            n_init=n_init,
            tol=0,
            random_state=np.random.RandomState(3)
            if isinstance(random_state, str)
            else random_state,
        ).fit(X)
        for estimator in (KMeans, cluster.KMeans)
    )
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)
    assert ours.n_iter_ == theirs.n_iter_


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n_init", "calls"), [("auto", 10), (1, 1), (4, 4)])
def test_a_function_is_called_for_each_start(
    X: Floats, dtype: Any, n_init: Any, calls: int
) -> None:
    seen: list[tuple[Any, ...]] = []

    def init(X: Floats, n_clusters: int, *, random_state: Any) -> list[list[float]]:
        seen.append((X.shape, X.dtype, X.flags.writeable, n_clusters, type(random_state)))
        return random_rows(X, n_clusters, random_state).tolist()

    weights = np.r_[np.zeros(10), np.ones(len(X) - 10)]
    model = KMeans(4, init=init, n_init=n_init).fit(X.astype(dtype), sample_weight=weights)
    assert model.cluster_centers_.dtype == dtype
    assert seen == [((len(X) - 10, 3), dtype, False, 4, np.random.RandomState)] * calls


@pytest.mark.parametrize(
    "random_state", [None, 2**64 - 1, np.random.default_rng(0), np.random.RandomState(0), np.random]
)
def test_any_random_state_makes_a_functions_generator(X: Floats, random_state: Any) -> None:
    model = KMeans(4, init=random_rows, n_init=2, random_state=random_state).fit(X)
    assert model.inertia_ <= KMeans(4, n_init=1, random_state=0).fit(X).inertia_ * 3


def test_the_best_start_of_a_function_is_kept(X: Floats) -> None:
    starts = iter([X[:4], near_rows(X, 4), np.tile(X[:1], (4, 1))])
    best = KMeans(4, init=lambda *_, **__: next(starts), n_init=3).fit(X)
    inertias = [KMeans(4, init=start).fit(X).inertia_ for start in (X[:4], near_rows(X, 4))]
    assert best.inertia_ <= min(inertias)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (
            np.zeros((3, 3)),
            ValueError,
            r"shape of the initial centers \(3, 3\) does not match .* \(4",
        ),
        (np.zeros(12), ValueError, r"shape of the initial centers \(12,\) does not match"),
        (np.full((4, 3), np.nan), ValueError, "Input init contains NaN"),
        (np.full((4, 3), np.inf), ValueError, "Input init contains infinity"),
        (np.zeros((4, 3), complex), ValueError, "Complex data not supported"),
        (None, ValueError, r"shape of the initial centers \(\) does not match"),
        ([[{}] * 3] * 4, TypeError, r"init\[0, 0\] must be a real number"),
    ],
)
def test_a_function_that_returns_something_else(
    X: Floats, answer: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        KMeans(4, init=lambda *_, **__: answer).fit(X)


def test_a_function_that_raises(X: Floats) -> None:
    def init(X: Floats, n_clusters: int, random_state: Any) -> Floats:
        raise ZeroDivisionError("from the function")

    with pytest.raises(ZeroDivisionError, match="from the function"):
        KMeans(4, init=init).fit(X)


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


# Containers of what transform returns


@pytest.mark.parametrize("method", ["transform", "fit_transform"])
@pytest.mark.parametrize("how", ["set_output", "set_config"])
def test_pandas_output(X: Floats, method: str, how: str) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"], index=np.arange(len(X))[::-1] * 3)
    model = KMeans(4, random_state=0).fit(frame)
    expected = model.transform(frame)
    assert type(expected) is np.ndarray
    globally = "pandas" if how == "set_config" else "default"
    if how == "set_output":
        assert model.set_output(transform="pandas") is model
    with sklearn.config_context(transform_output=globally):
        found = getattr(model, method)(frame)
        of_array = getattr(model.fit(X), method)(X)
        of_float32 = model.fit_transform(X.astype(np.float32))
    assert list(found.columns) == list(model.get_feature_names_out())
    pd.testing.assert_index_equal(found.index, frame.index)
    np.testing.assert_array_equal(found.to_numpy(), expected)
    assert list(of_array.index) == list(range(len(X)))
    assert set(of_float32.dtypes) == {np.dtype(np.float32)}


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize(
    "check",
    [
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_global_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_global_set_output_transform_polars",
    ],
)
def test_output_passes_scikit_learns_checks(check: str) -> None:
    if "polars" in check:
        pytest.importorskip("polars")
    getattr(estimator_checks, check)("KMeans", KMeans(2))


def test_polars_output(X: Floats) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(X, schema=["a", "b", "c"], orient="row")
    model = KMeans(4, random_state=0).fit(frame)
    expected = model.transform(frame)
    for context, output in (("polars", None), ("default", "polars"), ("pandas", "polars")):
        with sklearn.config_context(transform_output=context):
            found = clone(model).set_output(transform=output).fit_transform(frame)
        assert isinstance(found, polars.DataFrame)
        assert found.columns == [f"kmeans{i}" for i in range(4)]
        np.testing.assert_array_equal(found.to_numpy(), expected)


def test_output_is_the_estimators_before_the_configurations(X: Floats) -> None:
    model = KMeans(4, random_state=0).set_output(transform="default").fit(X)
    assert model.set_output() is model
    with sklearn.config_context(transform_output="pandas"):
        assert type(model.transform(X)) is np.ndarray
        for twin in (clone(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert type(twin.fit_transform(X)) is np.ndarray
        assert type(KMeans(4).fit_transform(X)) is pd.DataFrame
        clone(model).set_output(transform="pandas")
        assert type(model.transform(X)) is np.ndarray


def test_output_of_a_pipeline(X: Floats) -> None:
    pipeline = make_pipeline(StandardScaler(), KMeans(4, random_state=0))
    found = pipeline.set_output(transform="pandas").fit_transform(X)
    assert list(found.columns) == [f"kmeans{i}" for i in range(4)]
    mixture = make_pipeline(StandardScaler(), GaussianMixture(2)).set_output(transform="pandas")
    assert mixture.fit_predict(X).shape == (len(X),)
    assert not hasattr(GaussianMixture(), "set_output")


def test_unknown_output(X: Floats) -> None:
    message = r"output config must be in \['default', 'pandas', 'polars'\], got 'arrow'"
    with pytest.raises(ValueError, match=message):
        KMeans().set_output(transform="arrow")
    model = KMeans(4).fit(X)
    with (
        sklearn.config_context(transform_output="arrow"),
        pytest.raises(ValueError, match=message),
    ):
        model.transform(X)


def test_output_of_a_library_that_is_not_there(X: Floats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="output container to 'pandas' requires pandas to be ins"):
        KMeans(4).set_output(transform="pandas").fit(X).transform(X)


def test_pandas_output_without_scikit_learn() -> None:
    code = (
        "import sys, gaussmix\n"
        "model = gaussmix.KMeans(2, random_state=0).set_output(transform='pandas')\n"
        "print(*model.fit_transform([[0.0], [1.0], [5.0]]).columns, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == [b"kmeans0", b"kmeans1", b"False"]


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


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
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
    distinct = len(np.unique(rows, axis=0))
    with warned_of_few(distinct, k) if distinct < k else nullcontext():
        model = KMeans(k, init=init, random_state=0).fit(rows)
    assert model.inertia_ == inertia
    assert np.isfinite(model.cluster_centers_).all()
    assert len(model.labels_) == len(rows)


@pytest.mark.parametrize("method", ["fit", "fit_predict", "fit_transform"])
def test_fewer_distinct_rows_than_clusters(method: str) -> None:
    """The message is scikit-learn's, and so is its category."""
    rows = [[0.0, 0.0], [1.0, 1.0], [5.0, 5.0], [5.0, 5.0]]
    with pytest.warns(gaussmix.exceptions.ConvergenceWarning) as expected:
        getattr(cluster.KMeans(4, random_state=0), method)(rows)
    with pytest.warns(gaussmix.exceptions.ConvergenceWarning) as warned:
        getattr(KMeans(4, random_state=0), method)(rows)
    assert [str(w.message) for w in warned] == [str(w.message) for w in expected]
    assert {w.filename for w in warned} == {__file__}
    weights = [0.0, 0.0, 1.0, 1.0]
    with warned_of_few(1, 2):
        getattr(KMeans(2, random_state=0), method)(rows, sample_weight=weights)


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
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.parametrize("n_clusters", [1, 8])
def test_check_estimator(n_clusters: int) -> None:
    expected = {} if n_clusters == 1 else EXPECTED_FAILURES
    checks = estimator_checks.check_estimator(KMeans(n_clusters), expected_failed_checks=expected)
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
        (
            {"init": "kmeans"},
            r"'init' parameter of KMeans must be a str among .*, a callable or an",
        ),
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


def test_examples_of_the_documentation() -> None:
    ran = doctest.testmod(gaussmix.kmeans)
    assert ran.attempted > 0
    assert ran.failed == 0


def test_everything_public_is_documented() -> None:
    for name, member in inspect.getmembers(KMeans):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name
