"""`known_labels`: rows whose component is known stay there, and name it."""

from typing import Any

import numpy as np
import pytest
from data import Floats, load, species
from gaussmix import GaussianMixture
from gaussmix.exceptions import ConvergenceWarning
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

Labels = NDArray[np.intp]


def overlapping(seed: int, n: int = 600) -> tuple[Floats, Labels]:
    """Three elongated clusters whose middles are closer than they are long, and their labels."""
    rng = np.random.RandomState(seed)
    labels = rng.randint(3, size=n)
    angles = np.array([0.3, 1.3, 2.3])[labels]
    along, across = 2.5 * rng.normal(size=n), 0.7 * rng.normal(size=n)
    turned = np.stack(
        [
            along * np.cos(angles) - across * np.sin(angles),
            along * np.sin(angles) + across * np.cos(angles),
        ],
        axis=1,
    )
    return turned + np.array([[0.0, 0.0], [2.5, 0.0], [1.0, 2.0]])[labels], labels


def some_of(labels: Labels, share: float, seed: int) -> Labels:
    """The labels of a share of the rows, -1 for the others."""
    known = np.random.RandomState(seed).permutation(len(labels)) < share * len(labels)
    return np.where(known, labels, -1)


def parameters(model: GaussianMixture) -> list[Any]:
    return [model.weights_, model.means_, model.covariances_, model.lower_bounds_]


def assert_same_bits(a: GaussianMixture, b: GaussianMixture) -> None:
    for one, other in zip(parameters(a), parameters(b), strict=True):
        np.testing.assert_array_equal(one, other)


def class_covariances(X: Floats, labels: Labels, weights: Floats, covariance_type: str) -> Floats:
    """The maximum-likelihood covariances of rows whose components are known, reg_covar=0."""
    scatters, totals = [], []
    for j in range(labels.max() + 1):
        own = weights * (labels == j)
        centred = X - np.average(X, axis=0, weights=own)
        scatters.append((own[:, np.newaxis] * centred).T @ centred)
        totals.append(own.sum())
    return covariances_of(np.array(scatters), np.array(totals), covariance_type)


def covariances_of(scatter: Floats, total: Floats, covariance_type: str) -> Floats:
    if covariance_type == "tied":
        return scatter.sum(axis=0) / total.sum()
    full = scatter / total[:, np.newaxis, np.newaxis]
    diagonal = np.diagonal(full, axis1=1, axis2=2)
    return {"full": full, "diag": diagonal, "spherical": diagonal.mean(axis=1)}[covariance_type]


