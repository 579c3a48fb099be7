"""The noise component: a density of 1 / volume beside the Gaussians."""

import json
import math
import pickle
from itertools import permutations
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from data import COVARIANCE_TYPES, NOISY, ROOT, Floats, load, noisy, sample_mixture
from gaussmix import GaussianMixture, plot, select
from gaussmix._types import FAMILIES
from gaussmix.noise import NoiseBox
from matplotlib.figure import Figure
from mixtures import log_joint, matrices
from scipy import stats
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

MCLUST = json.loads((ROOT / "tests" / "reference" / "mclust_noise.json").read_text())


def fitted(name: str = "wide", dtype: Any = np.float64, **params: Any) -> GaussianMixture:
    X = noisy(name)[0].astype(dtype)
    return GaussianMixture(3, **{"noise": True, "random_state": 0, **params}).fit(X)


def joint_with_noise(model: GaussianMixture, X: Floats) -> Floats:
    """Weight times density of every component, and of the noise, by SciPy: (n, k + 1)."""
    joint = log_joint(model.weights_, model.means_, matrices(model), X)
    log_volume = np.log(model.noise_box_.widths.astype(np.float64)).sum()
    noise = np.full(len(X), np.log(model.noise_weight_) - log_volume)
    return np.column_stack([joint, noise])


def hypvol(X: Floats) -> float:
    """The logarithm of what mclust's hypvol returns."""
    Z = X - X.mean(axis=0)
    axes = np.linalg.eigh(np.cov(Z.T).reshape(X.shape[1], -1))[1]
    return min(np.log(np.ptp(Z, axis=0)).sum(), np.log(np.ptp(Z @ axes, axis=0)).sum())


def mean_error(model: GaussianMixture, means: Floats) -> float:
    """The mean distance of the means to the true ones, in the order that suits best."""
    orders = [list(order) for order in permutations(range(len(means)))]
    return min(np.linalg.norm(model.means_[o] - means, axis=1).mean() for o in orders)


# What it is


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_density_is_that_of_the_formula(covariance_type: str, dtype: Any) -> None:
    X = noisy("five")[0].astype(dtype)
    model = fitted("five", dtype, covariance_type=covariance_type)
    joint = joint_with_noise(model, X)
    density = logsumexp(joint, axis=1)
    tolerance = 1e-4 if dtype == np.float32 else 1e-10
    np.testing.assert_allclose(model.score_samples(X), density, rtol=tolerance, atol=tolerance)
    shares = np.exp(joint - density[:, np.newaxis])
    assert model.predict_proba(X).shape == (len(X), 4)
    np.testing.assert_allclose(model.predict_proba(X), shares, atol=10 * tolerance)
    largest = joint.argmax(axis=1)
    expected = np.where(largest == 3, -1, largest)
    sure = np.sort(shares, axis=1)[:, -1] > 0.51
    np.testing.assert_array_equal(model.predict(X)[sure], expected[sure])
    assert {*model.predict(X)} == {-1, 0, 1, 2}
    assert model.weights_.sum() + model.noise_weight_ == pytest.approx(1)


