"""Where EM over all rows starts: parameters of the user's, a fit before, or a fit to a sample."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gaussmix._batches.em import EmState
from gaussmix._batches.noise_box import with_box
from gaussmix._batches.row_sample import RowSample
from gaussmix._batches.survey import Survey
from gaussmix._core import Noise, StartReport
from gaussmix._fit import check_fixed, check_previous, fit_model
from gaussmix._float32 import in_float64
from gaussmix._model import Model
from gaussmix._settings import MixtureSettings
from gaussmix._types import Prior

_LEAST_TOL = 1e-4
_MOST_ITER = 100


class Start(NamedTuple):
    """Where EM over all rows starts, and how that was found."""

    state: EmState
    reports: tuple[StartReport, ...]
    """Of the starts on the sample; but for the best one they count as dropped."""
    best: int


def start_from_before(
    settings: MixtureSettings, before: Model, found: Survey, box: Noise | None
) -> Start:
    """Returns the start that goes on from a fit before, with the noise's box of now.

    Raises ValueError where the settings or the rows are of another problem.
    """
    check_previous(before, settings, np.empty((0, found.n_features), found.dtype))
    mixture = in_float64(before.mixture)
    if box is not None:
        mixture = with_box(mixture, box)
    report = StartReport(origin="the fit before")
    return Start(EmState(mixture, before.result.lower_bound), (report,), 0)


def start_from_sample(
    settings: MixtureSettings,
    sample: RowSample,
    box: Noise | None,
    prior: Prior,
    seed: int,
) -> Start:
    """Returns the start that a fit to a sample of the rows finds, with the noise's box of all rows.

    EM sees the sample, unless the settings say where to start; then it is only completed from
    there. Raises what a fit does.
    """
    check_fixed(settings, None)
    rows, weights, labels = sample.taken()
    model = fit_model(
        _settings_for_sample(settings)._quiet_copy(prior=prior, random_state=seed),
        None,
        rows,
        weights,
        None,
        known_labels=labels,
        is_finite=True,
        quiet=True,
    )
    mixture = model.mixture if box is None else with_box(model.mixture, box)
    where = "" if len(rows) == sample.n_rows else f" in a sample of {len(rows)} rows"
    result = model.result
    return Start(
        EmState(mixture, repairs=tuple(result.repairs)),
        tuple(
            StartReport(
                origin=report.origin + where,
                lower_bound=report.lower_bound,
                n_iter=report.n_iter,
                converged=report.converged,
                dropped=i != result.best_start,
                seconds=report.seconds,
            )
            for i, report in enumerate(result.starts)
        ),
        result.best_start,
    )


def _settings_for_sample(settings: MixtureSettings) -> MixtureSettings:
    """The settings of the fit to the sample."""
    given = (settings.weights_init, settings.means_init, settings.precisions_init)
    n_given = sum(each is not None for each in given)
    single = settings.n_init == "auto" or settings.n_init == 1
    is_start = n_given == 3 or (n_given > 0 and single)
    return settings._quiet_copy(
        tol=max(settings.tol, _LEAST_TOL),
        max_iter=0 if is_start else min(settings.max_iter, _MOST_ITER),
        n_init=1 if is_start else settings.n_init,
        warm_start=False,
    )
