"""Where EM starts from, which of them go on, and what becomes of components that do nothing."""

from typing import Any

import numpy as np
import pytest
from compare import assert_same_bits, is_sound
from data import Floats, load, sample_mixture, start_from_labels
from gaussmix import GaussianMixture, KMeans
from gaussmix.report import FitReport
from sklearn import mixture as sklearn_mixture


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


def three_heaps() -> Floats:
    rng = np.random.RandomState(0)
    return np.vstack([rng.standard_normal((100, 2)) + c for c in ([0, 0], [12, 0], [0, 12])])


# Rounds


def test_the_first_start_is_what_a_single_one_would_be(X: Floats, covariance_type: str) -> None:
    settings = {"covariance_type": covariance_type, "random_state": 0, "max_iter": 500}
    one, many = (GaussianMixture(4, **settings, n_init=n).fit(X) for n in (1, 6))
    assert many.fit_report_.starts[0] == one.fit_report_.starts[0]
    assert many.lower_bound_ >= one.lower_bound_


@pytest.mark.parametrize("name", ["iris", "wine", "penguins", "digits"])
def test_more_starts_are_never_worse_than_one(name: str) -> None:
    X = load(name)
    for seed in range(5):
        settings = {"covariance_type": "diag", "random_state": seed, "max_iter": 1000}
        bounds = [GaussianMixture(6, **settings, n_init=n).fit(X).lower_bound_ for n in (1, 2, 5)]
        assert min(bounds[1:]) >= bounds[0]


def test_rounds(X: Floats) -> None:
    """As the documentation says: 1 start, a round of 5 of which 3 go on, 4 of 6 with 2 each."""
    mixture = GaussianMixture(5, n_init=6, random_state=0, max_iter=500, tol=1e-9).fit(X)
    starts = mixture.fit_report_.starts
    assert len(starts) == 1 + 5 + 4 * 6
    assert not starts[0].dropped
    for first, size, survivors in [(1, 5, 3), (6, 6, 2), (12, 6, 2), (18, 6, 2), (24, 6, 2)]:
        round = starts[first : first + size]
        assert sum(not start.dropped for start in round) == survivors
        dropped = [start for start in round if start.dropped]
        assert all(start.n_iter <= 20 for start in dropped)
        worst = min(start.lower_bound for start in round if not start.dropped)
        tie = 1e-9 * max(1, abs(worst))
        assert all(start.lower_bound <= worst + tie for start in dropped)
    assert {start.origin for start in starts[1:6]} == {
        "a partition of scaled features",
        "k-means of scaled features",
        "k-means",
    }
    assert all("moved" in start.origin for start in starts[6:])
    assert all(start.seconds > 0 for start in starts)


def test_rounds_find_what_single_starts_miss() -> None:
    """Twelve clusters in a row, and starts from random rows, which leave out some of them."""
    rng = np.random.RandomState(0)
    X = (6 * rng.randint(12, size=1200) + rng.standard_normal(1200))[:, np.newaxis]
    settings = {"covariance_type": "spherical", "init_params": "random_from_data", "tol": 1e-6}
    single, several = (
        [
            GaussianMixture(12, random_state=seed, n_init=n, max_iter=1000, **settings)
            .fit(X)
            .score(X)
            for seed in range(10)
        ]
        for n in (1, 4)
    )
    assert np.median(several) > max(single)


@pytest.mark.parametrize(
    "given", [{"means_init": [[0.0, 0.0], [1.0, 1.0]]}, {"weights_init": [0.5, 0.5]}]
)
def test_parameters_of_the_users_hold_for_all_starts(given: dict[str, Any]) -> None:
    mixture = GaussianMixture(2, n_init=4, random_state=0, max_iter=500, **given)
    starts = mixture.fit(three_heaps()).fit_report_.starts
    assert len(starts) == 4
    assert not any("moved" in start.origin for start in starts)


def test_a_whole_start_is_one_start(X: Floats) -> None:
    given = start_from_labels(X, KMeans(3, random_state=0).fit(X).labels_, "full", 1e-6)
    mixture = GaussianMixture(n_init=4, max_iter=500, **given).fit(X)
    assert [start.origin for start in mixture.fit_report_.starts] == ["the user's parameters"]


