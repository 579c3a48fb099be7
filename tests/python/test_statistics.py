"""The verbs of EM, and the statistics that they pass on: against numpy, and against `fit`."""

import copy
import io
import logging
import multiprocessing
import operator
import pickle
import struct
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache, reduce
from pathlib import Path
from typing import Any

import gaussmix
import mixtures
import numpy as np
import pytest
import xxhash
from compare import relative_error
from data import COVARIANCE_TYPES, Floats, noisy, precisions_of, sample_mixture, start
from gaussmix import GaussianMixture, Statistics
from gaussmix._families import LAYOUTS
from gaussmix._types import FAMILIES
from gaussmix.exceptions import NotFittedError
from hypothesis import given
from hypothesis import strategies as st
from problems import SEEDS

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]

EVERY_TYPE = (*COVARIANCE_TYPES, *(f for f in FAMILIES if f not in ("E", "V")))
POOLED, DIAGONAL = ("tied", "EEE"), ("diag", "spherical", "EII", "VII", "EEI", "VEI", "EVI", "VVI")
DTYPES = (np.float64, np.float32)


# What is expected


def form_of(covariance_type: str) -> str:
    """Which part of the scatter matrices the covariances need."""
    if covariance_type in POOLED:
        return "pooled"
    return "diagonal" if covariance_type in DIAGONAL else "full"


class Moments:
    """What statistics hold, by numpy, in two passes."""

    def __init__(self, X: Floats, R: Floats, form: str) -> None:
        X, R = np.asarray(X, np.float64), np.asarray(R, np.float64)
        self.weights = R.sum(axis=0)
        self.means = np.stack([np.average(X, axis=0, weights=r) for r in R.T])
        deviations = X - self.means[:, np.newaxis]
        scatter = np.einsum("nk,kni,knj->kij", R, deviations, deviations)
        diagonal = scatter.diagonal(axis1=1, axis2=2)
        self.scatter = {"full": scatter, "pooled": scatter.sum(axis=0), "diagonal": diagonal}[form]


def assert_moments(statistics: Statistics, expected: Any, tolerance: float) -> None:
    """Weights, means and scatter agree, normwise; the means beside how far they are apart."""
    assert relative_error(statistics.weights, expected.weights) < tolerance
    apart = np.ptp(expected.means, axis=0).max() + np.sqrt(
        np.abs(expected.scatter).max() / expected.weights.sum()
    )
    np.testing.assert_allclose(statistics.means, expected.means, rtol=0, atol=tolerance * apart)
    assert np.shape(statistics.scatter) == np.shape(expected.scatter)
    assert relative_error(statistics.scatter, expected.scatter) < tolerance


def assert_equal_but_for_rounding(a: Statistics, b: Statistics, tolerance: float = 1e-12) -> None:
    assert_moments(a, b, tolerance)
    assert a.row_weight == pytest.approx(b.row_weight, rel=tolerance)
    assert a.log_likelihood == pytest.approx(
        b.log_likelihood, rel=tolerance, abs=tolerance * b.row_weight
    )


def parameters(model: GaussianMixture) -> list[Any]:
    return [model.weights_, model.means_, model.covariances_, model.lower_bounds_]


def assert_same_model(a: GaussianMixture, b: GaussianMixture, tolerance: float) -> None:
    for one, other in zip(parameters(a), parameters(b), strict=True):
        assert relative_error(one, other) < tolerance
    assert (a.n_iter_, a.converged_, a.means_.dtype) == (b.n_iter_, b.converged_, b.means_.dtype)


@cache
def rows(n: int = 300) -> Floats:
    """Of the mixtures that `mixtures.fitted` fits."""
    X = sample_mixture(n, 4, 3, seed=3)
    X.flags.writeable = False
    return X


@cache
def weights_of_rows(n: int = 300) -> Floats:
    weights = np.random.RandomState(8).gamma(1.0, size=n)
    weights[::7] = 0
    return weights


def cut(X: Floats, *at: int) -> list[Floats]:
    return np.split(X, at)


