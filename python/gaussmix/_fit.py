"""One fit: checks what the estimator was given, lets the core fit, warns."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from gaussmix import _core, exceptions
from gaussmix._arrays import (
    as_sample_weight,
    check_finite,
    check_number_of_rows,
    drop_weightless,
)
from gaussmix._init_function import first_responsibilities_by
from gaussmix._model import Model
from gaussmix._progress import observe_fit
from gaussmix._seeds import draw_seed
from gaussmix._starts import check_user_start
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats
from gaussmix.report import FitReport

if TYPE_CHECKING:
    from gaussmix.mixture import GaussianMixture


def fit_model(
    estimator: GaussianMixture,
    table: Floats,
    sample_weight: ArrayLike | None,
    feature_names: FeatureNames | None,
    *,
    is_finite: bool = False,
) -> Model:
    """Returns the model that the estimator's parameters ask for; changes nothing.

    The estimator's constructor parameters are checked already, the arrays of a start are not.
    `is_finite` says that the table is known to be; nobody looks again.
    """
    weights = as_sample_weight(sample_weight, table.shape[0])
    rows, weights = drop_weightless(table, weights)
    if not is_finite:
        check_finite(rows, "X", type(estimator).__name__)
    _check_size(estimator, rows)
    start = check_user_start(
        estimator.weights_init,
        estimator.means_init,
        estimator.precisions_init,
        estimator.covariance_type,
        estimator.n_components,
        rows.shape[1],
    )
    previous = _previous_model(estimator, rows) if estimator.warm_start else None
    init, seed = estimator.init_params, draw_seed(estimator.random_state)
    with observe_fit(
        verbose=estimator.verbose,
        verbose_interval=estimator.verbose_interval,
        callback=estimator.callback,
        progress=estimator.progress,
        n_init=1 if previous else estimator.n_init,
        max_iter=estimator.max_iter,
    ) as observer:
        result = _core.fit(
            rows,
            weights,
            n_components=estimator.n_components,
            covariance_type=estimator.covariance_type,
            tol=estimator.tol,
            reg_covar=estimator.reg_covar,
            max_iter=estimator.max_iter,
            n_init=estimator.n_init,
            init_params="kmeans" if callable(init) else init,
            first_responsibilities=(
                first_responsibilities_by(init, rows, estimator.n_components, seed)
                if callable(init)
                else None
            ),
            seed=seed,
            degenerate=estimator.degenerate,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=start.precisions,
            previous=previous.mixture if previous else None,
            previous_lower_bound=previous.result.lower_bound if previous else -math.inf,
            n_threads=n_threads(estimator.n_jobs),
            observer=observer,
        )
    FitReport.of(result).log_repairs()
    stopped = observer is not None and observer.stopped
    if not (result.converged or stopped or estimator.max_iter == 0):
        warnings.warn(
            "Best performing initialization did not converge. Try different init parameters, "
            "or increase max_iter, tol, or check for degenerate data.",
            exceptions.ConvergenceWarning,
            stacklevel=3,
        )
    return Model(result, feature_names)


def _check_size(estimator: GaussianMixture, rows: Floats) -> None:
    check_number_of_rows(rows, type(estimator).__name__, minimum=2)
    if rows.shape[0] < estimator.n_components:
        raise ValueError(
            "Expected n_samples >= n_components but got "
            f"n_components = {estimator.n_components}, n_samples = {rows.shape[0]}"
        )


def _previous_model(estimator: GaussianMixture, rows: Floats) -> Model | None:
    model = estimator._model
    if model is None:
        return None
    mixture = model.mixture
    for what, before, now in (
        ("n_components", mixture.n_components, estimator.n_components),
        ("covariance_type", mixture.covariance_type, estimator.covariance_type),
        ("the number of features", mixture.n_features, rows.shape[1]),
        ("the dtype of X", mixture.dtype, rows.dtype),
    ):
        if before != now:
            raise ValueError(
                f"warm_start=True goes on from the fit before, but {what} was {before} then and "
                f"is {now} now: keep it, or set warm_start=False"
            )
    return model
