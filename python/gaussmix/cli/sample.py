"""sample: random rows of a model."""

from __future__ import annotations

import argparse

import numpy as np

from gaussmix._load import load
from gaussmix.cli.model_rows import mixture_of, shown_names
from gaussmix.cli.results import check_results, write_results
from gaussmix.discriminant import MixtureDiscriminant


def sample(options: argparse.Namespace) -> None:
    """Writes random rows of MODEL, and the component or class that each is drawn from."""
    check_results(options.output, options.model)
    model = load(options.model)
    names = shown_names(model)
    rows, labels = mixture_of(model).set_params(random_state=options.seed).sample(options.n_rows)
    label = "component"
    if isinstance(model, MixtureDiscriminant):
        label, labels = "class", model.classes_[model.component_classes_[labels]]
    if label in names:
        label = f"{label} drawn from"
    everything = np.ones(len(rows), bool)
    write_results(options.output, [*names, label], [*rows.T, labels], everything, rows)