# Values


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", EVERY_TYPE)
def test_are_the_weighted_moments(family: str, weighted: bool, dtype: Any) -> None:
    model, X = mixtures.fitted(family, dtype), rows().astype(dtype)
    weights = weights_of_rows() if weighted else np.ones(len(X))
    statistics = model.expect(X, weights if weighted else None)
    R = model.predict_proba(X) * weights[:, np.newaxis]
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    assert_moments(statistics, Moments(X, R, form_of(family)), tolerance)
    assert statistics.row_weight == pytest.approx(weights.sum(), rel=1e-14)
    log_likelihood = weights @ model.score_samples(X).astype(np.float64)
    assert statistics.log_likelihood == pytest.approx(log_likelihood, rel=tolerance)
    assert (statistics.n_components, statistics.n_features) == (3, 4)
    for array in (statistics.weights, statistics.means, statistics.scatter):
        assert array.dtype == np.float64


def test_of_fixed_covariances_have_no_scatter() -> None:
    X = rows()
    model = GaussianMixture(3, covariance_type="fixed", precisions_init=[1, 2, 3], random_state=0)
    statistics = model.fit(X).expect(X)
    assert statistics.scatter.shape == (3, 4)
    expected = Moments(X, model.predict_proba(X), "full")
    assert relative_error(statistics.weights, expected.weights) < 1e-13
    assert relative_error(statistics.means, expected.means) < 1e-13
    assert Statistics.from_bytes(statistics.to_bytes()) == statistics


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_noise_are_in_no_component(covariance_type: Any, dtype: Any) -> None:
    X = noisy("five")[0].astype(dtype)
    model = GaussianMixture(3, covariance_type=covariance_type, noise=True, random_state=0).fit(X)
    statistics = model.expect(X)
    R = model.predict_proba(X)
    tolerance = 1e-12 if dtype == np.float64 else 1e-4
    assert_moments(statistics, Moments(X, R[:, :3], form_of(covariance_type)), tolerance)
    assert statistics.row_weight == len(X)
    of_noise = statistics.row_weight - statistics.weights.sum()
    assert of_noise == pytest.approx(R[:, 3].sum(dtype=np.float64), rel=tolerance)


@pytest.mark.parametrize("noise", [False, True])
def test_rows_with_labels_stay_where_they_are_known(covariance_type: Any, noise: bool) -> None:
    X = noisy("five")[0]
    model = GaussianMixture(3, covariance_type=covariance_type, noise=noise, random_state=0).fit(X)
    labels = np.random.RandomState(0).randint(-1, 3 + noise, len(X))
    weights = np.random.RandomState(1).randint(0, 4, len(X)).astype(float)
    statistics = model.expect(X, weights, known_labels=labels)
    R = model.predict_proba(X)
    known = labels >= 0
    own = np.take_along_axis(R, np.maximum(labels, 0)[:, np.newaxis], axis=1)[:, 0]
    counted = np.where(known[:, np.newaxis], np.eye(R.shape[1])[np.maximum(labels, 0)], R)
    counted *= weights[:, np.newaxis]
    assert_moments(statistics, Moments(X, counted[:, :3], form_of(covariance_type)), 1e-12)
    ever = own > 0  # of the others the density of their own component is too small for a float
    assert (ever | ~known).mean() > 0.5
    seen = weights * (ever | ~known)
    with np.errstate(divide="ignore"):
        log_density = model.score_samples(X) + np.where(known, np.log(own), 0)
    statistics = model.expect(X, seen, known_labels=labels)
    expected = seen[seen > 0] @ log_density[seen > 0]
    assert statistics.log_likelihood == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "VEE"])
def test_are_as_exact_far_from_zero_as_near_it(family: str) -> None:
    """Coordinates are multiples of 2**-20, so that the offset loses none of their digits."""
    offset = 2.0**30
    model = mixtures.fitted(family)
    X = np.round(rows() * 2**20) / 2**20
    means = np.round(model.means_ * 2**20) / 2**20
    near, far = copy.deepcopy(model), copy.deepcopy(model)
    near.means_, far.means_ = means, means + offset
    one, other = near.expect(X), far.expect(X + offset)
    assert relative_error(other.scatter, one.scatter) < 1e-12
    assert relative_error(other.weights, one.weights) < 1e-12
    np.testing.assert_allclose(other.means - offset, one.means, rtol=0, atol=2.0**-22)
    merged = sum(map(far.expect, cut(X + offset, 20, 21, 190)))
    assert relative_error(merged.scatter, one.scatter) < 1e-12
    assert relative_error(far.step(X + offset).covariances_, near.step(X).covariances_) < 1e-12


