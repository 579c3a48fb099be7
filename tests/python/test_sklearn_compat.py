"""At home in scikit-learn, and able to do without it."""

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import gaussmix._core
import gaussmix.exceptions
import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.callback
import sklearn.exceptions
from data import Floats, load
from gaussmix import GaussianMixture, KMeans, _threads
from sklearn import cluster
from sklearn import mixture as sklearn_mixture
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator
from threadpoolctl import threadpool_limits


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


def python(code: str, **environment: str) -> str:
    """What a new interpreter prints that runs `code`."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()


# scikit-learn's checks of an estimator


@pytest.mark.filterwarnings("ignore:Estimator GaussianMixture does not inherit from")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_check_estimator(covariance_type: str) -> None:
    checks = check_estimator(GaussianMixture(covariance_type=covariance_type))
    statuses = {check["check_name"]: check["status"] for check in checks}
    # As for scikit-learn's own class, this one is run by the next test.
    assert {name for name, status in statuses.items() if status != "passed"} == {
        "check_array_api_input"
    }
    assert {"check_sample_weight_equivalence_on_dense_data", "check_readonly_memmap_input"} <= set(
        statuses
    )


def test_check_estimator_with_the_array_api() -> None:
    code = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from gaussmix import GaussianMixture\n"
        "from sklearn.utils.estimator_checks import check_estimator\n"
        "print({check['status'] for check in check_estimator(GaussianMixture())})"
    )
    assert python(code, SCIPY_ARRAY_API="1") == "{'passed'}"


def test_tags() -> None:
    ours, theirs = get_tags(GaussianMixture()), get_tags(sklearn_mixture.GaussianMixture())
    theirs.array_api_support = False
    assert ours == theirs


# With its tools


def test_clone_has_the_parameters_alone(X: Floats) -> None:
    original = GaussianMixture(
        3, tol=0.1, means_init=X[:3], random_state=np.random.RandomState(0), callback=print
    )
    twin = clone(original.set_params(callback=None).fit(X))
    assert not hasattr(twin, "weights_")
    assert twin.tol == 0.1
    np.testing.assert_array_equal(twin.means_init, X[:3])
    assert clone(original.set_params(callback=print)).callback is print


def test_pipeline(X: Floats) -> None:
    pipeline = make_pipeline(StandardScaler(), GaussianMixture(3, random_state=0, max_iter=500))
    labels = pipeline.fit_predict(X)
    np.testing.assert_array_equal(labels, pipeline.predict(X))
    scaled = StandardScaler().fit_transform(X)
    alone = GaussianMixture(3, random_state=0, max_iter=500).fit(scaled)
    assert pipeline.score(X) == alone.score(scaled)
    assert "GaussianMixture(n_components=3" in pipeline._repr_html_()


def test_pipeline_passes_weights(X: Floats) -> None:
    weights = np.arange(len(X)) % 3
    pipeline = make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0, max_iter=500))
    pipeline.fit(X, gaussianmixture__sample_weight=weights)
    alone = clone(pipeline[-1]).fit(pipeline[0].transform(X), sample_weight=weights)
    np.testing.assert_array_equal(pipeline[-1].means_, alone.means_)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search(X: Floats, n_jobs: int) -> None:
    grid = {"n_components": [1, 2, 4], "covariance_type": ["full", "spherical"]}
    search = GridSearchCV(
        GaussianMixture(random_state=0, max_iter=500), grid, cv=3, n_jobs=n_jobs
    ).fit(X)
    assert search.best_params_ == {"n_components": 4, "covariance_type": "full"}
    assert search.best_estimator_.n_components == 4
    assert search.predict(X).shape == (len(X),)


def test_cross_validation_scores_with_the_log_likelihood(X: Floats) -> None:
    mixture = GaussianMixture(2, random_state=0, max_iter=500)
    scores = cross_val_score(mixture, X, cv=4)
    assert scores[0] == mixture.fit(X[100:]).score(X[:100])


# Metadata routing


@pytest.fixture
def routing() -> Iterator[None]:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


ESTIMATORS = pytest.mark.parametrize("kind", [GaussianMixture, KMeans])


@ESTIMATORS
@pytest.mark.usefixtures("routing")
def test_sample_weight_is_routed_in_a_pipeline(X: Floats, kind: Any) -> None:
    weights = np.arange(len(X)) % 3
    estimator = kind(2, random_state=0).set_fit_request(sample_weight=True)
    pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), estimator)
    pipeline.fit(X, sample_weight=weights)
    scaled = pipeline[0].transform(X)
    alone = kind(2, random_state=0).fit(scaled, sample_weight=weights)
    np.testing.assert_array_equal(pipeline[-1].predict(scaled), alone.predict(scaled))
    np.testing.assert_array_equal(
        pipeline.fit_predict(X, sample_weight=weights), alone.predict(scaled)
    )
    with pytest.raises(UnsetMetadataPassedError, match=f"requested for {kind.__name__}.fit, "):
        make_pipeline(kind(2)).fit(X, sample_weight=weights)


@pytest.mark.usefixtures("routing")
def test_known_labels_are_routed(X: Floats) -> None:
    known = np.where(np.arange(len(X)) % 20 == 0, np.arange(len(X)) % 3, -1)
    estimator = GaussianMixture(3, random_state=0, tol=1e-2).set_fit_request(known_labels=True)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X, known_labels=known)
    scaled = pipeline[0].transform(X)
    alone = GaussianMixture(3, random_state=0, tol=1e-2).fit(scaled, known_labels=known)
    np.testing.assert_array_equal(pipeline[-1].means_, alone.means_)
    with pytest.raises(UnsetMetadataPassedError, match=r"requested for GaussianMixture\.fit, "):
        make_pipeline(GaussianMixture(2)).fit(X, known_labels=known)


@ESTIMATORS
@pytest.mark.usefixtures("routing")
def test_sample_weight_is_routed_in_a_search(X: Floats, kind: Any) -> None:
    weights, order = 1.0 + np.arange(len(X)) % 3, np.random.RandomState(0).permutation(len(X))
    X = X[order]
    estimator = (
        kind(random_state=0)
        .set_fit_request(sample_weight="importance")
        .set_score_request(sample_weight="importance")
    )
    grid = {next(iter(estimator.get_params())): [2, 3]}
    search = GridSearchCV(estimator, grid, cv=KFold(2)).fit(X, importance=weights)
    half = len(X) // 2
    for i, n in enumerate((2, 3)):
        fit = kind(n, random_state=0).fit(X[:half], sample_weight=weights[:half])
        expected = fit.score(X[half:], sample_weight=weights[half:])
        assert search.cv_results_["split1_test_score"][i] == expected


@ESTIMATORS
@pytest.mark.usefixtures("routing")
def test_requests_are_scikit_learns(kind: Any) -> None:
    ours, theirs = kind(), cluster.KMeans()
    own = {"known_labels": None} if kind is GaussianMixture else {}
    assert requests(theirs) == {"fit": {"sample_weight": None}, "score": {"sample_weight": None}}
    assert requests(ours) == {
        "fit": {"sample_weight": None, **own},
        "score": {"sample_weight": None},
    }
    for estimator in (ours, theirs):
        assert estimator.set_fit_request(sample_weight=True) is estimator
        estimator.set_score_request(sample_weight="importance")
        estimator.set_score_request()
    for twin in (clone(ours), pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours)):
        assert requests(twin) == requests(ours)
    assert requests(ours) == {**requests(theirs), "fit": {"sample_weight": True, **own}}
    clone(ours).set_fit_request(sample_weight=False)
    assert requests(ours)["fit"] == {"sample_weight": True, **own}
    for bad in ({"sample_weight": "no name"}, {"y": True}):
        errors = []
        for estimator in (ours, theirs):
            with pytest.raises((ValueError, TypeError)) as raised:
                estimator.set_fit_request(**bad)
            errors.append(raised.type)
        assert errors[0] is errors[1]


def requests(estimator: Any) -> dict[str, Any]:
    found = estimator.get_metadata_routing()
    return {name: getattr(found, name).requests for name in ("fit", "score")}


@ESTIMATORS
def test_requests_need_routing_enabled(X: Floats, kind: Any) -> None:
    message = "This method is only available when metadata routing is enabled."
    for method in ("set_fit_request", "set_score_request"):
        with pytest.raises(RuntimeError, match=message):
            getattr(kind(), method)(sample_weight=True)


# Callbacks


class Recorder:
    """A callback of scikit-learn's protocol that notes what it is told."""

    def __init__(self, stop_after: int | None = None, fail_in: str = "") -> None:
        self.stop_after, self.fail_in = stop_after, fail_in
        self.events: list[tuple[str, list[tuple[str, int]]]] = []
        self.told: list[dict[str, Any]] = []

    def note(self, event: str, context: Any, **told: Any) -> None:
        path = []
        while context is not None:
            path.insert(0, (context.task_name, context.task_id))
            context = context.parent
        self.events.append((event, path))
        self.told.append(told)
        if event == self.fail_in:
            raise ZeroDivisionError(event)

    def setup(self, estimator: Any, context: Any) -> None:
        self.note("setup", context)

    def on_fit_task_begin(self, estimator: Any, context: Any, *, X: Any = None) -> None:
        self.note("begin", context, X=X)

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,
        y: Any = None,
        metadata: Any = None,
        fitted_estimator: Any = None,
    ) -> bool:
        self.note("end", context, X=X, y=y, metadata=metadata, fitted=fitted_estimator)
        return len(self.iterations()) == self.stop_after

    def teardown(self, estimator: Any, context: Any) -> None:
        self.note("teardown", context)

    def iterations(self, start: int | None = None) -> list[int]:
        """The numbers of the iterations that ended."""
        return [
            path[-1][1]
            for event, path in self.events
            if event == "end" and path[-1][0] == "iteration" and start in (None, path[-2][1])
        ]


