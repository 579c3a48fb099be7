"""The choice of the number of components and the covariance type."""

import _thread
import json
import math
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from command import PENGUINS, Run
from compare import assert_same_bits
from data import COVARIANCE_TYPES, ROOT, Floats, load, sample_mixture
from gaussmix import GaussianMixture, Selection, _grid, _runner, exceptions, select
from gaussmix._agreement import adjusted_rand_index
from gaussmix._core import SharedStarts
from gaussmix._types import FAMILIES
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Peer

MCLUST = ROOT / "tests" / "reference" / "mclust.json"
SETTINGS = {"random_state": 0, "max_iter": 1000}
QUICK = ("log_likelihood", "bic", "aic", "icl")


@pytest.fixture(name="X")
def penguins() -> Floats:
    return load("penguins")


def numbers(selection: Selection) -> list[dict[str, Any]]:
    """The records without their times."""
    return [
        {name: value for name, value in record.items() if name != "seconds"}
        for record in selection.records
    ]


def three_clusters(n: int = 300) -> Floats:
    """Far from each other."""
    rng = np.random.RandomState(0)
    means = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 40.0]])
    return means[rng.randint(3, size=n)] + rng.standard_normal((n, 2))


# What it finds


def test_records_are_those_of_a_loop_of_fits(X: Floats) -> None:
    """Which share nothing where n_init is a number."""
    selection = select(X, range(1, 5), n_init=1, **SETTINGS)
    cells = [(k, name) for name in COVARIANCE_TYPES for k in range(1, 5)]
    assert [(r["n_components"], r["covariance_type"]) for r in selection.records] == cells
    for record in selection.records:
        k, name = record["n_components"], record["covariance_type"]
        mixture = GaussianMixture(k, covariance_type=name, **SETTINGS).fit(X)
        assert record["log_likelihood"] == pytest.approx(len(X) * mixture.score(X), rel=1e-12)
        assert record["bic"] == mixture.bic(X)
        assert record["aic"] == mixture.aic(X)
        assert record["icl"] == mixture.icl(X)
        assert record["n_parameters"] == mixture._n_parameters()
        assert (record["converged"], record["n_iter"]) == (True, mixture.n_iter_)
        assert (record["error"], record["n_repairs"]) == (None, 0)
        assert record["seconds"] > 0
    best = min(selection.records, key=lambda record: record["bic"])
    assert selection.best_record is best
    assert selection.best_.bic(X) == best["bic"]
    assert selection.best_.n_components == best["n_components"]
    assert selection.best_.covariance_type == best["covariance_type"]


def test_the_first_covariance_type_is_that_of_a_fit_with_auto(X: Floats) -> None:
    """Others may begin where it ended."""
    for name in COVARIANCE_TYPES:
        selection = select(X, range(1, 5), covariance_types=[name], **SETTINGS)
        for record in selection.records:
            mixture = GaussianMixture(
                record["n_components"], covariance_type=name, n_init="auto", **SETTINGS
            ).fit(X)
            assert (record["bic"], record["n_iter"]) == (mixture.bic(X), mixture.n_iter_)
    names = ("EEE", "VEE", "EEV")
    together = select(X, 6, covariance_types=names, **SETTINGS)
    for record in together.records:
        (alone,) = select(X, 6, covariance_types=[record["covariance_type"]], **SETTINGS).records
        if record is together.records[0]:
            assert record["bic"] == alone["bic"]
    origins = {start.origin for start in together.best_.fit_report_.starts}
    assert any(origin.startswith("the fit of ") for origin in origins)


def test_screened_fits_are_better_than_single_starts() -> None:
    """By the log-likelihood, but for a few cells, of which each may have luck."""
    worse = better = 0
    for name in ("iris", "wine", "penguins", "digits", "blobs"):
        X = load(name)
        found = select(X, (3, 6), covariance_types=("full", "tied"), **SETTINGS)
        for record in found.records:
            own = GaussianMixture(
                record["n_components"], covariance_type=record["covariance_type"], **SETTINGS
            ).fit(X)
            gain = record["log_likelihood"] / len(X) - own.score(X)
            worse += gain < -1e-2
            better += gain > 1e-2
    assert worse <= 2
    assert better >= 4