@pytest.mark.parametrize("weighted", [False, True])
def test_all_labels_give_the_classes(covariance_type: Any, weighted: bool) -> None:
    X, labels = overlapping(0)
    weights = np.random.RandomState(1).rand(len(X)) if weighted else np.ones(len(X))
    model = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0.0, random_state=0)
    model.fit(X, sample_weight=weights if weighted else None, known_labels=labels)
    assert model.converged_
    totals = np.bincount(labels, weights)
    np.testing.assert_allclose(model.weights_, totals / totals.sum(), rtol=1e-13)
    means = [np.average(X[labels == j], axis=0, weights=weights[labels == j]) for j in range(3)]
    np.testing.assert_allclose(model.means_, means, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        model.covariances_,
        class_covariances(X, labels, weights, covariance_type),
        rtol=1e-12,
        atol=1e-13,
    )
    # The bound is the mean log of weight times density of each row's own component.
    own = model.predict_proba(X)[np.arange(len(X)), labels]
    joint = model.score_samples(X) + np.log(own)
    assert model.lower_bound_ == pytest.approx(np.average(joint, weights=weights), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_first_start_is_of_the_labelled_rows(covariance_type: Any, weighted: bool) -> None:
    X, labels = overlapping(3)
    known = some_of(labels, 0.05, 3)
    weights = np.random.RandomState(1).rand(len(X)) if weighted else np.ones(len(X))
    model = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0.0, max_iter=0)
    model.fit(X, sample_weight=weights if weighted else None, known_labels=known)
    # Beside them each covariance has n_features + 1 rows of mean weight, spread as clusters are
    # whose rows are nearest to its mean, with features scaled to unit variance.
    more = 3 * weights.mean()
    centres = [np.average(X, axis=0, weights=weights * (known == j)) for j in range(3)]
    scaled = (X[:, np.newaxis] - centres) / np.sqrt(np.cov(X.T, aweights=weights).diagonal())
    clusters = np.where(known < 0, (scaled**2).sum(axis=2).argmin(axis=1), known)
    within = class_covariances(X, clusters, weights, "tied")
    means, scatters, totals = [], [], []
    for j in range(3):
        own = weights * (known == j)
        means.append(np.average(X, axis=0, weights=own))
        scatters.append((own[:, np.newaxis] * (X - means[j])).T @ (X - means[j]) + more * within)
        totals.append(own.sum() + more)
    expected = covariances_of(np.array(scatters), np.array(totals), covariance_type)
    np.testing.assert_allclose(model.means_, means, rtol=1e-12)
    counts = np.bincount(known[known >= 0], weights[known >= 0])
    np.testing.assert_allclose(model.weights_, counts / counts.sum(), rtol=1e-12)
    np.testing.assert_allclose(model.covariances_, expected, rtol=1e-12, atol=1e-13)
    assert model.fit_report_.starts[0].origin == "the labelled rows"


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random", "random_from_data"])
def test_unknown_labels_change_no_bit(X: Floats, covariance_type: Any, init: Any) -> None:
    settings = {"covariance_type": covariance_type, "init_params": init, "random_state": 0}
    settings |= {"n_init": 2, "max_iter": 300, "tol": 1e-2}
    plain = GaussianMixture(3, **settings).fit(X)
    assert_same_bits(GaussianMixture(3, **settings).fit(X, known_labels=[-1] * len(X)), plain)


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random", "random_from_data", "callable"])
@pytest.mark.parametrize("n_init", [1, 4])
def test_numbers_follow_the_labels(init: Any, n_init: int) -> None:
    centres = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0], [8.0, 8.0]])
    rng = np.random.RandomState(0)
    labels = rng.randint(4, size=800)
    X = centres[labels] + rng.normal(size=(800, 2))
    if init == "callable":

        def init(X: Floats, k: int, random_state: int) -> Labels:
            return np.random.RandomState(random_state).randint(k, size=len(X))

    settings = {"init_params": init, "n_init": n_init, "random_state": 0, "max_iter": 500}
    for order in ([0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]):
        known = some_of(np.array(order)[labels], 0.05, 0)
        model = GaussianMixture(4, **settings).fit(X, known_labels=known)
        np.testing.assert_allclose(model.means_[order], centres, atol=0.3)


def test_components_without_labels_find_their_clusters() -> None:
    centres = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
    rng = np.random.RandomState(0)
    labels = rng.randint(4, size=800)
    X = centres[labels] + rng.normal(size=(800, 2))
    known = np.where(labels == 1, 2, -1)  # one cluster, whole, is component 2
    for seed in range(10):
        model = GaussianMixture(4, random_state=seed).fit(X, known_labels=known)
        np.testing.assert_allclose(model.means_[2], centres[1], atol=0.3)
        others = np.delete(model.means_, 2, axis=0)
        found = others[np.lexsort(others.round().T)]
        np.testing.assert_allclose(
            found, centres[[0, 2, 3]][np.lexsort(centres[[0, 2, 3]].T)], atol=0.3
        )