# EM


def whole_start(X: Floats, family: Any) -> dict[str, Any]:
    """The first parameters of the family, from which both ways of EM begin."""
    return start(X, 3, LAYOUTS[family]) | {"covariance_type": family}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("prior", [None, "default", {"shrinkage": 2.0, "dof": 9.0}], ids=str)
@pytest.mark.parametrize("family", EVERY_TYPE)
def test_maximize_is_the_next_iteration_of_a_fit(family: str, prior: Any, dtype: Any) -> None:
    X = rows().astype(dtype)
    settings = whole_start(rows(), family) | {"prior": prior, "tol": 0.0}
    first, second, third = (GaussianMixture(**settings, max_iter=n).fit(X) for n in range(3))
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    assert_same_model(first.maximize(first.expect(X)), second, tolerance)
    assert_same_model(first.step(X).step(X), third, 5 * tolerance)
    assert second.step(X).n_iter_ == 2


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labelled", [False, True])
def test_noise_goes_on(covariance_type: Any, weighted: bool, labelled: bool) -> None:
    X, labels = noisy("five")
    known = np.where(np.arange(len(X)) % 9 == 0, np.where(labels < 0, 3, labels), -1)
    rows_of_fit = {
        "sample_weight": weights_of_rows(len(X)) if weighted else None,
        "known_labels": known if labelled else None,
    }
    prior = {"mean": np.zeros(5), "scale": np.eye(5)}
    prior["scale"] = {"diag": np.ones(5), "spherical": 1.0}.get(covariance_type, prior["scale"])
    settings = start(X, 3, covariance_type) | {"noise": 0.1, "prior": prior, "tol": 0.0}
    first, second = (GaussianMixture(**settings, max_iter=n).fit(X, **rows_of_fit) for n in (0, 1))
    stepped = first.step(X, **rows_of_fit)
    assert_same_model(stepped, second, 1e-12)
    assert stepped.noise_weight_ == pytest.approx(second.noise_weight_, rel=1e-12)
    np.testing.assert_array_equal(stepped.noise_box_.widths, second.noise_box_.widths)


@pytest.mark.parametrize("prior", ["default", {}, {"mean": np.zeros(5)}, {"scale": np.eye(5)}])
def test_a_prior_of_unknown_rows_is_refused_beside_noise(prior: Any) -> None:
    """Statistics do not hold the rows that are noise, of which the prior's defaults are made."""
    X = noisy("five")[0]
    model = GaussianMixture(3, noise=True, prior=prior, max_iter=0, random_state=0).fit(X)
    with pytest.raises(ValueError, match="with noise, prior needs mean and scale"):
        model.step(X)


def test_loop_converges_as_a_fit_does(covariance_type: Any) -> None:
    X, chunks = rows(3000), cut(rows(3000), 100, 1000, 1001)
    settings = start(X, 3, covariance_type) | {"tol": 1e-9, "max_iter": 0}
    fitted = GaussianMixture(**settings | {"max_iter": 2000}).fit(X)
    model = GaussianMixture(**settings).fit(X)
    while not model.converged_:
        model = model.maximize(sum(map(model.expect, chunks)))
    assert abs(model.n_iter_ - fitted.n_iter_) <= 1
    assert model.lower_bound_ == pytest.approx(fitted.lower_bound_, abs=2e-9)
    assert (np.diff(model.lower_bounds_) > -1e-12).all()
    np.testing.assert_allclose(model.means_, fitted.means_, atol=1e-5)


@pytest.mark.parametrize("family", EVERY_TYPE)
def test_a_first_step_needs_no_parameters(family: Any) -> None:
    """It is the first model of a fit whose start is these responsibilities."""
    X, before = rows(), mixtures.fitted("full")
    R = before.predict_proba(X)
    settings = {"covariance_type": family, "reg_covar": 0.0, "prior": "default"}
    first = GaussianMixture(3, **settings).maximize(before.expect(X))
    fitted = GaussianMixture(3, **settings, max_iter=0, init_params=lambda *_: R).fit(X)
    assert_same_model(first, fitted, 1e-11)
    assert (first.n_iter_, first.lower_bound_, first.converged_) == (0, -np.inf, False)
    assert first.fit_report_.starts[0].origin == "statistics"


