"""plot: pictures of a model, and those that fit and info draw besides."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from gaussmix._load import load
from gaussmix.cli import table
from gaussmix.cli.data import tell_of_rest
from gaussmix.cli.files import check_picture, save_picture
from gaussmix.cli.messages import say
from gaussmix.cli.model_rows import Model, mixture_of, rows_for, shown_names
from gaussmix.cli.values import KINDS_OF_PICTURE

_CURVES_SIZE = (7.0, 4.5)


def plot(options: argparse.Namespace) -> None:
    """Draws MODEL, with the rows of DATA if there are some, into FILE."""
    check_picture(options.output, None, options.model, option="-o")
    model = load(options.model)
    rows = None
    if options.data is not None:
        rows = rows_for(model, options)
        tell_of_rest(rows)
    elif options.kind == "uncertainty":
        raise ValueError("--kind uncertainty is of rows: name DATA, too")
    draw_model(model, rows, options.output, options.kind, options.features)


def draw_clusters(model: Model, rows: table.Selection | None, path: str | None) -> None:
    """Writes the picture of --plot if there is one: the components, on rows if there are some."""
    if path is not None:
        draw_model(model, rows, path, "clusters", None)


def draw_model(
    model: Model, rows: table.Selection | None, path: str, kind: str, features: list[str] | None
) -> None:
    """Draws a picture of one of KINDS_OF_PICTURE into a file; `features` are all, if None."""
    from gaussmix import plot as pictures
    from gaussmix.plot.panels import figure_size
    from gaussmix.plot.view import MOST_FEATURES

    assert kind in KINDS_OF_PICTURE
    mixture, names = mixture_of(model), shown_names(model)
    if kind == "course":
        return save_picture(path, _CURVES_SIZE, lambda figure: pictures.course(mixture, figure))
    options: dict[str, Any] = {"feature_names": names}
    if kind == "density":
        if len(names) > 1 and (features is None or len(features) != 1):
            raise ValueError("--kind density is of one column: choose it with --features")
        options["feature"] = features[0] if features else None
        size = figure_size(1)
    else:
        options["features"] = features
        if features is None and len(names) > MOST_FEATURES:
            say(f"--plot: of {len(names)} columns only the first {MOST_FEATURES} are drawn")
        size = figure_size(len(features or names[:MOST_FEATURES]))
    draw: Callable[..., Any] = getattr(pictures, kind)
    save_picture(path, size, lambda figure: draw(mixture, rows, figure, **options))