class Propagated(Recorder):
    """One that meta-estimators hand on to what they fit."""

    max_propagation_depth = None


def test_callbacks_are_told_of_starts_and_iterations(X: Floats) -> None:
    recorder, weights = Recorder(), np.ones(len(X))
    mixture = GaussianMixture(3, random_state=0, max_iter=500)
    assert mixture.set_callbacks(recorder) is mixture
    mixture.fit(X, "y", sample_weight=weights)
    fit, start = ("fit", 0), ("start", 0)
    assert recorder.events[:3] == [
        ("setup", [fit]),
        ("begin", [fit]),
        ("begin", [fit, start]),
    ]
    assert recorder.events[-3:] == [("end", [fit, start]), ("end", [fit]), ("teardown", [fit])]
    pairs = recorder.events[3:-3]
    assert [event for event, _ in pairs] == ["begin", "end"] * mixture.n_iter_
    assert recorder.iterations(0) == list(range(mixture.n_iter_))
    for told in recorder.told[1:-1]:
        assert told["X"] is X
    last = recorder.told[-2]
    assert last["y"] == "y"
    assert last["metadata"] == {"sample_weight": weights}
    assert last["fitted"].score(X) == mixture.score(X)
    np.testing.assert_array_equal(mixture.means_, clone(mixture).set_callbacks().fit(X).means_)


