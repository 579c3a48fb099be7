"""Checkpoints of fits to batches: what they hold, and whether a fit can go on from one."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from gaussmix import _checkpoint, _fit_history
from gaussmix._batches.em import EmState
from gaussmix._batches.start import Start
from gaussmix._batches.survey import Survey
from gaussmix._checkpoint import PathLike
from gaussmix._checkpoint_problem import (
    SUM_OF_WEIGHTS,
    compare,
    parsing,
    plain_settings,
    read,
)
from gaussmix._core import FitResult
from gaussmix._settings import MixtureSettings

_KIND = "fit_batches"
_KEYS = {"settings", "rows", "bound_before", "fit"}


def save(
    path: PathLike, settings: MixtureSettings, found: Survey, start: Start, state: EmState
) -> None:
    """Writes how far EM has come. Raises OSError."""
    result = FitResult(
        state.mixture,
        n_iter=state.n_iter,
        lower_bound=state.lower_bound,
        lower_bounds=list(state.lower_bounds),
        starts=list(start.reports),
        best_start=start.best,
        repairs=list(state.repairs),
    )
    header = {
        "kind": _KIND,
        "settings": plain_settings(settings),
        "rows": _rows(found),
        "bound_before": state.before,
        "fit": _fit_history.to_plain(result),
    }
    _checkpoint.write(path, header, [state.mixture])


class Saved(NamedTuple):
    """What a checkpoint holds."""

    path: str
    start: Start
    rows: dict[str, Any]

    def check_rows(self, found: Survey) -> None:
        """Raises ValueError where the fit saw other rows."""
        compare(self.path, self.rows, _rows(found))


def load(path: PathLike, settings: MixtureSettings) -> Saved:
    """Returns what a checkpoint holds.

    Raises OSError if it cannot be read, ValueError for what is none, or of other settings.
    """
    name = os.fspath(path)
    header, mixtures = read(path, _KIND, _KEYS)
    compare(name, header["settings"], plain_settings(settings))
    with parsing(path, _KIND):
        (mixture,) = mixtures
        result, _ = _fit_history.from_plain(header["fit"], mixture, "fit")
        before, bounds = float(header["bound_before"]), tuple(result.lower_bounds)
        if not result.starts:
            raise ValueError("fit.starts should be at least one")
    state = EmState(mixture, before, bounds, tuple(result.repairs))
    return Saved(name, Start(state, tuple(result.starts), result.best_start), header["rows"])


def _rows(found: Survey) -> dict[str, Any]:
    names = found.feature_names
    return {
        "the number of features": found.n_features,
        "the number of rows": found.n_rows,
        SUM_OF_WEIGHTS: found.weight,
        "the dtype of the rows": found.dtype.name,
        "the names of the features": None if names is None else names.tolist(),
    }
