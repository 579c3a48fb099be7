"""Rows of DATA for a MODEL: the columns that it was fitted to."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TypeAlias

from gaussmix.cli import table
from gaussmix.cli.column import default_names
from gaussmix.cli.data import about, read
from gaussmix.cli.messages import listed, shown
from gaussmix.discriminant import MixtureDiscriminant
from gaussmix.mixture import GaussianMixture

Model: TypeAlias = GaussianMixture | MixtureDiscriminant


def rows_for(model: Model, options: argparse.Namespace) -> table.Selection:
    """Reads DATA and returns the model's columns of it."""
    data = read(options)
    with about(options.data):
        return matched(data, model, options)


def matched(data: table.Table, model: Model, options: argparse.Namespace) -> table.Selection:
    """Returns the model's columns: by name where both have names, or else by position."""
    names = names_of(model)
    by_name = names if data.names is not None else None
    rows = data.select(options.columns or by_name, options.drop_missing)
    if rows.values.shape[1] != model.n_features_in_:
        found = rows.columns or default_names(rows.values.shape[1])
        raise ValueError(
            f"the model has {model.n_features_in_} column(s), but here are {len(found)}: "
            f"{listed(map(shown, found))}; choose with --columns"
        )
    return replace(rows, columns=names)


def names_of(model: Model) -> list[str] | None:
    """Returns the names of the model's columns, if it has some."""
    return list(model.feature_names_in_) if hasattr(model, "feature_names_in_") else None


def shown_names(model: Model) -> list[str]:
    """Returns the names of the model's columns, or x1, x2, ..."""
    return names_of(model) or default_names(model.n_features_in_)


def has_noise(model: Model) -> bool:
    return isinstance(model, GaussianMixture) and model.noise_box_ is not None


def mixture_of(model: Model) -> GaussianMixture:
    """Returns the model itself, or of a classifier the mixture of all classes."""
    return model.mixture_ if isinstance(model, MixtureDiscriminant) else model