@pytest.mark.parametrize("max_iter", [0, 5, 500])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_callbacks_are_told_of_racing_starts(X: Floats, max_iter: int) -> None:
    recorder = Recorder()
    mixture = GaussianMixture(4, n_init=4, random_state=0, max_iter=max_iter)
    mixture.set_callbacks(recorder).fit(X)
    starts = mixture.fit_report_.starts
    begun = [path[-1][1] for event, path in recorder.events if event == "begin" and len(path) == 2]
    ended = [path[-1][1] for event, path in recorder.events if event == "end" and len(path) == 2]
    assert begun == ended == list(range(len(starts)))
    for number, start in enumerate(starts):
        assert recorder.iterations(number) == list(range(start.n_iter))


def test_a_callback_stops_the_fit(X: Floats) -> None:
    mixture = GaussianMixture(4, random_state=0, tol=0, max_iter=500, callback=lambda *_: False)
    mixture.set_callbacks(Recorder(stop_after=3), Recorder()).fit(X)
    assert mixture.n_iter_ == 3
    assert not mixture.converged_


@ESTIMATORS
@pytest.mark.parametrize("method", ["fit", "fit_predict", "fit_transform"])
def test_callbacks_are_told_of_every_method_that_fits(X: Floats, kind: Any, method: str) -> None:
    if not hasattr(kind, method):
        return
    recorder = Recorder()
    estimator = kind(3, random_state=0).set_callbacks(recorder)
    getattr(estimator, method)(X, "y", sample_weight=2)
    fit = [("fit", 0)]
    events = [(event, path) for event, path in recorder.events if len(path) == 1]
    assert events == [("setup", fit), ("begin", fit), ("end", fit), ("teardown", fit)]
    last = recorder.told[-2]
    assert (last["y"], last["metadata"]) == ("y", {"sample_weight": 2})
    np.testing.assert_array_equal(last["fitted"].predict(X), estimator.predict(X))