def test_report_is_readable(X: Floats) -> None:
    report = GaussianMixture(3, n_init=3, random_state=0, max_iter=500).fit(X).fit_report_
    lines = str(report).splitlines()
    assert sum(" (best), " in line for line in lines) == 1
    dropped = sum(start.dropped for start in report.starts)
    assert f"dropped after a short run: {dropped} starts" in lines
    assert len(lines) == len(report.starts) - dropped + 2
    assert str(FitReport()) == "not fitted to data: the parameters were given"


# Functions as init_params


def labels_by_kmeans(X: Floats, n_components: int, random_state: int) -> Floats:
    return KMeans(n_components, random_state=random_state).fit(X).labels_


def test_labels_from_a_function(X: Floats, covariance_type: str) -> None:
    returned: list[Floats] = []

    def init(*arguments: Any) -> Floats:
        returned.append(labels_by_kmeans(*arguments))
        return returned[-1]

    mixture = GaussianMixture(
        4, covariance_type=covariance_type, init_params=init, max_iter=0, random_state=0
    )
    assert mixture.fit(X).fit_report_.starts[0].origin == "the user's function"
    (labels,) = returned
    expected = start_from_labels(X, labels, covariance_type, 1e-6)
    np.testing.assert_allclose(mixture.weights_, expected["weights_init"], rtol=1e-12)
    np.testing.assert_allclose(mixture.means_, expected["means_init"], rtol=1e-10)
    np.testing.assert_allclose(mixture.precisions_, expected["precisions_init"], rtol=1e-10)


def test_responsibilities_from_a_function(X: Floats) -> None:
    shares = np.random.RandomState(0).dirichlet(np.ones(3), len(X))
    mixture = GaussianMixture(3, init_params=lambda *_: shares, max_iter=0).fit(X)
    np.testing.assert_allclose(mixture.weights_, shares.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        mixture.means_, shares.T @ X / shares.sum(axis=0)[:, np.newaxis], rtol=1e-10
    )
    labels = shares.argmax(axis=1)
    hard = GaussianMixture(3, init_params=lambda *_: np.eye(3)[labels], max_iter=0).fit(X)
    same = GaussianMixture(3, init_params=lambda *_: labels, max_iter=0).fit(X)
    assert_same_bits(hard, same, X)


def test_a_function_is_called_for_each_start(X: Floats) -> None:
    seen: list[tuple[Any, ...]] = []

    def init(rows: Floats, n_components: int, random_state: int) -> Floats:
        seen.append((rows.shape, n_components, random_state, rows.flags.writeable))
        return labels_by_kmeans(rows, n_components, random_state)

    weights = np.r_[np.zeros(10), np.ones(len(X) - 10)]
    mixture = GaussianMixture(3, init_params=init, n_init=4, random_state=5, max_iter=500)
    mixture.fit(X, sample_weight=weights)
    assert [call[:2] for call in seen] == [((len(X) - 10, 3), 3)] * 4
    assert len({call[2] for call in seen}) == 4
    assert not any(call[3] for call in seen)
    again = [call[2] for call in seen]
    seen.clear()
    mixture.fit(X)
    assert [call[2] for call in seen] == again


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros(400), r"integer labels of shape \(n_samples,\) = \(400,\) or .* of float64 of"),
        (np.zeros(7, int), r"but got an array of int64 of shape \(7,\)"),
        (np.full(400, 3), r"in \[0, 3\), but got labels from 3 to 3"),
        (np.full(400, -1), r"in \[0, 3\), but got labels from -1 to -1"),
        (np.zeros((400, 3)), "sum to 1 in each row, but got a least of 0.00000 and sums from 0.0"),
        (np.tile([2.0, -1.0, 0.0], (400, 1)), "at least 0 and sum to 1 .* a least of -1.00000"),
        (np.full((400, 3), np.nan), "Input init_params contains NaN"),
        (np.full((400, 2), 0.5), r"shape \(400, 2\)"),
    ],
)
def test_a_function_that_returns_something_else(X: Floats, answer: Floats, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3, init_params=lambda *_: answer).fit(X)


def test_a_function_that_raises(X: Floats) -> None:
    def init(*_: Any) -> Floats:
        raise ZeroDivisionError("from the function")

    with pytest.raises(ZeroDivisionError, match="from the function"):
        GaussianMixture(3, init_params=init).fit(X)


# Samples