def test_a_first_step_is_of_maximum_likelihood() -> None:
    X, before = rows(), mixtures.fitted("full")
    first = GaussianMixture(3, reg_covar=0.0).maximize(before.expect(X))
    expected = Moments(X, before.predict_proba(X), "full")
    assert relative_error(first.weights_, expected.weights / len(X)) < 1e-12
    assert relative_error(first.means_, expected.means) < 1e-12
    covariances = expected.scatter / expected.weights[:, np.newaxis, np.newaxis]
    assert relative_error(first.covariances_, covariances) < 1e-12


def test_estimator_is_as_before() -> None:
    X = rows()
    model = copy.deepcopy(mixtures.fitted("full"))
    before = pickle.dumps(model)
    statistics = model.expect(X, weights_of_rows(), known_labels=np.full(len(X), -1))
    content = statistics.to_bytes()
    stepped = model.maximize(statistics)
    assert pickle.dumps(model) == before
    assert statistics.to_bytes() == content
    assert stepped is not model
    assert stepped.get_params() == model.get_params()
    assert stepped.lower_bounds_[:-1] == model.lower_bounds_


@pytest.mark.parametrize("first", [False, True])
def test_models_that_were_stepped_are_saved(tmp_path: Path, first: bool) -> None:
    before, X = mixtures.fitted("full"), rows()
    model = (GaussianMixture(3) if first else before).maximize(before.expect(X))
    model.save(tmp_path / "model.safetensors")
    for again in (gaussmix.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        assert parameters_are_the_same(again, model)
        assert again.fit_report_ == model.fit_report_
        assert parameters_are_the_same(again.step(X), model.step(X))


def parameters_are_the_same(a: GaussianMixture, b: GaussianMixture) -> bool:
    pairs = zip(parameters(a), parameters(b), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_bytes_of_no_scatter() -> None:
    """C++ can make them; Python shows an array of no numbers."""
    words = struct.pack("<5q", 3, 1, 1, 0, 0) + struct.pack("<6d", 2, -1, 2, 2, 0.5, 0.25)
    statistics = Statistics.from_bytes(with_hash(b"GMXSTAT\1" + words))
    assert statistics.scatter.shape == (1, 0)
    assert (statistics.weights, statistics.means) == (2, 0.75)
    assert (statistics.row_weight, statistics.log_likelihood) == (2, -1)
    assert_refused(with_hash(b"GMXSTAT\1" + words[:32] + struct.pack("<q", 1) + words[40:]))


# Sums


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("family", ["full", "tied", "diag", "EVE"])
def test_any_cut_comes_to_the_same(family: str, dtype: Any) -> None:
    model, X = mixtures.fitted(family, dtype), rows().astype(dtype)
    whole = model.expect(X)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for at in ([150], [1, 2, 3], list(range(1, 300)), [0, 0, 299, 300]):
        parts = [model.expect(part) for part in cut(X, *at)]
        assert_equal_but_for_rounding(sum(parts), whole, tolerance)
        assert_equal_but_for_rounding(sum(reversed(parts)), whole, tolerance)


@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_the_same_cuts_give_the_same_bits_for_any_number_of_threads(family: str) -> None:
    X = rows(30_000)
    model = copy.deepcopy(mixtures.fitted(family))

    def steps() -> tuple[bytes, bytes]:
        total = sum(map(model.expect, cut(X, 7, 20_000)))
        return total.to_bytes(), model.maximize(total).means_.tobytes()

    found = {steps() for model.n_jobs in (1, 2, 5)}
    assert len(found) == 1


def test_sum_leaves_its_terms_alone() -> None:
    X, model = rows(), mixtures.fitted("full")
    one, other = map(model.expect, cut(X, 100))
    contents = one.to_bytes(), other.to_bytes()
    total = one + other
    assert (one.to_bytes(), other.to_bytes()) == contents
    alone = sum([one])
    assert alone == one
    assert alone is not one
    merged = copy.copy(one)
    assert merged.merge(other) is None
    assert merged == total == reduce(operator.add, [one, other])
    assert other.to_bytes() == contents[1]
    twice = copy.copy(one)
    twice.merge(twice)
    assert_equal_but_for_rounding(twice, one.scaled(2))


def test_are_values() -> None:
    X, model = rows(), mixtures.fitted("full")
    one, same, other = model.expect(X), model.expect(X), model.expect(X[:-1])
    assert one == same
    assert one != other
    assert one != "statistics"
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    assert repr(one) == "Statistics(n_components=3, n_features=4, row_weight=300.0)"
    for array in (one.weights, one.means, one.scatter):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


NO_ROWS = [
    lambda model: model.expect(rows()[:0]),
    lambda model: model.expect(rows(), 0.0),
    lambda model: model.expect(rows(), np.zeros(300), known_labels=np.zeros(300, int)),
    lambda model: model.expect(rows()).scaled(0),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("of_no_rows", NO_ROWS)
def test_no_rows_are_neutral(covariance_type: Any, of_no_rows: Any, dtype: Any) -> None:
    model = mixtures.fitted(covariance_type, dtype)
    some, none = model.expect(rows().astype(dtype)), of_no_rows(model)
    assert none + some == some == some + none
    assert none.row_weight == none.log_likelihood == 0
    assert not none.weights.any()
    assert not none.scatter.any()
    assert Statistics.from_bytes(none.to_bytes()) == none
    with pytest.raises(ValueError, match="at least one row"):
        model.maximize(none)


def test_rows_of_weight_0_are_not_there() -> None:
    X, model = rows().copy(), mixtures.fitted("full")
    kept = np.arange(len(X)) % 3 > 0
    labels = np.where(np.arange(len(X)) % 5 == 0, 1, -1)
    expected = model.expect(X[kept], 1.0, known_labels=labels[kept])
    X[~kept] = np.nan
    assert model.expect(X, kept.astype(float), known_labels=labels) == expected


# Properties


@st.composite
def some_statistics(draw: st.DrawFn, n: int) -> list[Statistics]:
    """Of n batches of rows under one mixture, which may be few, far away, heavy or light."""
    rng = np.random.RandomState(draw(SEEDS))
    k, d = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    covariance_type = draw(st.sampled_from(COVARIANCE_TYPES))
    offset = draw(st.sampled_from([0.0, 1e9]))
    spread = rng.uniform(0.5, 2, d)
    model = GaussianMixture.from_parameters(
        rng.dirichlet(np.ones(k)),
        offset + 3 * rng.standard_normal((k, d)),
        1 / precisions_of(spread, k, covariance_type)
        if covariance_type in ("diag", "spherical")
        else np.linalg.inv(precisions_of(spread, k, covariance_type)),
        covariance_type,
    )
    scale = 10.0 ** draw(st.integers(-200, 200))
    found = []
    for _ in range(n):
        X = offset + 4 * rng.standard_normal((draw(st.integers(1, 40)), d))
        found.append(model.expect(X, scale * rng.uniform(0.1, 10, len(X))))
    return found


@given(some_statistics(2))
def test_merge_is_commutative(pair: Sequence[Statistics]) -> None:
    one, other = pair
    assert_equal_but_for_rounding(one + other, other + one, 1e-10)


@given(some_statistics(3))
def test_merge_is_associative(three: Sequence[Statistics]) -> None:
    a, b, c = three
    assert_equal_but_for_rounding((a + b) + c, a + (b + c), 1e-10)


@given(some_statistics(1), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_scales_add_up(alone: Sequence[Statistics], a: float, b: float) -> None:
    (one,) = alone
    assert_equal_but_for_rounding(one.scaled(a) + one.scaled(b), one.scaled(a + b))
    assert_equal_but_for_rounding(one.scaled(a).scaled(b), one.scaled(a * b))
    assert one.scaled(a).weights == pytest.approx(a * one.weights, rel=1e-14)
    assert relative_error(one.scaled(a).scatter, a * one.scatter) < 1e-14
    assert one.scaled(a).row_weight == pytest.approx(a * one.row_weight, rel=1e-14)
    np.testing.assert_array_equal(one.scaled(a).means, one.means)


@given(some_statistics(2))
def test_bytes_come_back(pair: Sequence[Statistics]) -> None:
    for statistics in (*pair, pair[0] + pair[1], pair[0].scaled(1e300), pair[0].scaled(0)):
        content = statistics.to_bytes()
        again = Statistics.from_bytes(content)
        assert again == statistics
        assert again.to_bytes() == content
        assert again + pair[0] == statistics + pair[0]


def test_scaling_is_weighting(covariance_type: Any) -> None:
    X, model = rows(), mixtures.fitted(covariance_type)
    once = model.expect(X, 1.0)
    assert once.scaled(2) == model.expect(X, 2.0)
    assert once.scaled(2.0**-40) == model.expect(X, 2.0**-40)
    assert_equal_but_for_rounding(once.scaled(3), model.expect(np.repeat(X, 3, axis=0)))
    assert once.scaled(1) == once


def test_scaling_has_no_end() -> None:
    """Forgetting, until no float holds the weights: an M-step does not see how much is left."""
    X, model = rows(), mixtures.fitted("full")
    once = model.expect(X)
    faded = once
    for _ in range(5):
        faded = faded.scaled(1e-200)
    assert faded.row_weight == 0
    assert not faded.weights.any()
    assert faded != once
    stepped = model.maximize(faded)
    assert_same_model(stepped, model.maximize(once), 1e-12)
    assert faded + once == once
    assert_equal_but_for_rounding(once + faded, once, 0 + 1e-15)
    for _ in range(5):
        faded = faded.scaled(1e200)
    assert_equal_but_for_rounding(faded, once)


@pytest.mark.parametrize("factor", [-1.0, -1e-300, np.nan, np.inf])
def test_factors_are_finite_and_at_least_0(factor: float) -> None:
    with pytest.raises(ValueError, match="factor must be finite and at least 0"):
        mixtures.fitted("full").expect(rows()).scaled(factor)


# Other processes and threads


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol: int, covariance_type: Any) -> None:
    statistics = mixtures.fitted(covariance_type).expect(rows())
    again = pickle.loads(pickle.dumps(statistics, protocol))
    assert again == statistics
    assert again.to_bytes() == statistics.to_bytes()


def test_copies_are_others() -> None:
    X, model = rows(), mixtures.fitted("full")
    statistics = model.expect(X)
    for again in (copy.copy(statistics), copy.deepcopy(statistics)):
        assert again == statistics
        again.merge(model.expect(X))
        assert again != statistics
    assert statistics == model.expect(X)


def test_pickles_say_nothing_of_this_machine() -> None:
    """They name what is public: a build for another CPU reads them."""
    read: list[str] = []

    class Reader(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            read.append(f"{module}.{name}")
            return super().find_class(module, name)

    statistics = mixtures.fitted("full").expect(rows())
    assert Reader(io.BytesIO(pickle.dumps(statistics))).load() == statistics
    assert "gaussmix.Statistics" in read
    assert not [name for name in read if "._" in name]


def test_processes() -> None:
    """The verbs are methods of an estimator, and it and its results cross over."""
    model, chunks = mixtures.fitted("full"), cut(rows(), 100, 200)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        total = sum(pool.map(model.expect, chunks))
    assert total == sum(map(model.expect, chunks))


def test_many_threads_at_once(covariance_type: Any) -> None:
    model, chunks = mixtures.fitted(covariance_type), cut(rows(6000), *range(50, 6000, 50))
    parts = list(map(model.expect, chunks))
    into = sum(parts[:1])
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model.expect, chunks)) == parts
        stepped = list(pool.map(model.maximize, parts))
        merged = [pool.submit(into.merge, part) for part in parts[1:]]
        seen = [pool.submit(model.maximize, into) for _ in range(20)]
        read = [pool.submit(lambda: Statistics.from_bytes(into.to_bytes())) for _ in range(20)]
    for future in (*merged, *seen, *read):
        future.result()
    for part, other in zip(parts, stepped, strict=True):
        np.testing.assert_array_equal(other.means_, model.maximize(part).means_)
    assert_equal_but_for_rounding(into, sum(parts), 1e-11)
    assert all(one.result() in [r.result() for r in read] for one in read)


# Components that cannot be estimated


def with_a_far_component(**params: Any) -> GaussianMixture:
    means = np.array([[0.0, 0.0], [1e4, 1e4]])
    return GaussianMixture.from_parameters([0.5, 0.5], means, np.stack([np.eye(2)] * 2), **params)


def test_repairs_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    X = np.random.RandomState(0).standard_normal((100, 2))
    model = with_a_far_component()
    with caplog.at_level(logging.WARNING, "gaussmix"):
        for _ in range(3):
            model = model.step(X)
    (repair,) = model.fit_report_.repairs
    assert (repair.start, repair.iteration, repair.component) == (0, 1, 1)
    assert repair.reason == "no row belongs to it"
    np.testing.assert_array_equal(model.means_[1], [1e4, 1e4])
    assert [record.message for record in caplog.records] == [f"Repaired: {repair}"]


def test_reports_go_on_from_the_best_start() -> None:
    X = sample_mixture(60, 2, 3, seed=1)
    fitted = GaussianMixture(12, n_init=3, random_state=0).fit(X)
    best = fitted.fit_report_.best_start
    assert best > 0
    report = fitted.step(X).fit_report_
    assert (len(report.starts), report.best_start) == (1, 0)
    assert report.starts[0].origin == fitted.fit_report_.starts[best].origin
    assert report.starts[0].n_iter == fitted.n_iter_ + 1
    assert {repair.start for repair in report.repairs} <= {0}


def test_singular_covariances_are_repaired_or_an_error() -> None:
    X = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
    repaired = with_a_far_component(reg_covar=0.0).step(X)
    assert {repair.reason for repair in repaired.fit_report_.repairs} == {
        "no row belongs to it",
        "its covariance is not positive definite",
    }
    raising = with_a_far_component(reg_covar=0.0, degenerate="raise")
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        raising.step(X)


# What is refused


def test_rows_that_cannot_be_scored() -> None:
    X, model = rows(), mixtures.fitted("full")
    with pytest.raises(NotFittedError):
        GaussianMixture(3).expect(X)
    with pytest.raises(ValueError, match="X has 3 features, but GaussianMixture is expecting 4"):
        model.expect(X[:, :3])
    with pytest.raises(ValueError, match="1D array"):
        model.expect([])
    for value, what in ((np.nan, "NaN"), (np.inf, "infinity")):
        broken = X.copy()
        broken[3, 1] = value
        with pytest.raises(ValueError, match=what):
            model.expect(broken)
    with pytest.raises(ValueError, match="Negative values"):
        model.expect(X, -np.ones(300))
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(299,\)"):
        model.expect(X, np.ones(299))
    with pytest.raises(ValueError, match=r"known_labels\[0\] is 3"):
        model.expect(X, known_labels=np.full(300, 3))
    with pytest.raises(ValueError, match=r"known_labels\.shape"):
        model.expect(X, known_labels=[0])


def test_statistics_that_do_not_fit() -> None:
    X, model = rows(), mixtures.fitted("full")
    for other in (mixtures.made(2, 4), mixtures.made(3, 4).marginal([0, 1])):
        statistics = other.expect(X[:, : other.n_features_in_])
        with pytest.raises(ValueError, match="must be of 3 components and 4 features"):
            model.maximize(statistics)
        with pytest.raises(ValueError, match="same form, components and features"):
            model.expect(X).merge(statistics)
        with pytest.raises(ValueError, match="same form, components and features"):
            statistics + model.expect(X)
    with pytest.raises(ValueError, match="must have the scatter of the mixture's family"):
        model.maximize(mixtures.fitted("tied").expect(X))
    with pytest.raises(ValueError, match="must be of 2 components"):
        GaussianMixture(2).maximize(model.expect(X))


@pytest.mark.parametrize("other", [None, 3, 0, b"", [1.0]])
def test_what_are_no_statistics(other: Any) -> None:
    model = mixtures.fitted("full")
    statistics = model.expect(rows())
    with pytest.raises(TypeError, match=r"must be gaussmix\.Statistics"):
        model.maximize(other)
    with pytest.raises(TypeError):
        statistics + other
    with pytest.raises(TypeError):
        statistics.merge(other)
    if other != 0:
        with pytest.raises(TypeError):
            other + statistics


def test_are_made_by_expect_alone() -> None:
    for make in (Statistics, lambda: Statistics.__new__(Statistics), lambda: Statistics(3, 4)):
        with pytest.raises(TypeError, match=r"made by GaussianMixture\.expect"):
            make()


def test_parameters_that_the_mixture_is_not_of() -> None:
    X = rows()
    statistics = mixtures.fitted("full").expect(X)
    for change in ({"n_components": 4}, {"covariance_type": "diag"}, {"noise": True}):
        model = copy.deepcopy(mixtures.fitted("full")).set_params(**change)
        with pytest.raises(ValueError, match=r"was .* when that was made and is"):
            model.maximize(statistics)
    same = copy.deepcopy(mixtures.fitted("full")).set_params(covariance_type="VVV", noise=False)
    assert same.maximize(statistics).covariance_type == "VVV"
    with pytest.raises(ValueError, match="a first M-step makes no noise component"):
        GaussianMixture(3, noise=True).maximize(statistics)
    with pytest.raises(ValueError, match="'tol' parameter"):
        copy.deepcopy(mixtures.fitted("full")).set_params(tol=-1).maximize(statistics)
    with pytest.raises(ValueError, match="without parameters needs the mixture before"):
        GaussianMixture(3, covariance_type="fixed").maximize(statistics)


# Bytes of unknown origin


def with_hash(content: bytes) -> bytes:
    return content + xxhash.xxh64(content).intdigest().to_bytes(8, "little")


def with_word(content: bytes, at: int, word: int) -> bytes:
    """The bytes with another word of 64 bits, and the right hash."""
    begin = 8 * at
    return with_hash(content[:begin] + word.to_bytes(8, "little") + content[begin + 8 : -8])


def assert_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no bytes of Statistics, or they are damaged"):
        Statistics.from_bytes(content)


@pytest.mark.parametrize("of_no_rows", [False, True])
def test_damaged_bytes_are_refused(covariance_type: Any, of_no_rows: bool) -> None:
    content = mixtures.fitted(covariance_type).expect(rows()[: 0 if of_no_rows else 300]).to_bytes()
    assert with_hash(content[:-8]) == content
    for length in range(len(content)):
        assert_refused(content[:length])
        flipped = bytearray(content)
        flipped[length] ^= 1 << length % 8
        assert_refused(bytes(flipped))
    for end in range(8, len(content) - 8, 8):
        assert_refused(with_hash(content[:end]))
    for more in (b"\0", bytes(8), content):
        assert_refused(content + more)
        assert_refused(with_hash(content[:-8] + more))


HUGE = (2**16, 2**16 + 1, 2**31, 2**32, 2**32 + 3, 2**61, 2**63 - 1, 2**63, 2**64 - 1)


def test_sizes_that_are_not_there_are_refused(covariance_type: Any) -> None:
    """Of a whole that has the right hash; no memory is asked for."""
    content = mixtures.fitted(covariance_type).expect(rows()).to_bytes()
    for at in (1, 2, 3):  # after the mark: the form, the components, the features
        for word in (0, 5, *HUGE):
            if word != int.from_bytes(content[8 * at : 8 * at + 8], "little"):
                assert_refused(with_word(content, at, word))
    for words in ((k, d) for k in (*HUGE, 0, 1) for d in (*HUGE, 0, 1)):
        changed = with_word(with_word(content, 2, words[0]), 3, words[1])
        assert_refused(changed)
    for exponent in (2**20 + 1, 2**31, 2**63):
        assert_refused(with_word(content, 4, exponent))


def test_numbers_that_cannot_be_are_refused() -> None:
    content = mixtures.fitted("full").expect(rows()).to_bytes()
    k, d = 3, 4
    first = 5 + k  # of the numbers, after the flags of the scatters
    of_weights = [first, *range(first + 2, first + 2 + 2 * k)]
    nan, minus_one, infinite = 0x7FF8 << 48, 0xBFF0 << 48, 0x7FF0 << 48
    for at in range(first, len(content) // 8 - 1):
        with pytest.raises(ValueError, match=r"no bytes of Statistics|must be finite"):
            Statistics.from_bytes(with_word(content, at, nan))
    for at in of_weights:
        assert_refused(with_word(content, at, minus_one))
        assert_refused(with_word(content, at, infinite))
    for at in range(5, first):  # a flag is 0 or 1
        assert_refused(with_word(content, at, 0))
        assert_refused(with_word(content, at, 2))
    assert len(content) == 8 * (first + 2 + 2 * k + 2 * k * d + k * d * (d + 1) // 2 + 1)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    assert_refused(content)
    assert_refused(with_hash(b"GMXSTAT\1" + content[: len(content) // 8 * 8]))


@pytest.mark.parametrize("other", [None, "text", 3, [1, 2]])
def test_bytes_are_bytes(other: Any) -> None:
    with pytest.raises(TypeError):
        Statistics.from_bytes(other)