@ESTIMATORS
@pytest.mark.parametrize("place", ["setup", "begin", "end"])
def test_a_callback_that_raises(X: Floats, kind: Any, place: str) -> None:
    estimator = kind(2, random_state=0).fit(X)
    labels, before = estimator.predict(X), set(vars(estimator))
    recorder = Recorder(fail_in=place)
    with pytest.raises(ZeroDivisionError, match=place):
        estimator.set_callbacks(recorder).set_params(random_state=1).fit(X + 1)
    assert recorder.events[-1][0] == "teardown"
    np.testing.assert_array_equal(estimator.predict(X), labels)
    assert set(vars(estimator.set_callbacks())) == before


@ESTIMATORS
def test_callbacks_of_a_fit_that_fails_are_torn_down(X: Floats, kind: Any) -> None:
    recorder = Recorder()
    with pytest.raises(ValueError, match="NaN"):
        kind(2).set_callbacks(recorder).fit(X * np.nan)
    with pytest.raises(ValueError, match="n_samples"):
        kind(500).set_callbacks(recorder).fit(X)
    events = [event for event, _ in recorder.events]
    assert events.count("setup") == events.count("teardown")


@ESTIMATORS
def test_callbacks_come_through_meta_estimators(X: Floats, kind: Any) -> None:
    recorder = Propagated()
    make_pipeline(StandardScaler(), kind(2)).set_callbacks(recorder).fit(X)
    begun = [path for event, path in recorder.events if event == "begin"]
    assert begun[:3] == [[("fit", 0)], [("fit", 0), ("fit", 0)], [("fit", 0), ("fit", 1)]]
    assert [event for event, _ in recorder.events].count("setup") == 1
    name = next(iter(kind().get_params()))
    inner = Recorder()
    search = GridSearchCV(kind(random_state=0).set_callbacks(inner), {name: [1, 2]}, cv=2)
    search.fit(X)
    assert [event for event, _ in inner.events].count("setup") == 5
    assert [event for event, _ in inner.events].count("teardown") == 5


def test_set_callbacks_takes_callbacks_alone(X: Floats) -> None:
    for bad in (print, Recorder):
        with pytest.raises(
            TypeError, match=r"callbacks must be instances|must be instances follow"
        ):
            GaussianMixture().set_callbacks(bad)


def test_scoring_monitor(X: Floats) -> None:
    monitor = sklearn.callback.ScoringMonitor(scoring={"score": lambda m, X, y: m.score(X)})
    mixture = GaussianMixture(3, random_state=0).set_callbacks(monitor)
    mixture.fit(X, np.zeros(len(X)))
    (entry,) = monitor.get_logs().data
    assert entry["score"] == mixture.score(X)