@pytest.mark.parametrize("name", [*NOISY, "iris", "penguins", "wine", "line", "digits"])
def test_volume_is_that_of_hypvol(name: str) -> None:
    X = noisy(name)[0] if name in NOISY else load(name)
    box = GaussianMixture(2, noise=True, max_iter=0, random_state=0).fit(X).noise_box_
    assert box.log_volume == pytest.approx(hypvol(X), abs=1e-8)
    if name in NOISY:
        assert box.log_volume == pytest.approx(MCLUST[name]["log_volume"], abs=1e-9)
    at = (X - box.corner) @ box.axes.T / box.widths
    np.testing.assert_allclose(at.min(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(at.max(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(box.axes @ box.axes.T, np.eye(X.shape[1]), atol=1e-12)


@pytest.mark.parametrize(("n", "d", "half"), [(600, 2, 30), (5000, 2, 15), (600, 5, 30)])
def test_background_is_found(n: int, d: int, half: float) -> None:
    """A tenth of the rows lies anywhere: the share is found, and the means are kept from it."""
    rng = np.random.RandomState(n + d)
    means = 6 * np.eye(d)[[0, 1, 1]] * [[1], [1], [-1]]
    labels = rng.randint(3, size=n)
    X = means[labels] + rng.standard_normal((n, d))
    background = rng.permutation(n) < n // 10
    X[background] = rng.uniform(-half, half, (background.sum(), d)) + [4.0] * d
    model, plain = (
        GaussianMixture(3, noise=noise, random_state=0).fit(X) for noise in (True, None)
    )
    assert model.noise_weight_ == pytest.approx(0.1, abs=0.02)
    assert mean_error(model, means) < mean_error(plain, means) / 3
    found = model.predict(X)
    assert adjusted_rand_score(np.where(background, -1, labels), found) > 0.9


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param(name, cell, id=f"{name}-{cell['model']}")
        for name in NOISY
        for cell in MCLUST[name]["results"]
    ],
)
def test_what_mclust_finds_is_reached(name: str, cell: dict[str, Any]) -> None:
    """mclust knew which rows were noise. BIC and ICL have the other sign there."""
    X = noisy(name)[0]
    model = fitted(
        name,
        covariance_type=cell["model"],
        reg_covar=0,
        tol=1e-11,
        max_iter=2000,
        n_init=5 if name == "turned" else 1,
    )
    log_likelihood = len(X) * model.score(X)
    assert model._n_parameters() == cell["df"]
    assert log_likelihood >= cell["loglik"] - 1e-4
    if log_likelihood < cell["loglik"] + 1e-4:  # the same optimum
        assert model.noise_weight_ == pytest.approx(cell["noise"], abs=1e-5)
        assert model.bic(X) == pytest.approx(-cell["bic"], abs=1e-3)
        assert model.icl(X) == pytest.approx(-cell["icl"], abs=0.05)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("family", FAMILIES)
def test_em_never_lowers_the_likelihood(family: str, dtype: Any) -> None:
    model = fitted("five", dtype, covariance_type=family, reg_covar=0, tol=0, max_iter=30)
    assert len(model.lower_bounds_) == 30
    assert np.diff(model.lower_bounds_).min() > -(5e-6 if dtype == np.float32 else 1e-11)


def test_no_background_is_no_noise() -> None:
    X = load("blobs")
    plain, model = (
        GaussianMixture(4, noise=noise, random_state=0, tol=1e-8, max_iter=2000).fit(X)
        for noise in (None, True)
    )
    assert model.noise_weight_ < 0.005
    assert model.score(X) > plain.score(X) - 1e-6
    assert model.bic(X) > plain.bic(X)
    np.testing.assert_array_equal(model.predict(X) < 0, np.zeros(len(X), bool))


def test_none_and_false_are_without() -> None:
    X = load("iris")
    models = [GaussianMixture(3, noise=noise, random_state=0).fit(X) for noise in (None, False)]
    for model in models:
        assert (model.noise_weight_, model.noise_box_) == (0.0, None)
        assert model.predict_proba(X).shape == (150, 3)
        np.testing.assert_array_equal(model.means_, models[0].means_)
    noisy_one = GaussianMixture(3, noise=True, random_state=0).fit(X)
    assert noisy_one._n_parameters() == models[0]._n_parameters() + 2


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_threads_change_no_bit(covariance_type: str) -> None:
    one, two = (
        fitted(n_jobs=n_jobs, n_init=2, covariance_type=covariance_type) for n_jobs in (1, 2)
    )
    X = noisy("wide")[0]
    assert one.noise_weight_ == two.noise_weight_
    assert one.lower_bounds_ == two.lower_bounds_
    for name in ("weights_", "means_", "covariances_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


# Where it starts


def test_first_share_is_the_one_given() -> None:
    weights = [0.5, 0.3, 0.2]
    for noise, share in ((True, 0.05), (0.3, 0.3), (np.float32(0.25), 0.25)):
        model = fitted(noise=noise, max_iter=0, weights_init=weights)
        assert model.noise_weight_ == share
        np.testing.assert_allclose(model.weights_, (1 - share) * np.array(weights))
    # All given: the components are as they are.
    given = fitted(
        noise=0.1,
        max_iter=0,
        weights_init=weights,
        means_init=[[0, 0], [1, 1], [2, 2]],
        precisions_init=[np.eye(2)] * 3,
    )
    np.testing.assert_array_equal(given.means_, [[0, 0], [1, 1], [2, 2]])
    assert given.noise_weight_ == 0.1


def test_outliers_get_no_component() -> None:
    """k-means of all rows would spend its centres on those that lie far away."""
    rng = np.random.RandomState(0)
    means = 6 * np.array([[0, 0], [1, 0], [0, 1]])
    X = np.vstack([means[i % 3] + rng.standard_normal(2) for i in range(900)])
    X = np.vstack([X, rng.uniform(-1000, 1000, (60, 2))])
    for init in ("kmeans", "k-means++"):
        model = GaussianMixture(3, noise=True, init_params=init, random_state=0).fit(X)
        assert mean_error(model, means) < 0.2
        assert model.noise_weight_ == pytest.approx(60 / 960, abs=0.005)


@pytest.mark.parametrize("init", ["random", "random_from_data", "labels", "responsibilities"])
def test_other_starts(init: str) -> None:
    labels = noisy("wide")[1]
    given = np.where(labels < 0, 0, labels)
    functions = {"labels": lambda *_: given, "responsibilities": lambda *_: np.eye(3)[given]}
    model = fitted(init_params=functions.get(init, init), n_init=3, max_iter=500)
    assert 0 < model.noise_weight_ < 0.2
    if init not in ("random", "random_from_data"):
        assert model.noise_weight_ == pytest.approx(0.1, abs=0.02)


def test_warm_start_goes_on_and_takes_the_box_of_its_rows() -> None:
    X = noisy("wide")[0]
    whole = fitted(max_iter=8, tol=0)
    model = GaussianMixture(3, noise=True, random_state=0, max_iter=5, tol=0, warm_start=True)
    model.fit(X).set_params(max_iter=3).fit(X)
    np.testing.assert_array_equal(model.means_, whole.means_)
    assert model.noise_weight_ == whole.noise_weight_
    before = model.noise_box_
    model.set_params(max_iter=0).fit(2 * X)
    np.testing.assert_allclose(model.noise_box_.widths, 2 * before.widths)
    with pytest.raises(ValueError, match="the noise component was there then and is absent now"):
        model.set_params(noise=None).fit(X)


def test_sample_weight_is_repetition() -> None:
    X = noisy("five")[0]
    weights = np.arange(len(X)) % 3
    repeated = np.repeat(X, weights, axis=0)
    params: dict[str, Any] = {"noise": True, "tol": 1e-9, "max_iter": 500, "random_state": 0}
    a = GaussianMixture(3, **params).fit(X, sample_weight=weights)
    b = GaussianMixture(3, **params).fit(repeated)
    assert a.noise_weight_ == pytest.approx(b.noise_weight_, abs=1e-6)
    assert a.score(X, sample_weight=weights) == pytest.approx(b.score(repeated), abs=1e-8)
    assert a.noise_box_.log_volume == pytest.approx(b.noise_box_.log_volume, abs=1e-9)


@pytest.mark.parametrize("weight", [0.25, 2.0, 16.0])
def test_the_unit_of_weights_changes_no_box(weight: float) -> None:
    X = sample_mixture(5000, 2, 3, seed=0)
    params: dict[str, Any] = {"noise": True, "max_iter": 1, "random_state": 0}
    expected = GaussianMixture(3, **params).fit(X).noise_box_
    found = GaussianMixture(3, **params).fit(X, sample_weight=np.full(len(X), weight)).noise_box_
    np.testing.assert_array_equal(found.axes, expected.axes)
    np.testing.assert_array_equal(found.widths, expected.widths)


def test_prior_goes_with_it() -> None:
    X = noisy("wide")[0][:60]
    model = GaussianMixture(
        6, noise=True, prior="default", random_state=0, tol=0, max_iter=40, reg_covar=0
    ).fit(X)
    assert np.linalg.eigvalsh(model.covariances_).min() > 1e-3
    assert np.diff(model.lower_bounds_).min() > -1e-12


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_rows_labelled_as_noise(covariance_type: str) -> None:
    X, labels = noisy("wide")
    known = np.where(labels < 0, 3, -1)
    known[::5] = np.where(labels < 0, 3, labels)[::5]
    model = GaussianMixture(
        3, covariance_type=covariance_type, noise=True, random_state=0, tol=0, max_iter=20
    )
    found = model.fit_predict(X, known_labels=known)
    assert (found[labels < 0] == -1).all()
    np.testing.assert_array_equal(found[::5], labels[::5])
    assert np.diff(model.lower_bounds_).min() > -1e-10
    assert model.noise_weight_ >= (labels < 0).mean() - 1e-12
    # A row of a component that lies far away is no noise; its component has to grow.
    far = np.flatnonzero(labels < 0)
    grown = clone(model).set_params(max_iter=1)
    grown.fit(X, known_labels=np.where(labels < 0, 0, -1))
    assert len(far) / len(X) <= grown.weights_[0]


# What else knows of it


def test_rows_singly_and_in_tables_have_the_same_bits(covariance_type: str) -> None:
    for dtype in (np.float32, np.float64):
        X = noisy("five")[0].astype(dtype)
        model = fitted("five", dtype, covariance_type=covariance_type)
        scorer = pickle.loads(pickle.dumps(model.scorer()))
        shares, labels, densities = (
            model.predict_proba(X),
            model.predict(X),
            model.score_samples(X),
        )
        np.testing.assert_array_equal(scorer.responsibilities(X), shares)
        np.testing.assert_array_equal(scorer.predict(X), labels)
        np.testing.assert_array_equal(scorer.score(X), densities)
        for i in range(0, len(X), 37):
            assert scorer.predict(X[i]) == labels[i]
            assert scorer.score(X[i]) == densities[i]
            out = np.empty(4, dtype)
            np.testing.assert_array_equal(scorer.responsibilities(X[i], out), shares[i])


def test_criteria() -> None:
    X = noisy("wide")[0]
    model = fitted(covariance_type="diag")
    weights = 0.5 + np.arange(len(X)) % 2
    n_parameters = 2 + 3 * 2 + 3 * 2 + 2
    log_likelihood = weights @ logsumexp(joint_with_noise(model, X), axis=1)
    n = weights.sum()
    assert model._n_parameters() == n_parameters
    bic = -2 * log_likelihood + n_parameters * math.log(n)
    assert model.bic(X, weights) == pytest.approx(bic)
    assert model.aic(X, weights) == pytest.approx(-2 * log_likelihood + 2 * n_parameters)
    doubt = weights @ np.log(model.predict_proba(X).max(axis=1))
    assert model.icl(X, weights) == pytest.approx(bic - 2 * doubt)


def test_select_passes_it_on() -> None:
    X = noisy("wide")[0][::5]
    found = select(X, range(1, 5), covariance_types=("full", "diag"), noise=True, random_state=0)
    assert found.best_record["n_components"] == 3
    assert found.best_.noise_weight_ == pytest.approx(0.1, abs=0.03)
    assert found.best_.noise is True
    plain = select(X, range(1, 5), covariance_types=("full", "diag"), random_state=0)
    assert found.best_record["bic"] < plain.best_record["bic"]
    again = GaussianMixture(3, covariance_type=found.best_record["covariance_type"], noise=True)
    np.testing.assert_array_equal(
        again.set_params(random_state=0).fit(X).means_, found.best_.means_
    )


def test_stability_counts_noise_as_a_cluster() -> None:
    X = noisy("wide")[0][::3]
    found = select(
        X, [1, 3], covariance_types="diag", noise=True, criterion="stability", n_resamples=2,
        random_state=0,
    )  # fmt: skip
    one, three = found.records
    assert math.isnan(one["stability"])
    assert three["stability"] > 0.9


def test_samples_come_from_the_box() -> None:
    model = fitted("turned", np.float32)
    X, labels = model.sample(20_000)
    assert X.dtype == np.float32
    assert np.array_equal(labels, np.sort(labels[labels >= 0]).tolist() + [-1] * (labels < 0).sum())
    share = (labels < 0).mean()
    assert share == pytest.approx(model.noise_weight_, abs=0.01)
    box = model.noise_box_
    at = (X[labels < 0] - box.corner) @ box.axes.T / box.widths
    assert at.min() > -1e-4
    assert at.max() < 1 + 1e-4
    for column in at.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    for j in range(3):
        own = X[labels == j]
        np.testing.assert_allclose(own.mean(axis=0), model.means_[j], atol=1.0)
    again, _ = fitted("turned", np.float32).sample(20_000)
    np.testing.assert_array_equal(again, X)


def test_parameters_may_be_given() -> None:
    box = NoiseBox([0, 0], [10, 5], np.eye(2))
    model = GaussianMixture.from_parameters(
        [0.5, 0.25], [[2, 2], [8, 3]], [1.0, 0.5], "spherical", noise_weight=0.25, noise_box=box
    )
    assert (model.noise, model.noise_weight_) == (True, 0.25)
    X = np.array([[2.0, 2.0], [50.0, 50.0], [8.0, 3.5]])
    density = logsumexp(joint_with_noise(model, X), axis=1)
    np.testing.assert_allclose(model.score_samples(X), density, rtol=1e-13)
    assert model.predict(X).tolist() == [0, -1, 1]
    model.weights_ = [0.5, 0.4]
    assert model.noise_weight_ == pytest.approx(0.1)
    model.means_ = [[0, 0], [1, 1]]
    assert model.noise_weight_ == pytest.approx(0.1)
    model.covariances_ = [2.0, 2.0]
    assert model.noise_box_.log_volume == pytest.approx(math.log(50))
    with pytest.raises(ValueError, match=r"got sum\(weights\) = 1.10000"):
        model.weights_ = [0.6, 0.5]


def test_pickles_copies_and_files(tmp_path: Path) -> None:
    X = noisy("turned")[0]
    model = fitted("turned", noise=0.2)
    model.save(tmp_path / "model.safetensors")
    again = [gaussmix.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))]
    for other in again:
        assert other.noise == 0.2
        assert other.noise_weight_ == model.noise_weight_
        for a, b in zip(other.noise_box_, model.noise_box_, strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
    assert clone(model).noise == 0.2
    assert str(model.fit_report_).startswith("start 0 (best), k-means:")
    assert repr(GaussianMixture(2, noise=True)) == "GaussianMixture(n_components=2, noise=True)"


def test_is_drawn_in_grey() -> None:
    X = noisy("wide")[0]
    figure = Figure(layout="constrained")
    ax = plot.clusters(fitted(), X, figure)
    assert len(ax.patches) == 3
    assert ax.get_legend().get_texts()[-1].get_text() == "noise"


# What is wrong


@pytest.mark.parametrize("noise", [0.0, 1.0, 2, 0, -0.1, "yes", math.nan, [0.1]])
def test_wrong_shares(noise: Any) -> None:
    with pytest.raises(ValueError, match="The 'noise' parameter of GaussianMixture must be None, "):
        GaussianMixture(2, noise=noise).fit(load("iris"))


@pytest.mark.parametrize("noise", [True, 0.2])
def test_assigned_arrays_have_no_box(noise: Any) -> None:
    """The array that would complete the parameters is refused; those before it stay."""
    arrays = {"weights_": [0.5, 0.5], "means_": [[0.0], [9.0]], "covariances_": [1.0, 2.0]}
    for last in arrays:
        model = GaussianMixture(2, covariance_type="spherical", noise=noise)
        others = [name for name in arrays if name != last]
        for name in others:
            setattr(model, name, arrays[name])
        with pytest.raises(ValueError, match=f"noise is {noise}, but arrays .* without a box"):
            setattr(model, last, arrays[last])
        for name in others:
            np.testing.assert_array_equal(getattr(model, name), arrays[name])
        with pytest.raises(gaussmix.exceptions.NotFittedError):
            getattr(model, last)
        setattr(model.set_params(noise=False), last, arrays[last])
        assert (model.noise_weight_, model.noise_box_) == (0.0, None)
        assert model.predict([[1.0], [8.0]]).tolist() == [0, 1]


def test_rows_without_a_volume() -> None:
    X = load("iris")
    model = GaussianMixture(2, noise=True, random_state=0)
    constant = np.column_stack([X[:, :2], np.ones(150)])
    with pytest.raises(ValueError, match="needs rows that have a volume, but column 2 is constant"):
        model.fit(constant)
    with pytest.raises(ValueError, match="but these lie in a hyperplane: columns depend linearly"):
        model.fit(np.column_stack([X, X @ [1, -2, 0.5, 1]]))
    with pytest.raises(ValueError, match="or there are too few rows"):
        model.fit(np.random.RandomState(0).standard_normal((4, 4)))
    # Rows that do not count have no volume.
    with pytest.raises(ValueError, match="column 2 is constant"):
        model.fit(np.vstack([constant, 2 * constant]), sample_weight=np.arange(300) < 150)


def test_wrong_labels() -> None:
    X = load("iris")
    known = np.full(150, -1)
    known[7] = 4
    with pytest.raises(
        ValueError, match=r"\[7\] is 4, but must be a component, from 0 to 2, or -1"
    ):
        GaussianMixture(3, noise=True).fit(X, known_labels=known)
    known[7] = 3
    with pytest.raises(ValueError, match="and there is no noise component"):
        GaussianMixture(3).fit(X, known_labels=known)
    with pytest.raises(ValueError, match="known, or 3 for noise"):
        GaussianMixture(3, noise=True).fit(X, known_labels=np.where(known == 3, 9, known))


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"noise_weight": 0.5}, ValueError, "noise_weight needs a noise_box"),
        ({"noise_weight": 1.5}, ValueError, r"noise_weight should be a float in \[0, 1\]"),
        ({"noise_box": (1, 2, 3)}, TypeError, "noise_box should be a gaussmix.noise.NoiseBox"),
        ({"noise_box": NoiseBox([0], [0], [[1]])}, ValueError, "widths should be positive"),
        ({"noise_box": NoiseBox([0], [1], [1])}, ValueError, r"axes should have the shape of \(1,"),
        ({"noise_box": NoiseBox([np.nan], [1], [[1]])}, ValueError, "corner contains NaN"),
        ({"noise_box": NoiseBox([0], [1], [[2]])}, ValueError, "noise.axes must be orthonormal"),
        ({"noise_box": NoiseBox([0, 0], [1, 1], np.eye(2))}, ValueError, "corner has 2 numbers"),
    ],
)
def test_wrong_boxes(given: dict[str, Any], error: type[Exception], says: str) -> None:
    weights = [1.0 - given.get("noise_weight", 0.0)]
    with pytest.raises(error, match=says):
        GaussianMixture.from_parameters(weights, [[0.0]], [1.0], "spherical", **given)
