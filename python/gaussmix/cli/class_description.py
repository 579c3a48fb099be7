"""Tables for people that describe a fitted classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix.cli.description import shortened
from gaussmix.discriminant import MixtureDiscriminant


def describe_classes(
    model: MixtureDiscriminant,
    facts: Sequence[tuple[str, str]] = (),
    counts: Sequence[int] | None = None,
) -> str:
    """Returns figures and, of each class, its rows if known, its prior and its mixture."""
    all_facts = [
        *([] if counts is None else [("rows", str(sum(counts)))]),
        ("columns", str(model.n_features_in_)),
        ("classes", str(len(model.classes_))),
        *facts,
    ]
    columns = [
        ["class", *_names(model)],
        ["prior", *(f"{prior:.4f}" for prior in model.priors_)],
        ["components", *(str(mixture.n_components) for mixture in model.mixtures_)],
        ["covariance", *_covariances(model)],
    ]
    if counts is not None:
        columns.insert(1, ["rows", *map(str, counts)])
    lines = [f"{name:<16}{value}" for name, value in all_facts]
    return "\n".join([*lines, "", *_lines(columns)])


def class_facts(model: MixtureDiscriminant, counts: Sequence[int] | None = None) -> dict[str, Any]:
    """Returns the same for programs."""
    classes = [
        {"class": name, "prior": prior, "n_components": own.n_components, "covariance_type": kind}
        for name, prior, own, kind in zip(
            model.classes_.tolist(),
            model.priors_,
            model.mixtures_,
            _covariances(model),
            strict=True,
        )
    ]
    if counts is None:
        return {"n_features": model.n_features_in_, "classes": classes}
    for own_class, count in zip(classes, counts, strict=True):
        own_class["rows"] = count
    return {"rows": sum(counts), "n_features": model.n_features_in_, "classes": classes}


def confusion_table(model: MixtureDiscriminant, confusion: NDArray[np.intp]) -> str:
    """Returns how many rows of each class, a line, were taken for each, a column."""
    names = _names(model)
    columns = [["class", *names]]
    columns += [[name, *map(str, own)] for name, own in zip(names, confusion.T, strict=True)]
    return "\n".join(_lines(columns))


def _names(model: MixtureDiscriminant) -> list[str]:
    return [shortened(str(name)) for name in model.classes_.tolist()]


def _covariances(model: MixtureDiscriminant) -> list[Any]:
    if isinstance(model.covariance_type, str) and model.covariance_type == "shared":
        return ["shared"] * len(model.classes_)
    return [mixture.covariance_type for mixture in model.mixtures_]


def _lines(columns: Sequence[Sequence[str]]) -> list[str]:
    """Returns columns of cells as lines: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in columns]
    lines = []
    for first, *others in zip(*columns, strict=True):
        cells = [f"{cell:>{width + 2}}" for cell, width in zip(others, widths[1:], strict=True)]
        lines.append(f"{first:<{widths[0]}}" + "".join(cells))
    return lines