def test_progress_bar(X: Floats, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    for estimator in (GaussianMixture(3, n_init=2, random_state=0), KMeans(3)):
        estimator.set_callbacks(sklearn.callback.ProgressBar()).fit(X)
        assert f"{type(estimator).__name__} - fit" in capsys.readouterr().out


def test_callbacks_need_a_scikit_learn_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    with pytest.raises(ImportError, match=r"set_callbacks needs scikit-learn 1\.9 or newer"):
        GaussianMixture().set_callbacks(Recorder())


# Names of columns


@pytest.fixture(name="frame")
def penguins() -> pd.DataFrame:
    return pd.DataFrame(load("penguins"), columns=["bill length", "bill depth", "flipper", "mass"])


def test_feature_names(frame: pd.DataFrame) -> None:
    mixture = GaussianMixture(2, random_state=0, max_iter=500).fit(frame)
    names = mixture.feature_names_in_
    assert names.dtype == object
    assert list(names) == list(frame.columns)
    mixture.predict(frame)
    assert not hasattr(mixture.fit(frame.to_numpy()), "feature_names_in_")
    assert not hasattr(mixture.fit(frame.set_axis(range(4), axis=1)), "feature_names_in_")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score_samples", "score", "bic"])
def test_feature_names_that_differ(frame: pd.DataFrame, method: str) -> None:
    """Errors and warnings are scikit-learn's, word by word."""
    ours, theirs = GaussianMixture(), sklearn_mixture.GaussianMixture()
    ours.fit(frame), theirs.fit(frame)
    for other in (
        frame[frame.columns[::-1]],
        frame.rename(columns={"flipper": "wing"}),
        frame.assign(extra=1.0),
        frame.set_axis(list("abcd"), axis=1).assign(**{c: 0.0 for c in "efgh"}),
    ):
        with pytest.raises(ValueError, match="feature names should match") as expected:
            getattr(theirs, method)(other)
        with pytest.raises(ValueError, match="feature names should match") as raised:
            getattr(ours, method)(other)
        assert str(raised.value) == str(expected.value)
    for fitted_to, other in ((frame, frame.to_numpy()), (frame.to_numpy(), frame)):
        ours.fit(fitted_to), theirs.fit(fitted_to)
        with pytest.warns(UserWarning, match="feature names") as expected:
            getattr(theirs, method)(other)
        with pytest.warns(UserWarning, match="feature names") as warned:
            getattr(ours, method)(other)
        assert str(warned[0].message) == str(expected[0].message)
        assert warned[0].filename == __file__


def test_feature_names_of_mixed_types(frame: pd.DataFrame) -> None:
    mixed = frame.rename(columns={"mass": 4})
    with pytest.raises(TypeError, match="Feature names are only supported if all input features"):
        GaussianMixture().fit(mixed)


class Table:
    """A data frame as polars and pyarrow have it: names, and an array on demand."""

    def __init__(self, values: Floats, **names: Any) -> None:
        self.values, self.shape = values, values.shape
        self.__dict__.update(names)

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Floats:
        return self.values.astype(dtype or self.values.dtype)


@pytest.mark.parametrize("names", [{"columns": ["a", "b", "c"]}, {"column_names": ["a", "b", "c"]}])
def test_feature_names_of_other_data_frames(X: Floats, names: dict[str, Any]) -> None:
    table = Table(X, **({"columns": [[], [], []]} | names))
    mixture = GaussianMixture().fit(table)
    assert list(mixture.feature_names_in_) == ["a", "b", "c"]
    assert mixture.score(table) == GaussianMixture().fit(X).score(X)


# Exceptions and warnings


def test_exceptions_are_scikit_learns_where_it_is_loaded(X: Floats) -> None:
    assert gaussmix.exceptions.NotFittedError is sklearn.exceptions.NotFittedError
    assert gaussmix.exceptions.ConvergenceWarning is sklearn.exceptions.ConvergenceWarning
    with pytest.raises(sklearn.exceptions.NotFittedError) as raised:
        GaussianMixture().predict(X)
    assert raised.type is sklearn.exceptions.NotFittedError
    with pytest.warns(sklearn.exceptions.ConvergenceWarning) as warned:
        GaussianMixture(2, max_iter=1).fit(X)
    assert warned[0].category is sklearn.exceptions.ConvergenceWarning


WITHOUT_SKLEARN = """
import pickle, sys, warnings
import gaussmix, gaussmix.exceptions
from gaussmix.exceptions import ConvergenceWarning, NotFittedError

X = [[0.0], [1.0], [5.0], [5.5]]
mixture = gaussmix.GaussianMixture(2, max_iter=1, n_init=2)
try:
    mixture.predict(X)
except gaussmix.exceptions.NotFittedError as error:
    print(type(error) is NotFittedError, isinstance(error, (ValueError, AttributeError)))
    print(type(pickle.loads(pickle.dumps(error))) is NotFittedError)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    mixture.fit(X)
print(caught[0].category is ConvergenceWarning, issubclass(ConvergenceWarning, UserWarning))
print(mixture.predict(X).shape, repr(mixture), len(mixture.get_params()))
print(any(name.split(".")[0] == "sklearn" for name in sys.modules))
{then}
"""


def test_works_without_scikit_learn() -> None:
    assert python(WITHOUT_SKLEARN.format(then="")).splitlines() == [
        "True True",
        "True",
        "True True",
        "(4,) GaussianMixture(n_components=2, max_iter=1, n_init=2) 22",
        "False",
    ]


def test_exceptions_follow_when_scikit_learn_is_loaded_later() -> None:
    then = (
        "import sklearn.exceptions\n"
        "try:\n"
        "    gaussmix.GaussianMixture().predict(X)\n"
        "except gaussmix.exceptions.NotFittedError as error:\n"
        "    print(type(error) is sklearn.exceptions.NotFittedError)\n"
        "from sklearn.base import clone\n"
        "print(clone(mixture))"
    )
    assert python(WITHOUT_SKLEARN.format(then=then)).splitlines()[-2:] == [
        "True",
        "GaussianMixture(n_components=2, max_iter=1, n_init=2)",
    ]


def test_exceptions_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match=r"module 'gaussmix\.exceptions' has no attribute 'X'"):
        gaussmix.exceptions.X  # noqa: B018