def test_many_rows_are_sampled_for_seeding() -> None:
    """The start of a fit of 60,000 rows is as good as scikit-learn's, which looks at all."""
    X = sample_mixture(60_000, 4, 6, seed=1)
    settings = {"random_state": 0, "max_iter": 300, "tol": 1e-6}
    ours = GaussianMixture(6, **settings).fit(X)
    theirs = sklearn_mixture.GaussianMixture(6, **settings).fit(X)
    assert ours.score(X) >= theirs.score(X) - 1e-3


def test_samples_heed_weights() -> None:
    """Of 50,000 rows in two heaps one heap has all the weight: every component is for it."""
    rng = np.random.RandomState(0)
    X = np.vstack([rng.standard_normal((25_000, 2)), rng.standard_normal((25_000, 2)) + 50])
    weights = np.repeat([1.0, 1e-9], 25_000)
    mixture = GaussianMixture(4, random_state=0, max_iter=0).fit(X, sample_weight=weights)
    assert (np.abs(mixture.means_) < 10).all()
    single = np.zeros(50_000)
    single[[7, 31_000]] = 1
    two = GaussianMixture(2, random_state=0, max_iter=0).fit(X, sample_weight=single + 1e-12)
    np.testing.assert_allclose(
        two.means_[np.argsort(two.means_[:, 0])], X[[7, 31_000]], rtol=1e-3, atol=1e-3
    )


def test_rounds_of_many_rows_see_a_sample() -> None:
    """They find the model that the data are from, whose likelihood a single start misses."""
    rng = np.random.RandomState(0)
    X = (6 * rng.randint(12, size=100_000) + rng.standard_normal(100_000))[:, np.newaxis]
    true = GaussianMixture.from_parameters(
        np.full(12, 1 / 12), 6.0 * np.arange(12)[:, np.newaxis], np.ones(12), "spherical"
    )
    settings: dict[str, Any] = {"covariance_type": "spherical", "random_state": 0, "max_iter": 500,
                                "init_params": "random_from_data", "tol": 1e-6}  # fmt: skip
    single = GaussianMixture(12, **settings).fit(X)
    several = GaussianMixture(12, **settings, n_init=4).fit(X)
    assert single.score(X) < true.score(X) < several.score(X)

    starts = several.fit_report_.starts
    assert starts[0] == single.fit_report_.starts[0]
    best = max(s.lower_bound for s in starts if not s.dropped)
    assert several.lower_bound_ >= best - 1e-9 * max(1, abs(best))
    assert (
        len(several.lower_bounds_)
        == several.n_iter_
        == starts[several.fit_report_.best_start].n_iter
    )
    assert np.all(np.diff(several.lower_bounds_) > -1e-9), "they are of the same rows"
    dropped = [s for s in starts if s.dropped]
    assert all(1 <= s.n_iter <= 20 and s.lower_bound < 0 for s in dropped)


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++"])
def test_samples_are_of_the_seed(init_params: str) -> None:
    X = sample_mixture(30_000, 3, 4, seed=0)
    fits = [
        GaussianMixture(4, init_params=init_params, random_state=s, max_iter=0).fit(X)
        for s in (0, 0, 1)
    ]
    assert_same_bits(fits[0], fits[1], X)
    assert (fits[0].means_ != fits[2].means_).any()


# Components that do nothing


def duplicating(X: Floats, n_components: int, random_state: int) -> Floats:
    """The first two components share a heap alike, and the last has the two others."""
    shares = np.zeros((300, 3))
    shares[:100, :2] = 0.5
    shares[100:, 2] = 1
    return shares


def test_a_duplicate_component_is_moved(covariance_type: str) -> None:
    X = three_heaps()
    mixture = GaussianMixture(
        3, covariance_type=covariance_type, init_params=duplicating, random_state=0, max_iter=500
    ).fit(X)
    (repair,) = mixture.fit_report_.repairs
    assert repair.reason == "it had become the same as component 0"
    assert repair.component == 1
    assert repair.start == mixture.fit_report_.best_start > 0
    assert mixture.lower_bound_ > mixture.fit_report_.starts[0].lower_bound
    assert sorted(np.bincount(mixture.predict(X))) == [100, 100, 100]


def test_a_duplicate_component_stays_if_the_fit_is_to_raise() -> None:
    mixture = GaussianMixture(3, init_params=duplicating, degenerate="raise", max_iter=500)
    report = mixture.fit(three_heaps()).fit_report_
    assert len(report.starts) == 1
    assert not report.repairs


