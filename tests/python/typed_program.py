"""A user's program: mypy --strict and pyright take it, see test_typing.py. Nothing runs it."""

from pathlib import Path
from typing import Any, assert_type

import gaussmix
import numpy as np
from gaussmix import GaussianMixture, KMeans, MixtureDiscriminant, Selection, Statistics, select
from gaussmix.density import Divergence, MergedComponents, Modes
from gaussmix.noise import NoiseBox
from gaussmix.report import FitReport, Repair, Start
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]

X: NDArray[np.float64] = np.random.default_rng(0).normal(size=(100, 2))


class Tuned(GaussianMixture):
    """A class of one's own keeps its type."""


def mixtures() -> None:
    model = GaussianMixture(
        2, covariance_type="VEV", n_init="auto", random_state=0, noise=True, truncation=0.001
    )
    assert_type(model.fit_report_.truncation_error, float)
    assert_type(model.fit(X, sample_weight=np.ones(100)), GaussianMixture)
    assert_type(model.fit([[1.0, 2.0], [3.0, 4.0]], max_seconds=1.5), GaussianMixture)
    assert_type(Tuned(3).fit(X), Tuned)
    assert_type(Tuned.from_parameters([1.0], [[0.0]], [1.0], "spherical"), Tuned)
    assert_type(model.fit_predict(X), NDArray[np.intp])
    assert_type(model.predict_proba(X), Floats)
    assert_type(model.score_samples(X), Floats)
    assert_type(model.score(X) + model.bic(X) + model.aic(X) + model.icl(X), float)
    assert_type(model.sample(10), tuple[Floats, NDArray[np.intp]])
    assert_type(model.weights_, Floats)
    assert_type(model.noise_box_, NoiseBox | None)
    assert_type(model.lower_bounds_, list[float])
    assert_type(model.set_params(tol=1e-4).get_params(), dict[str, Any])
    model.means_ = [[0.0, 1.0], [2.0, 3.0]]
    model.save(Path("model.safetensors"))
    assert_type(gaussmix.load("model.safetensors"), GaussianMixture | MixtureDiscriminant)


def reports(report: FitReport) -> tuple[Start, ...]:
    repairs: tuple[Repair, ...] = report.repairs
    assert_type(repairs[0].reason, str)
    return report.starts


def other_libraries() -> None:
    model = GaussianMixture.from_mclust("fit.json", feature_names=["a", "b"])
    assert_type(model, GaussianMixture)
    theirs = model.to_sklearn()
    assert_type(Tuned.from_sklearn(theirs), Tuned)


def densities(model: GaussianMixture) -> None:
    assert_type(model.marginal([0]), GaussianMixture)
    assert_type(model.condition(["a"], [[1.0]]), GaussianMixture)
    assert_type(model.modes(), Modes)
    assert_type(model.merge(1), MergedComponents)
    assert_type(model.kl(model), Divergence)
    assert_type(model.is_outlier(X, 0.01), NDArray[np.bool_])


def em(model: GaussianMixture) -> GaussianMixture:
    statistics: Statistics = sum((model.expect(part) for part in (X[:50], X[50:])), model.expect(X))
    assert_type(statistics.scaled(0.5), Statistics)
    assert_type(Statistics.from_bytes(statistics.to_bytes()), Statistics)
    return model.maximize(statistics)


def choices() -> None:
    def stop(record: dict[str, Any]) -> bool:
        return bool(record["seconds"] > 10)

    found = select(X, range(1, 5), covariance_types="all", criterion="icl", callback=stop)
    assert_type(found, Selection)
    assert_type(found.best_, GaussianMixture)


def clusters_and_classes() -> None:
    assert_type(KMeans(3).fit(X).cluster_centers_, Floats)
    assert_type(KMeans(3).fit_predict(X), NDArray[np.int32])
    model = MixtureDiscriminant({"a": 1, "b": 2}, covariance_type="shared")
    assert_type(model.fit(X, ["a", "b"] * 50), MixtureDiscriminant)
    assert_type(model.predict_proba(X), Floats)
    assert_type(model.mixtures_, list[GaussianMixture])


def callbacks(iteration: int, log_likelihood: float, change: float) -> bool:
    return iteration > 5 and change < 1e-3


GaussianMixture(2, callback=callbacks, init_params=lambda X, k, seed: np.arange(len(X)) % k)