def test_best_is_like_any_fitted_mixture(X: Floats, tmp_path: Path) -> None:
    selection = select(X, range(2, 4), n_jobs=2, reg_covar=1e-5, **SETTINGS)
    best = selection.best_
    assert best.get_params() == {
        **GaussianMixture().get_params(),
        **SETTINGS,
        "n_components": best.n_components,
        "covariance_type": best.covariance_type,
        "n_init": "auto",
        "n_jobs": 2,
        "reg_covar": 1e-5,
    }
    assert "the user's function" not in {start.origin for start in best.fit_report_.starts}
    best.save(tmp_path / "best.safetensors")
    assert_same_bits(gaussmix.load(tmp_path / "best.safetensors"), best, X)
    with pytest.warns(UserWarning, match="did not converge"):
        stopped = select(X, 3, random_state=0, max_iter=2)
    assert stopped.best_.n_iter_ == 2


@pytest.mark.parametrize("name", ["iris", "penguins"])
@pytest.mark.filterwarnings("ignore:.*fits did not converge")
def test_bic_and_icl_are_mclusts(name: str) -> None:
    """With its sign turned, where it finds the same optimum; the best is as good or better."""
    X, reference = load(name), json.loads(MCLUST.read_text())[name]["results"]
    models = {"EEE": "tied", "VII": "spherical", "VVI": "diag", "VVV": "full"}
    cells = [cell for cell in reference if cell["model"] in models]
    found = select(X, range(1, 7), n_init=20, tol=1e-9, reg_covar=0, random_state=0, max_iter=9999)
    by_cell = {(r["covariance_type"], r["n_components"]): r for r in found.records}
    n_same = 0
    for cell in cells:
        record = by_cell[models[cell["model"]], cell["G"]]
        assert record["n_parameters"] == cell["df"]
        if record["log_likelihood"] == pytest.approx(cell["loglik"], abs=1e-3):
            n_same += 1
            assert record["bic"] == pytest.approx(-cell["bic"], abs=2.1e-3)
            assert record["icl"] == pytest.approx(-cell["icl"], abs=0.1)
    assert n_same >= 7
    assert found.best_record["bic"] <= -max(cell["bic"] for cell in cells) + 1e-3


def test_criteria_are_scikit_learns(X: Floats) -> None:
    selection = select(X, range(1, 5), **SETTINGS)
    for record in selection.records[:4]:
        mixture = GaussianMixture(record["n_components"], n_init="auto", **SETTINGS).fit(X)
        peer = Peer(record["n_components"])
        peer.weights_, peer.means_ = mixture.weights_, mixture.means_
        peer.covariances_ = mixture.covariances_
        peer.precisions_cholesky_ = mixture.precisions_cholesky_
        assert mixture.bic(X) == pytest.approx(peer.bic(X), rel=1e-10)
        assert mixture.aic(X) == pytest.approx(peer.aic(X), rel=1e-10)
        assert record["bic"] == pytest.approx(peer.bic(X), rel=1e-6)
        assert record["aic"] == pytest.approx(peer.aic(X), rel=1e-6)


@pytest.mark.parametrize("criterion", ["bic", "aic", "icl"])
def test_criterion_decides(X: Floats, criterion: str) -> None:
    selection = select(X, criterion=criterion, **SETTINGS)
    assert selection.criterion == criterion
    least = min(record[criterion] for record in selection.records)
    assert selection.best_record[criterion] == least == getattr(selection.best_, criterion)(X)


def test_covariance_types_may_be_all_or_one(X: Floats) -> None:
    every = select(X, 2, covariance_types="all", **SETTINGS)
    assert [record["covariance_type"] for record in every.records] == list(FAMILIES)
    (record,) = select(X, [np.int64(2), 2], covariance_types="tied", **SETTINGS).records
    assert (record["n_components"], record["covariance_type"]) == (2, "tied")
    assert type(record["n_components"]) is int


def test_data_frames_give_feature_names(X: Floats) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    best = select(frame, 2, **SETTINGS).best_
    assert list(best.feature_names_in_) == ["a", "b", "c", "d"]
    assert best.predict(frame).shape == (len(X),)