def test_an_empty_component_is_moved(covariance_type: str) -> None:
    X = three_heaps()
    eye = {"full": np.eye(2), "tied": np.eye(2), "diag": np.ones(2), "spherical": 1.0}
    precision = eye[covariance_type]
    mixture = GaussianMixture(
        3,
        covariance_type=covariance_type,
        weights_init=np.full(3, 1 / 3),
        means_init=[[0.0, 0.0], [6.0, 6.0], [1e9, 1e9]],
        precisions_init=precision if covariance_type == "tied" else [precision] * 3,
        random_state=0,
        max_iter=500,
    ).fit(X)
    actions = [repair.action for repair in mixture.fit_report_.repairs if repair.component == 2]
    assert actions == [
        "kept its mean and covariance",
        "moved it to where the rows were explained badly",
    ]
    assert mixture.lower_bound_ > mixture.fit_report_.starts[0].lower_bound
    assert is_sound(mixture, X)


def test_a_move_that_gains_nothing_is_not_kept() -> None:
    """One heap, and two components that are equal for good."""
    X = np.repeat([[0.0], [1.0], [2.0]], 50, axis=0)
    mixture = GaussianMixture(
        2, init_params=lambda *_: np.full((150, 2), 0.5), reg_covar=10, random_state=0
    ).fit(X)
    assert mixture.fit_report_.best_start == 0
    assert len(mixture.fit_report_.starts) == 4
    assert not mixture.fit_report_.repairs


def total_variance(mixture: GaussianMixture) -> float:
    """The variances of all features of the mixture as a whole, summed."""
    k, d = mixture.means_.shape
    within = {
        "full": lambda c: np.trace(c, axis1=1, axis2=2),
        "tied": lambda c: np.full(k, np.trace(c)),
        "diag": lambda c: c.sum(axis=1),
        "spherical": lambda c: d * c,
    }[mixture.covariance_type](mixture.covariances_)
    between = (mixture.means_ - mixture.weights_ @ mixture.means_) ** 2
    return float(mixture.weights_ @ (within + between.sum(axis=1)))


@pytest.mark.parametrize("n_init", [1, 3])
@pytest.mark.parametrize(
    ("rows", "k"),
    [
        ([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]], 3),
        ([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]], 1),
        ([[1.0, 2.0]] * 10, 4),
        ([[0.0, 0.0], [1.0, 1.0]] * 10, 5),
    ],
    ids=["n is k", "k is 1", "all equal", "two distinct"],
)
def test_degenerate_data(
    rows: list[list[float]], k: int, covariance_type: str, n_init: int
) -> None:
    """As many components are used as there are distinct rows, and the moments are the data's."""
    X = np.array(rows)
    mixture = GaussianMixture(
        k, covariance_type=covariance_type, n_init=n_init, random_state=0, max_iter=500
    ).fit(X)
    assert is_sound(mixture, X)
    np.testing.assert_allclose(mixture.weights_ @ mixture.means_, X.mean(axis=0), rtol=1e-14)
    assert total_variance(mixture) == pytest.approx(X.var(axis=0).sum() + 2e-6, rel=1e-12)
    distinct = len(np.unique(X, axis=0))
    assert len(set(mixture.predict(X))) == min(k, distinct)
    assert bool(mixture.fit_report_.repairs) == (k > distinct)


@pytest.mark.parametrize("n_init", [1, 3])
def test_an_outlier_at_1e12(covariance_type: str, n_init: int) -> None:
    """It gets a component of its own."""
    X = np.vstack([np.random.RandomState(0).standard_normal((10_000, 3)), np.full((1, 3), 1e12)])
    mixture = GaussianMixture(
        3, covariance_type=covariance_type, n_init=n_init, random_state=0, max_iter=500
    ).fit(X)
    assert is_sound(mixture, X)
    *_, own = mixture.predict(X)
    np.testing.assert_allclose(mixture.weights_[own], 1 / len(X), rtol=1e-12)
    np.testing.assert_allclose(mixture.means_[own], 1e12, rtol=1e-12)
    np.testing.assert_allclose(
        (mixture.weights_ @ mixture.means_ - 1e12 / len(X)) * len(X), X[:-1].sum(axis=0), atol=1
    )
