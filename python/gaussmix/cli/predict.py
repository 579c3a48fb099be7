"""predict: the component or the class of each row."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._load import load
from gaussmix.cli.messages import say
from gaussmix.cli.model_rows import Model, has_noise, rows_for
from gaussmix.cli.results import check_results, for_all_rows, write_results
from gaussmix.discriminant import MixtureDiscriminant


def predict(options: argparse.Namespace) -> None:
    """Writes the component or class, or the probabilities, of each row of DATA."""
    check_results(options.output, options.model, options.data)
    model = load(options.model)
    rows = rows_for(model, options)
    tell_of_incomplete(rows.complete)
    found = model.predict_proba(rows) if options.proba else model.predict(rows)
    columns = [found] if found.ndim == 1 else list(found.T)
    if isinstance(model, MixtureDiscriminant) and found.ndim == 1:
        found = found.astype(str)  # any number may be a class, so that none is left for missing
    array = for_all_rows(found, rows.complete, _missing(model, found))
    write_results(options.output, _header(model, found), columns, rows.complete, array)


def tell_of_incomplete(complete: NDArray[np.bool_]) -> None:
    """Tells how many rows have no result."""
    if n_dropped := np.count_nonzero(~complete):
        say(f"rows without a result for a missing value: {n_dropped} of {len(complete)}")


def _missing(model: Model, found: NDArray[Any]) -> float | str:
    """Returns what stands for no result: nan, "", or -1; with noise, whose label that is, -2."""
    by_kind: dict[str, float | str] = {"f": np.nan, "U": ""}
    return by_kind.get(found.dtype.kind, -2 if has_noise(model) else -1)


def _header(model: Model, found: NDArray[Any]) -> list[str]:
    """Returns the names of the columns of results: one, or one for each component or class."""
    if isinstance(model, MixtureDiscriminant):
        return ["class"] if found.ndim == 1 else list(map(str, model.classes_.tolist()))
    if found.ndim == 1:
        return ["component"]
    names = [f"component_{i}" for i in range(found.shape[1])]
    return [*names[:-1], "noise"] if has_noise(model) else names