def test_labels_hold_against_the_densities() -> None:
    rng = np.random.RandomState(0)
    X = np.concatenate([rng.normal(0, 1, (100, 2)), rng.normal(20, 1, (100, 2))])
    known = np.full(200, -1)
    known[:2], known[100:102] = [0, 1], [1, 1]  # row 1 is said to be of the cluster far away
    labels = GaussianMixture(2, random_state=0).fit_predict(X, known_labels=known)
    np.testing.assert_array_equal(labels[:4], [0, 1, 0, 0])
    model = GaussianMixture(2, random_state=0).fit(X, known_labels=known)
    np.testing.assert_allclose(model.weights_, [99 / 200, 101 / 200], rtol=1e-9)
    assert model.predict(X)[1] == 0  # the model does not remember


def test_weights_count_as_repetitions() -> None:
    X, labels = overlapping(2)
    known = some_of(labels, 0.2, 2)
    times = np.random.RandomState(3).randint(3, size=len(X))
    start = {"means_init": [[0.0, 0.0], [2.5, 0.0], [1.0, 2.0]], "weights_init": [0.3, 0.3, 0.4]}
    start |= {"precisions_init": np.array([np.eye(2)] * 3), "tol": 1e-8, "max_iter": 1000}
    weighted = GaussianMixture(3, **start).fit(X, sample_weight=times, known_labels=known)
    repeated = GaussianMixture(3, **start).fit(
        np.repeat(X, times, axis=0), known_labels=np.repeat(known, times)
    )
    assert weighted.n_iter_ == repeated.n_iter_
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(weighted.covariances_, repeated.covariances_, rtol=1e-9, atol=1e-9)


def test_rows_of_weight_zero_keep_their_label() -> None:
    X, labels = overlapping(2)
    known = some_of(labels, 0.2, 2)
    weights = (np.arange(len(X)) % 3 > 0).astype(float)
    settings = {"n_components": 3, "random_state": 0, "n_init": 2}
    model = GaussianMixture(**settings)
    found = model.fit_predict(X, sample_weight=weights, known_labels=known)
    np.testing.assert_array_equal(found[known >= 0], known[known >= 0])
    count = weights > 0
    there = GaussianMixture(**settings).fit(
        X[count], sample_weight=weights[count], known_labels=known[count]
    )
    assert_same_bits(model, there)


def test_float32() -> None:
    X, labels = overlapping(4)
    known = some_of(labels, 0.1, 4)
    settings = {"n_components": 3, "random_state": 0, "tol": 1e-7, "max_iter": 2000}
    single = GaussianMixture(**settings).fit(X.astype(np.float32), known_labels=known)
    double = GaussianMixture(**settings).fit(X.astype(np.float32).astype(float), known_labels=known)
    assert single.means_.dtype == np.float32
    np.testing.assert_allclose(single.means_, double.means_, atol=0.02)


def test_threads_change_no_bit(covariance_type: Any) -> None:
    X, labels = overlapping(5, 30_000)
    known = some_of(labels, 0.05, 5)
    settings = {"covariance_type": covariance_type, "random_state": 0, "n_init": 2, "max_iter": 30}
    settings["tol"] = 1e-2
    one = GaussianMixture(3, n_jobs=1, **settings).fit(X, known_labels=known)
    for n_jobs in (2, 3):
        assert_same_bits(
            GaussianMixture(3, n_jobs=n_jobs, **settings).fit(X, known_labels=known), one
        )


def test_a_warm_start_goes_on_with_labels() -> None:
    X, labels = overlapping(6)
    known = some_of(labels, 0.1, 6)
    settings = {"n_components": 3, "random_state": 0, "tol": 0.0}
    model = GaussianMixture(**settings, max_iter=5, warm_start=True)
    whole = GaussianMixture(**settings, max_iter=10)
    for fit in (model.fit, model.fit, whole.fit):
        with pytest.warns(ConvergenceWarning):
            fit(X, known_labels=known)
    np.testing.assert_allclose(model.means_, whole.means_, rtol=1e-9)


