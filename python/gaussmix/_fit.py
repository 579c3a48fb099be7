"""One fit: checks what the estimator was given, lets the core fit, warns."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _core, exceptions
from gaussmix._arrays import (
    as_sample_weight,
    check_finite,
    check_number_of_rows,
    drop_weightless,
)
from gaussmix._families import CAN_BE_ACCELERATED, check_features, family_of
from gaussmix._fit_checkpoint import Checkpoints, Problem
from gaussmix._init_function import first_responsibilities_by
from gaussmix._model import Model
from gaussmix._noise import first_share
from gaussmix._prior import as_prior
from gaussmix._progress import Listener, observe_fit
from gaussmix._run_options import Clock, RunOptions
from gaussmix._seeds import draw_seed
from gaussmix._settings import MixtureSettings
from gaussmix._starts import check_user_start
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats
from gaussmix.report import FitReport

ADVICE = "Try different init parameters, or increase max_iter, tol, or check for degenerate data."
NOT_CONVERGED = f"Best performing initialization did not converge. {ADVICE}"


def fit_model(
    settings: MixtureSettings,
    before: Model | None,
    table: Floats,
    sample_weight: ArrayLike | None,
    feature_names: FeatureNames | None,
    *,
    known_labels: NDArray[np.int32] | None = None,
    component_classes: Sequence[int] = (),
    is_finite: bool = False,
    listeners: Sequence[Listener] = (),
    quiet: bool = False,
    origin: str = "the user's function",
    shared_starts: _core.SharedStarts | None = None,
    stop: _core.StopFlag | None = None,
    run: RunOptions = RunOptions(),  # noqa: B008
) -> Model:
    """Returns the model that the settings ask for; changes nothing.

    The settings are checked already, but for the arrays of a start. `before` is the model of the
    last fit, which a warm start goes on from. `known_labels` are of the table's rows: components,
    or classes of which `component_classes` says which components they have. `is_finite` says that
    the table is known to be; nobody looks again. `listeners` are told of the fit besides those that
    the settings name. `quiet` leaves it to the caller to tell of repairs, and that a fit did not
    converge. `origin` says where starts come from that a function makes. `shared_starts` is what
    fits share with each other. Once another thread sets `stop`, the fit is given up: StoppedError.
    """
    clock = Clock(run.max_seconds)
    weights = as_sample_weight(sample_weight, table.shape[0])
    labels = known_labels
    if weights is not None and labels is not None:
        labels = labels[weights > 0]
    rows, weights = drop_weightless(table, weights)
    threads = n_threads(settings.n_jobs)
    if not is_finite and not _core.all_finite(rows, threads):
        check_finite(rows, "X", type(settings).__name__, feature_names)
    check_size(settings, rows.shape, len(rows) if weights is None else weights.sum())
    check_fixed(settings, before)
    check_acceleration(settings, rows.dtype)
    checkpoints = Checkpoints(
        run,
        settings.tol,
        lambda: Problem.of(settings, rows, weights, labels),
        lambda: draw_seed(settings.random_state),
    )
    start = _start(settings, rows, checkpoints.seed)
    told = core_settings(settings, rows.shape[1], checkpoints.seed, threads)
    previous = check_previous(before, settings, rows) if settings.warm_start else None
    with observe_fit(
        [*listeners, clock] if run.max_seconds is not None else listeners,
        verbose=settings.verbose,
        verbose_interval=settings.verbose_interval,
        callback=settings.callback,
        progress=settings.progress,
        n_init=1 if previous else _number_of_starts(settings),
        max_iter=settings.max_iter,
    ) as observer:
        result = _core.fit(
            rows,
            weights,
            settings=told,
            shared_starts=shared_starts,
            stop=stop,
            known_labels=labels,
            component_classes=component_classes,
            previous=previous.mixture if previous else None,
            previous_lower_bound=previous.result.lower_bound if previous else -math.inf,
            observer=observer,
            origin=origin,
            **start,
            **checkpoints.arguments(),
        )
    stopped = observer is not None and observer.stopped
    if not quiet:
        tell(result, clock, expected=not stopped and settings.max_iter > 0, stacklevel=5)
    return Model(result, feature_names)


def core_settings(
    settings: MixtureSettings, n_features: int, seed: int, threads: int
) -> _core.FitSettings:
    """Returns what the core is told of the settings, whatever the rows are.

    Where a function says where to start from, that is said beside.
    """
    init = settings.init_params
    return _core.FitSettings(
        n_components=settings.n_components,
        covariance_type=settings.covariance_type,
        tol=settings.tol,
        reg_covar=settings.reg_covar,
        max_iter=settings.max_iter,
        n_init=_number_of_starts(settings),
        screening=settings.n_init == "auto",
        init_params="kmeans" if callable(init) else init,
        seed=seed,
        degenerate=settings.degenerate,
        acceleration=settings.acceleration or "none",
        truncation=settings.truncation,
        prior=as_prior(settings.prior, settings.covariance_type, n_features),
        noise=first_share(settings.noise),
        n_threads=threads,
    )


def _number_of_starts(settings: MixtureSettings) -> int:
    return 1 if settings.n_init == "auto" else settings.n_init


def tell(result: _core.FitResult, clock: Clock, *, expected: bool, stacklevel: int) -> None:
    """Logs repairs, and warns of a fit that ended for the time, or did not converge.

    `expected` says whether it was to converge; `stacklevel` is that of the place where a method of
    the estimator is called, from here.
    """
    FitReport.of(result).log_repairs()
    warning = clock.warning(result.n_iter, converged=result.converged)
    if warning is None and expected and not result.converged:
        warning = NOT_CONVERGED
    if warning is not None:
        warnings.warn(warning, exceptions.ConvergenceWarning, stacklevel=stacklevel)


def _start(settings: MixtureSettings, rows: Floats, seed: int) -> dict[str, Any]:
    """Returns what the core is told of where to start from."""
    given = check_user_start(
        settings.weights_init,
        settings.means_init,
        settings.precisions_init,
        settings.covariance_type,
        settings.n_components,
        rows.shape[1],
    )
    init = settings.init_params
    by_function = None
    if callable(init):
        by_function = first_responsibilities_by(init, rows, settings.n_components, seed)
    return {
        "first_responsibilities": by_function,
        "weights_init": given.weights,
        "means_init": given.means,
        "precisions_init": given.precisions,
    }


def check_size(settings: MixtureSettings, shape: tuple[int, ...], weight: float) -> None:
    """Raises ValueError for too few rows, or too many features, for what is to be fitted.

    `shape` is that of the rows, and `weight` the sum of their weights.
    """
    if weight < 2:  # a weight of 2 is as good as two rows
        check_number_of_rows(shape, type(settings).__name__, minimum=2)
    check_features(settings.covariance_type, shape[1])
    if shape[0] < settings.n_components:
        raise ValueError(
            "Expected n_samples >= n_components but got "
            f"n_components = {settings.n_components}, n_samples = {shape[0]}"
        )


def check_fixed(settings: MixtureSettings, before: Model | None) -> None:
    """Raises ValueError where covariances that are not estimated are not given."""
    goes_on = settings.warm_start and before is not None
    if settings.covariance_type == "fixed" and settings.precisions_init is None and not goes_on:
        raise ValueError(
            "covariance_type='fixed' needs precisions_init, the inverses of the components' "
            "variances: they are not estimated"
        )


def check_acceleration(settings: MixtureSettings, dtype: np.dtype[Any]) -> None:
    """Raises ValueError where iterations cannot be extrapolated."""
    if settings.acceleration is None:
        return
    if dtype != np.float64:
        raise ValueError(
            f"acceleration={settings.acceleration!r} is for float64 rows, but X is {dtype.name}: "
            "its log-likelihoods are too coarse to compare; convert X, or leave acceleration out"
        )
    if not CAN_BE_ACCELERATED[settings.covariance_type]:
        raise ValueError(
            f"acceleration={settings.acceleration!r} is not for covariance_type="
            f"{settings.covariance_type!r}: its orientations cannot be extrapolated"
        )


def check_batches(settings: MixtureSettings) -> None:
    """Raises ValueError for what is not for rows that come in batches."""
    for name, default in (("acceleration", None), ("truncation", 0)):
        value = getattr(settings, name)
        if value != default:
            raise ValueError(
                f"{name}={value!r} is for rows in one array: fit them with `fit`, or leave {name} "
                "out"
            )


def check_previous(model: Model | None, settings: MixtureSettings, rows: Floats) -> Model | None:
    """Returns the model if there is one; raises ValueError if a fit cannot go on from it."""
    if model is None:
        return None
    mixture = model.mixture
    of_rows = (
        ("the number of features", mixture.n_features, rows.shape[1]),
        ("the dtype of X", mixture.dtype, rows.dtype),
    )
    check_unchanged(
        [*parameters_beside(mixture, settings), *of_rows],
        "warm_start=True goes on from the fit before, but {what} was {before} then and is {now} "
        "now: keep it, or set warm_start=False",
    )
    return model


def check_same_parameters(mixture: _core.Mixture, settings: MixtureSettings) -> None:
    """Raises ValueError for parameters that were changed, so that the mixture is not of them."""
    check_unchanged(
        parameters_beside(mixture, settings),
        "an M-step goes on from this estimator's mixture, but {what} was {before} when that was "
        "made and is {now} now",
    )


def check_unchanged(values: Iterable[tuple[str, object, object]], message: str) -> None:
    """Raises ValueError for the first of what, before and now that changed.

    `message` has places for the three, as str.format knows them.
    """
    for what, before, now in values:
        if before != now:
            raise ValueError(message.format(what=what, before=before, now=now))


def parameters_beside(
    mixture: _core.Mixture, settings: MixtureSettings
) -> list[tuple[str, object, object]]:
    """What has to be the same of a mixture and of the parameters that EM goes on with."""
    return [
        ("n_components", mixture.n_components, settings.n_components),
        ("covariance_type", mixture.family, family_of(settings.covariance_type)),
        ("the noise component", _there(mixture.noise), _there(first_share(settings.noise))),
    ]


def _there(component: object) -> str:
    return "absent" if component is None else "there"
