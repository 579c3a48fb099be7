"""Where EM begins: an ordinary fit of a sample of the rows says so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import gaussmix
from gaussmix._core import Mixture, Noise
from gaussmix._fit import fit_model
from gaussmix._model import Model
from gaussmix._settings import MixtureSettings
from gaussmix.dask._survey import Survey
from gaussmix.density.arrays import in_double

LEAST_TOL = 1e-3
"""By less, the likelihood of a sample says nothing of that of all rows."""


class Start(NamedTuple):
    """A mixture in float64 that EM goes on from."""

    mixture: Mixture
    lower_bound: float
    """That of the fit before; minus infinity where there was none."""
    origin: str


def find_start(settings: MixtureSettings, before: Model | None, found: Survey, seed: int) -> Start:
    """Returns the start that the settings ask for.

    What the user set of weights, means and precisions is as it is there, and the rest is that of
    the first M-step; so is the model before, of a warm start. Else the sample is fitted to the end.
    Raises ValueError for settings that do not suit the rows.
    """
    _check_rows(found, type(settings).__name__)
    goes_on = settings.warm_start and before is not None
    is_set = any(
        parameter is not None
        for parameter in (settings.weights_init, settings.means_init, settings.precisions_init)
    )
    local = gaussmix.GaussianMixture(**settings.get_params())
    local.set_params(random_state=seed, tol=max(settings.tol, LEAST_TOL))
    local.set_params(verbose=0, callback=None, progress=False)
    if goes_on or is_set:
        local.set_params(max_iter=0, n_init=1)
    rows = found.sample.rows if goes_on else found.sample.rows.astype(np.float64)
    model = fit_model(local, before, rows, found.sample.weights, None, is_finite=True, quiet=True)
    mixture = in_double(model.mixture)
    if goes_on and before is not None:
        return Start(mixture, before.result.lower_bound, "the fit before")
    report = model.result.starts[model.result.best_start]
    origin = report.origin if is_set else f"{report.origin}, fitted to {len(rows)} of the rows"
    return Start(mixture, -np.inf, origin)


def with_box(mixture: Mixture, box: Noise) -> Mixture:
    """Returns the mixture with the box in the place of that of its noise."""
    assert mixture.noise is not None
    noise = Noise(weight=mixture.noise.weight, corner=box.corner, widths=box.widths, axes=box.axes)
    return Mixture.from_precisions_cholesky(
        mixture.weights,
        mixture.means,
        mixture.precisions_cholesky,
        mixture.family,
        mixture.covariances,
        noise,
    )


def _check_rows(found: Survey, class_name: str) -> None:
    if found.n_rows == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={found.sample.rows.shape}) while a minimum of 1 "
            f"is required by {class_name}; rows whose sample_weight is 0 do not count."
        )