def test_a_share_of_zero_does_not_take_a_label_away() -> None:
    X, labels = overlapping(7)
    start = {"weights_init": [0.0, 0.5, 0.5], "means_init": [[0, 0], [2.5, 0], [1, 2]]}
    model = GaussianMixture(3, random_state=0, **start).fit(X, known_labels=some_of(labels, 0.1, 7))
    assert model.weights_[0] > 0.1


def bill_and_mass(seed: int) -> tuple[Floats, Labels]:
    """Two measurements of the penguins, and their species."""
    return load("penguins")[:, [0, 3]], np.unique(species(), return_inverse=True)[1]


@pytest.mark.parametrize(
    ("data", "n_init", "without", "with_labels"),
    [
        (overlapping, 1, 0.31, 0.45),
        (overlapping, 10, 0.45, 0.45),
        (bill_and_mass, 1, 0.38, 0.80),
        (bill_and_mass, 10, 0.64, 0.79),
    ],
)
def test_labels_raise_the_agreement_on_overlapping_clusters(
    data: Any, n_init: int, without: float, with_labels: float
) -> None:
    """The figures of docs/known-labels.md, of the rows without a known label."""
    agreements = []
    for seed in range(20):
        X, labels = data(seed)
        known = some_of(labels, 0.05, seed)
        rest = known < 0
        mixture = GaussianMixture(3, random_state=seed, n_init=n_init, max_iter=1000)
        found = [mixture.fit_predict(X, known_labels=given)[rest] for given in (None, known)]
        agreements.append([adjusted_rand_score(labels[rest], clusters) for clusters in found])
    assert np.mean(agreements, axis=0) == pytest.approx([without, with_labels], abs=0.02)


@pytest.mark.parametrize(
    ("known", "error", "message"),
    [
        ([0, 1], ValueError, r"known_labels.shape == \(2,\), expected \(6,\)!"),
        ([[0, 1, 0, 1, -1, -1]], ValueError, r"known_labels.shape == \(1, 6\), expected \(6,\)!"),
        (0, ValueError, r"known_labels.shape == \(\), expected \(6,\)!"),
        ([0, 1, -2, 0, 0, 0], ValueError, r"known_labels\[2\] is -2, but must be a component, "),
        ([0, 1, 3, 0, 0, 0], ValueError, r"known_labels\[2\] is 3, .* from 0 to 1, or -1 where"),
        ([0, 1, 2, 0, 0, 0], ValueError, r"known_labels\[2\] is 2, .* there is no noise component"),
        (np.uint64([2**40, 0, 0, 0, 0, 0]), ValueError, r"known_labels\[0\] is 1099511627776"),
        ([0.0, 1.0, -1.0, 0.0, 0.0, 0.0], TypeError, "must hold ints, but its dtype is float64"),
        ([True, False] * 3, TypeError, "must hold ints, but its dtype is bool"),
        (["a", "b"] * 3, TypeError, "must hold ints, but its dtype is <U1"),
        ([0, 1, None, 0, 0, 0], TypeError, "must hold ints, but its dtype is object"),
        (
            np.ma.masked_array([0, 1] * 3, [True] + [False] * 5),
            ValueError,
            "Input known_labels contains masked values",
        ),
    ],
)
def test_wrong_labels(known: Any, error: type[Exception], message: str) -> None:
    X = np.arange(12.0).reshape(6, 2)
    model = GaussianMixture(2)
    for method in (model.fit, model.fit_predict):
        with pytest.raises(error, match=message):
            method(X, known_labels=known)
    assert not hasattr(model, "means_")


@pytest.mark.parametrize("dtype", [np.int8, np.int64, ">i4"])
def test_any_ints_are_labels(dtype: Any) -> None:
    X, labels = overlapping(8)
    known = some_of(labels, 0.1, 8)
    expected = GaussianMixture(3, random_state=0).fit(X, known_labels=known)
    strided = np.repeat(known, 2).astype(dtype)[::2]
    assert_same_bits(GaussianMixture(3, random_state=0).fit(X, known_labels=strided), expected)