def test_float32_stays(X: Floats) -> None:
    selection = select(X.astype(np.float32), range(1, 4), n_init=2, **SETTINGS)
    assert selection.best_.means_.dtype == np.float32


def test_features_of_any_scale() -> None:
    rng = np.random.RandomState(0)
    X = rng.standard_normal((60, 4)) * [1e-150, 1e150, 1, 0] + [0, 0, 1e9, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        selection = select(X, 2, n_init=5, covariance_types=("full", "diag"), random_state=0)
    assert all(record["error"] is None for record in selection.records)


# ICL


def test_icl_is_bic_without_overlap() -> None:
    X = three_clusters()
    mixture = GaussianMixture(3, random_state=0).fit(X)
    assert mixture.icl(X) == pytest.approx(mixture.bic(X), abs=1e-6)
    assert GaussianMixture(1).fit(X).icl(X) == GaussianMixture(1).fit(X).bic(X)


def test_icl_of_components_that_are_the_same() -> None:
    """Each row is a toss-up between k components: -2 log (1 / k) a row."""
    X = np.random.RandomState(0).standard_normal((50, 2))
    mixture = GaussianMixture.from_parameters(
        np.full(4, 0.25), np.zeros((4, 2)), np.broadcast_to(np.eye(2), (4, 2, 2))
    )
    assert mixture.icl(X) - mixture.bic(X) == pytest.approx(2 * 50 * math.log(4))
    weights = np.random.RandomState(1).uniform(0, 3, 50)
    doubt = mixture.icl(X, weights) - mixture.bic(X, weights)
    assert doubt == pytest.approx(2 * weights.sum() * math.log(4))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_icl_is_its_definition(X: Floats, covariance_type: str, dtype: type) -> None:
    X = X.astype(dtype)
    mixture = GaussianMixture(4, covariance_type=covariance_type, **SETTINGS).fit(X)
    largest = mixture.predict_proba(X).max(axis=1).astype(float)
    expected = mixture.bic(X) - 2 * np.log(largest).sum()
    assert mixture.icl(X) == pytest.approx(expected, rel=1e-6 if dtype == np.float32 else 1e-12)


def test_icl_takes_weights_as_repetitions(X: Floats) -> None:
    mixture = GaussianMixture(4, **SETTINGS).fit(X)
    times = np.arange(len(X)) % 3
    assert mixture.icl(X, times) == pytest.approx(mixture.icl(np.repeat(X, times, axis=0)))
    with pytest.raises(ValueError, match=r"sample_weight\.shape"):
        mixture.icl(X, times[1:])
    with pytest.raises(exceptions.NotFittedError):
        GaussianMixture().icl(X)
    pandas = pytest.importorskip("pandas")
    with pytest.warns(UserWarning, match="X has feature names, but") as warned:
        mixture.icl(pandas.DataFrame(X, columns=list("abcd")))
    assert warned[0].filename == __file__


# Weights


def test_weights_are_repetitions(X: Floats) -> None:
    times = 1 + np.arange(len(X)) % 2
    times[:20] = 0
    start = {"init_params": lambda X, k, _: (X[:, 0] > np.median(X[:, 0])).astype(int)}
    weighted = select(X, 2, sample_weight=times, **SETTINGS, **start)
    repeated = select(np.repeat(X, times, axis=0), 2, **SETTINGS, **start)
    for ours, theirs in zip(weighted.records, repeated.records, strict=True):
        # The median of repeated rows may be another one: the fits converge to the same.
        assert {k: ours[k] for k in QUICK} == pytest.approx({k: theirs[k] for k in QUICK}, rel=1e-4)
        assert ours["n_parameters"] == theirs["n_parameters"]


def test_twice_the_weight_is_twice_the_likelihood(X: Floats) -> None:
    once, twice = (select(X, range(1, 5), sample_weight=w, **SETTINGS) for w in (None, 2.0))
    doubled = select(np.repeat(X, 2, axis=0), range(1, 3), **SETTINGS)
    for a, b in zip(once.records, twice.records, strict=True):
        assert b["log_likelihood"] == pytest.approx(2 * a["log_likelihood"])
    by_cell = {(r["covariance_type"], r["n_components"]): r for r in twice.records}
    for record in doubled.records:
        same = by_cell[record["covariance_type"], record["n_components"]]
        assert record["bic"] == pytest.approx(same["bic"])


def test_rows_without_weight_are_not_there(X: Floats) -> None:
    weights = np.ones(len(X))
    weights[::3] = 0
    dirty = X.copy()
    dirty[::3] = np.nan
    ours = select(dirty, range(2, 4), sample_weight=weights, **SETTINGS)
    clean = select(X[weights > 0], range(2, 4), sample_weight=weights[weights > 0], **SETTINGS)
    assert numbers(ours) == numbers(clean)


# The same numbers for any number of threads


@pytest.mark.parametrize("criterion", ["bic", "stability"])
@pytest.mark.parametrize("large", [0, 4000, 2**60])
def test_threads_change_nothing(
    X: Floats, criterion: str, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither does which fits run side by side."""
    settings = {"criterion": criterion, "n_resamples": 3, **SETTINGS}
    expected = select(X, range(1, 6), n_jobs=1, **settings)
    monkeypatch.setattr(_runner, "LARGE_FIT", large)
    for n_jobs in (1, 2, 4):
        found = select(X, range(1, 6), n_jobs=n_jobs, **settings)
        assert repr(numbers(found)) == repr(numbers(expected))
        assert found.best_record == found.records[expected.records.index(expected.best_record)]
        assert_same_bits(found.best_, expected.best_, X)


def test_random_state(X: Floats) -> None:
    """A generator moves on; what it gives can be repeated from `best_`."""
    settings = {"init_params": "random", "max_iter": 20, "tol": 1.0}
    first, second = (
        select(X, 3, random_state=state, **settings)
        for state in [np.random.RandomState(3)] * 2
    )  # fmt: skip
    again = select(X, 3, random_state=np.random.RandomState(3), **settings)
    assert numbers(first) == numbers(again)
    assert numbers(first) != numbers(second)
    seed = first.best_.random_state
    assert numbers(select(X, 3, random_state=seed, **settings)) == numbers(first)


def test_clusterings_are_sought_once_for_all_covariance_types(
    X: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SharedStarts] = []

    def make(*, only_diagonal: bool) -> SharedStarts:
        made.append(SharedStarts(only_diagonal=only_diagonal))
        return made[-1]

    monkeypatch.setattr(_grid, "SharedStarts", make)
    select(X, range(2, 6), n_jobs=4, **SETTINGS)
    assert len(made) == 4
    select(X, range(2, 6), n_init=2, **SETTINGS)
    assert len(made) == 4


# Fits that fail


def test_fits_that_fail_are_survived() -> None:
    X = load("penguins")[:5]
    with pytest.warns(UserWarning, match="fits failed") as caught:
        selection = select(X, range(1, 8), covariance_types=("diag", "spherical"), random_state=0)
    (message,) = (str(w.message) for w in caught if "failed" in str(w.message))
    assert message == (
        "4 of 14 fits failed: diag 6, 7; spherical 6, 7: more components than the 5 rows"
    )
    assert all(w.filename == __file__ for w in caught)
    failed = [record for record in selection.records if record["error"]]
    assert [record["n_components"] for record in failed] == [6, 7, 6, 7]
    assert all(math.isnan(record[name]) for record in failed for name in QUICK)
    assert {tuple(record) for record in selection.records} == {tuple(selection.records[0])}
    assert selection.best_record["error"] is None
    assert "failed: 4 of 14 fits" in str(selection)


def test_one_warning_for_all_that_do_not_converge(X: Floats) -> None:
    with pytest.warns(exceptions.ConvergenceWarning) as caught:
        select(X, range(1, 6), covariance_types=("full", "diag"), max_iter=2, random_state=0)
    (warning,) = caught
    assert "5 of 10 fits did not converge: full 4, 5; diag 3, 4, 5. " in str(warning.message)
    assert warning.filename == __file__


def test_models_without_iterations_do_not_warn(X: Floats) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        select(X, 3, random_state=0, max_iter=0)


def test_reasons_are_told_whatever_they_are(X: Floats) -> None:
    def init(X: Floats, k: int, seed: int) -> Floats:
        if k == 2:
            raise ZeroDivisionError("of mine")
        return np.zeros(len(X), int) if k == 1 else np.full(len(X), k)

    with pytest.warns(UserWarning, match="failed"):
        selection = select(X, range(1, 4), init_params=init, covariance_types="full")
    errors = [record["error"] for record in selection.records]
    assert errors[:2] == [None, "ZeroDivisionError: of mine"]
    assert errors[2].startswith("The labels that init_params returns should be in [0, 3)")


def test_all_failing_is_an_error_with_the_reasons(X: Floats) -> None:
    with pytest.raises(ValueError, match=r"^all fits failed: full 6, 7: more components than the"):
        select(X[:5], (6, 7), covariance_types="full")
    rows = np.repeat([[0.0, 0.0], [1.0, 1.0]], 5, axis=0)
    with pytest.raises(ValueError, match="all fits failed: full 2: Fitting the mixture model"):
        select(rows, 2, covariance_types="full", reg_covar=0, degenerate="raise")


def test_repairs_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    """And told of the best fit alone."""
    X = np.repeat([[0.0, 0.0], [5.0, 5.0]], 10, axis=0)
    selection = select(X, 2, covariance_types=("full", "diag"), reg_covar=0, random_state=0)
    assert all(record["n_repairs"] > 0 for record in selection.records)
    assert len(caplog.messages) == selection.best_record["n_repairs"]


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_components": 0}, r"n_components must be an int in the range \[1, inf\) or .* has 0"),
        ({"n_components": [1, 2.5]}, r"n_components must be an int .* has 2\.5"),
        ({"n_components": "3"}, "n_components must be an int .* has '3'"),
        ({"n_components": []}, "n_components must have at least one number, but is empty"),
        ({"n_components": True}, "n_components must be an int .* has True"),
        ({"covariance_types": "round"}, "covariance_types must be some of 'full', .* has 'round'"),
        ({"covariance_types": ["full", 3]}, "covariance_types must be some of .* has 3"),
        ({"covariance_types": ()}, "covariance_types must have at least one name, but is empty"),
        ({"criterion": "BIC"}, "criterion must be one of 'bic', 'aic', .* but is 'BIC'"),
        ({"n_resamples": 0}, r"n_resamples must be an int in the range \[1, .* but is 0"),
        ({"n_init": 0}, "The 'n_init' parameter of select must be an int .* Got 0"),
        ({"n_jobs": 0}, "The 'n_jobs' parameter of select must be .* Got 0"),
        ({"random_state": -1}, "The 'random_state' parameter of select must be"),
        ({"callback": 3}, "The 'callback' parameter of select must be a callable or None"),
        ({"progress": 3}, "The 'progress' parameter of select must be"),
        ({"tol": -1}, "The 'tol' parameter of select must be"),
        ({"sample_weight": [1, 2]}, r"sample_weight\.shape == \(2,\), expected \(342,\)"),
        ({"X": [[1.0], [np.nan]]}, "Input X contains NaN"),
        ({"X": [[1.0]]}, r"Found array with 1 sample\(s\)"),
        ({"X": [1.0, 2.0]}, "Expected 2D array, got 1D array"),
    ],
)
def test_what_cannot_be_used(X: Floats, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        select(**{"X": X, **arguments})


def test_unknown_arguments(X: Floats) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'tolerance': beside its own"):
        select(X, tolerance=1)
    with pytest.raises(TypeError, match="takes covariance_types, and not covariance_type"):
        select(X, covariance_type="full")


# Stability


def test_clear_clusters_are_stable() -> None:
    selection = select(
        three_clusters(),
        range(1, 6),
        covariance_types=("full", "spherical"),
        criterion="stability",
        **SETTINGS,
    )
    by_cell = {(r["covariance_type"], r["n_components"]): r for r in selection.records}
    assert math.isnan(by_cell["full", 1]["stability"])
    assert by_cell["full", 3]["stability"] == 1
    assert by_cell["full", 3]["stability_error"] == 0
    assert by_cell["full", 5]["stability"] < 0.99
    assert by_cell["full", 5]["stability_error"] > 0
    assert selection.best_record["n_components"] == 3
    assert selection.best_.n_components == 3


def test_what_has_no_clusters_is_not_stable() -> None:
    X = np.random.RandomState(0).uniform(size=(300, 4))
    selection = select(X, range(2, 7), criterion="stability", **SETTINGS)
    assert max(record["stability"] for record in selection.records) < 0.75
    of_six = [r["stability"] for r in selection.records if r["n_components"] == 6]
    assert max(of_six) < 0.5


def test_stability_is_its_definition(X: Floats) -> None:
    """The mean and standard error over splits that the test makes again."""
    k, n = 3, len(X)
    (record,) = select(
        X, k, covariance_types="diag", criterion="stability", n_resamples=4, **SETTINGS
    ).records
    agreements = []
    for i in range(4):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([0, i])))
        order = rng.permutation(n)
        a, b = (
            select(X[np.sort(rows)], k, covariance_types="diag", **SETTINGS).best_.predict(X)
            for rows in (order[: n // 2], order[n // 2 :])
        )
        agreements.append(adjusted_rand_score(a, b))
    assert record["stability"] == pytest.approx(np.mean(agreements))
    assert record["stability_error"] == pytest.approx(np.std(agreements, ddof=1) / 2)


def test_stability_of_few_rows_and_of_one_component(X: Floats) -> None:
    with pytest.warns(UserWarning, match="more components than the 4 rows of a half"):
        selection = select(X[:9], (2, 5), criterion="stability", covariance_types="spherical")
    assert selection.best_record["n_components"] == 2
    with pytest.raises(ValueError, match="needs a fit with more than one component, but there is"):
        select(X, 1, criterion="stability")
    (record,) = select(
        X, 2, criterion="stability", n_resamples=1, covariance_types="full", **SETTINGS
    ).records
    assert math.isnan(record["stability_error"])


def test_stability_takes_weights(X: Floats) -> None:
    """Only their ratios count for the agreement."""
    weights = np.random.RandomState(0).uniform(0.5, 2, len(X))
    a, b = (
        select(X, 3, criterion="stability", sample_weight=w, covariance_types="tied", **SETTINGS)
        for w in (weights, 4 * weights)
    )
    assert a.records[0]["stability"] == pytest.approx(b.records[0]["stability"])


@pytest.mark.parametrize("seed", range(5))
def test_adjusted_rand_index_is_scikit_learns(seed: int) -> None:
    rng = np.random.RandomState(seed)
    a, b = rng.randint(1 + seed, size=100), rng.randint(3, size=100)
    b = np.where(rng.uniform(size=100) < 0.5, a, b)
    assert adjusted_rand_index(a, b) == pytest.approx(adjusted_rand_score(a, b))
    times = rng.randint(3, size=100)
    repeated = adjusted_rand_score(np.repeat(a, times), np.repeat(b, times))
    assert adjusted_rand_index(a, b, times.astype(float)) == pytest.approx(repeated)
    assert adjusted_rand_index(a, a) == 1


# Callback, progress, Ctrl-C


def test_callback_sees_every_record(X: Floats) -> None:
    seen: list[dict[str, Any]] = []
    threads = set()

    def callback(record: dict[str, Any]) -> str:
        seen.append(record)
        threads.add(threading.current_thread())
        return "go on"

    selection = select(X, range(1, 4), callback=callback, n_jobs=4, **SETTINGS)
    assert {id(record) for record in seen} == {id(record) for record in selection.records}
    assert threads == {threading.current_thread()}


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_callback_that_returns_true_ends_it(X: Floats, n_jobs: int) -> None:
    seen: list[dict[str, Any]] = []

    def callback(record: dict[str, Any]) -> bool:
        seen.append(record)
        return len(seen) == 3

    selection = select(X, range(1, 40), callback=callback, n_jobs=n_jobs, **SETTINGS)
    assert len(selection.records) == 3
    assert {id(record) for record in seen} == {id(record) for record in selection.records}
    assert selection.best_record["bic"] == min(record["bic"] for record in seen)


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_callback_that_raises_ends_it(X: Floats, n_jobs: int, error: type) -> None:
    def callback(record: dict[str, Any]) -> None:
        raise error("from the callback")

    with pytest.raises(error, match="from the callback"):
        select(X, range(1, 40), callback=callback, n_jobs=n_jobs, **SETTINGS)


def test_what_is_no_exception_of_a_fit_ends_it(X: Floats) -> None:
    def init(X: Floats, k: int, seed: int) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        select(X, range(2, 9), init_params=init, n_jobs=3)


def test_progress(X: Floats, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    select(X, range(1, 4), progress=True, **SETTINGS)
    assert "gaussmix: fits: 100%" in capsys.readouterr().err

    class Bar:
        bars: list["Bar"] = []  # noqa: RUF012

        def __init__(self, total: int, desc: str) -> None:
            self.total, self.n, self.closed = total, 0, False
            self.bars.append(self)

        def update(self, n: int) -> None:
            self.n += n

        def close(self) -> None:
            self.closed = True

    select(X, range(1, 4), progress=Bar, **SETTINGS)
    (bar,) = Bar.bars
    assert (bar.total, bar.n, bar.closed) == (12, 12, True)


@pytest.mark.alone
@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("large", [0, 2**60])
@pytest.mark.parametrize("wakes", [True, False])
def test_ctrl_c_ends_it(
    n_jobs: int, large: int, wakes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fits would run for years. All threads end.

    A signal wakes a thread that sleeps, but not one that is about to sleep.
    """
    monkeypatch.setattr(_runner, "LARGE_FIT", large)
    X = sample_mixture(2000, 4, 3, seed=0)
    begun = threading.Event()

    def init(X: Floats, k: int, seed: int) -> Floats:
        begun.set()
        return np.arange(len(X)) % k

    def send() -> None:
        begun.wait()
        time.sleep(0.1)
        if wakes:
            os.kill(os.getpid(), signal.SIGINT)
        else:
            _thread.interrupt_main()

    sender = threading.Thread(target=send)
    before = threading.active_count()
    sender.start()
    with pytest.raises(KeyboardInterrupt):
        select(X, range(2, 9), n_jobs=n_jobs, tol=0, max_iter=2**31 - 1, init_params=init)
    sender.join()
    assert threading.active_count() == before


# What it shows


def test_text(X: Floats) -> None:
    selection = select(X, (3, 1), covariance_types=("tied", "full"), **SETTINGS)
    lines = str(selection).splitlines()
    assert lines[0] == "BIC (lower is better)"
    assert lines[2].split() == ["components", "tied", "full"]
    assert [line.split()[0] for line in lines[3:5]] == ["3", "1"]
    assert sum(line.count("*") for line in lines[3:5]) == 1
    assert lines[-1] == (
        f"* best: 3 components, tied covariance, BIC {selection.best_record['bic']:.1f}"
    )
    assert repr(selection).startswith("<Selection of 4 fits, best: 3 components, tied")
    narrow = selection.table(width=24).splitlines()
    assert max(map(len, narrow[:-1])) <= 24
    assert [line.split() for line in narrow if line.lstrip().startswith("components")] == [
        ["components", "tied"],
        ["components", "full"],
    ]


def test_frame(X: Floats) -> None:
    pytest.importorskip("pandas")
    selection = select(X, range(1, 4), **SETTINGS)
    frame = selection.to_frame()
    assert list(frame.columns) == list(selection.records[0])
    assert frame["bic"].tolist() == [record["bic"] for record in selection.records]
    assert frame["bic"].idxmin() == selection.records.index(selection.best_record)


@pytest.mark.parametrize(
    ("module", "use", "extra"),
    [("pandas", "to_frame", "pip install pandas"), ("matplotlib", "plot", r"gaussmix\[plot\]")],
)
def test_what_is_not_installed_is_said(
    X: Floats, monkeypatch: pytest.MonkeyPatch, module: str, use: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    selection = select(X, 2, **SETTINGS)
    with pytest.raises(ImportError, match=extra):
        getattr(selection, use)()


def axes() -> Any:
    figure = pytest.importorskip("matplotlib.figure")
    return figure.Figure().subplots()


def test_plot_has_a_line_for_each_covariance_type(X: Floats) -> None:
    selection = select(X, range(1, 5), **SETTINGS)
    ax = axes()
    assert selection.plot(ax) is ax
    lines = {container.get_label(): container.lines[0] for container in ax.containers}
    assert list(lines) == ["full", "tied", "diag", "spherical (above)"]
    for (label, line), name in zip(lines.items(), COVARIANCE_TYPES, strict=True):
        assert label.startswith(name)
        of_type = [r for r in selection.records if r["covariance_type"] == name]
        assert line.get_xdata().tolist() == [r["n_components"] for r in of_type]
        assert line.get_ydata().tolist() == [r["bic"] for r in of_type]
    assert len({line.get_marker() for line in lines.values()}) == 4
    assert len({line.get_color() for line in lines.values()}) == 4
    best = selection.best_record
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [*lines, f"best: {best['n_components']}, {best['covariance_type']}"]
    low, high = ax.get_ylim()
    shown = [r["bic"] for r in selection.records if low <= r["bic"] <= high]
    assert best["bic"] in shown
    assert ax.get_ylabel() == "BIC (lower is better)"


def test_plot_of_stability_has_errors(X: Floats) -> None:
    selection = select(X, range(1, 4), criterion="stability", n_resamples=3, **SETTINGS)
    ax = axes()
    selection.plot(ax)
    assert all(container.has_yerr for container in ax.containers)


def test_plot_of_one_number(X: Floats) -> None:
    ax = axes()
    select(X, 3, **SETTINGS).plot(ax)
    assert [container.get_label() for container in ax.containers] == list(COVARIANCE_TYPES)
    low, high = ax.get_ylim()
    assert all(low < c.lines[0].get_ydata()[0] < high for c in ax.containers)


def test_plot_makes_its_own_axes(X: Floats) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    ax = select(X, range(1, 3), **SETTINGS).plot()
    ax.figure.canvas.draw()
    pyplot.close(ax.figure)


# The command


def test_command_is_the_function(X: Floats, run: Run, tmp_path: Path) -> None:
    path, picture = str(tmp_path / "best.safetensors"), tmp_path / "bic.png"
    code, out, err = run(
        "select", PENGUINS, "-k", "1-3,5", "--n-init", "2", "--families", "full,diag",
        "-o", path, "--plot", picture,
    )  # fmt: skip
    assert (code, err) == (0, "gaussmix: columns left out: 'species' (not numeric)\n")
    expected = select(X, (1, 2, 3, 5), covariance_types=("full", "diag"), n_init=2, random_state=0)
    assert out.startswith(expected.table(80) + "\n\nrows            342\n")
    assert gaussmix.load(path).means_.tolist() == expected.best_.means_.tolist()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert run("select", PENGUINS, "-k", "3", "--families", "all", "--n-init", "1").code == 0


def test_command_with_stability_and_messages(run: Run) -> None:
    code, out, err = run(
        "select", PENGUINS, "-k", "2-3", "--criterion", "stability", "--resamples", "2",
        "--max-iter", "2", "--n-init", "1",
    )  # fmt: skip
    assert code == 0
    assert out.startswith("stability (agreement of halves; 1 is best)\n")
    assert "fits not converged after 2 iterations; allow more with --max-iter" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-k", "3-1"], "'3-1' is not a range: it begins above its end"),
        (["-k", "0"], "'0' is not an integer from 1"),
        (["-k", "1-"], "'' is not an integer from 1"),
        (["-k", "1-999999999"], "has more than 100000 numbers"),
        (["--families", "full,round"], "'round' is none of full, tied, diag, spherical"),
        (["--criterion", "BIC"], "invalid choice: 'BIC'"),
        (["-k", "400"], "342 row(s) are too few for 400 component(s)"),
        (["--plot", "picture.txt"], "--plot picture.txt: the name must end in .png or"),
        (["--plot", "/nowhere/x.png"], "--plot /nowhere/x.png: there is no directory /nowhere"),
        (["--plot", "x.png", "-o", "x.png"], "--plot x.png: this is the file of -o"),
        (["-o", "-"], "a model is written to a file"),
    ],
)
def test_command_that_cannot_be(run: Run, arguments: list[str], message: str) -> None:
    assert message in run.fails("select", PENGUINS, *arguments)


def test_command_names_what_select_takes() -> None:
    from gaussmix.cli.options import CRITERIA
    from gaussmix.selection import CRITERIA as KNOWN

    assert CRITERIA == KNOWN