# Threads

OPENMP = gaussmix._core.config()["openmp"] == "yes"


@pytest.fixture(name="cores")
def process_of_8_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_threads, "_available_cores", lambda: 8)


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize(
    ("n_jobs", "expected"), [(1, 1), (3, 3), (20, 20), (10**9, 1024), (-1, 8), (-2, 7), (-9, 1)]
)
def test_n_jobs(n_jobs: int, expected: int) -> None:
    assert _threads.n_threads(n_jobs) == expected


@pytest.mark.usefixtures("cores")
def test_n_jobs_none_keeps_within_threadpoolctls_limit() -> None:
    with threadpool_limits(1):
        assert _threads.n_threads(None) == 1
    with threadpool_limits(5):
        assert _threads.n_threads(None) == (5 if OPENMP else 1)
        assert _threads.n_threads(-1) == 8


THREADS = "from gaussmix import _threads; print(_threads.n_threads(None))"


def test_n_jobs_none_keeps_within_omp_num_threads() -> None:
    assert python(THREADS, OMP_NUM_THREADS="1") == "1"
    cores = _threads.n_threads(-1)
    assert python(THREADS, OMP_NUM_THREADS=str(cores + 1)) == str(cores if OPENMP else 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this platform")
def test_n_jobs_none_keeps_within_the_affinity() -> None:
    one_core = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    assert python(one_core + THREADS, OMP_NUM_THREADS="4") == "1"


def test_joblibs_workers_share_the_cores() -> None:
    code = (
        "from joblib import Parallel, delayed\n"
        "from gaussmix import _threads\n"
        "print(*Parallel(n_jobs=2)(delayed(_threads.n_threads)(None) for _ in range(2)))"
    )
    each = max(1, _threads.n_threads(-1) // 2) if OPENMP else 1
    assert python(code).split() == [str(each)] * 2
