"""fit, select, predict and info: what the commands do once their options are read."""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import gaussmix
from gaussmix import _model_file
from gaussmix._atomic_file import replace_file
from gaussmix._fit_history import FitSummary
from gaussmix._load import load, load_with_summary
from gaussmix.cli import table
from gaussmix.cli.class_description import describe_classes
from gaussmix.cli.column import default_names
from gaussmix.cli.data import about, read, tell_of_rest
from gaussmix.cli.description import describe
from gaussmix.cli.files import check_model_output, check_output, check_picture, save_picture
from gaussmix.cli.messages import (
    fits_under_way,
    listed,
    say,
    say_unfinished,
    shown,
    unfinished_is_told_here,
)
from gaussmix.cli.options import em
from gaussmix.cli.stream import fit_stream, is_streamed, streamed_rows
from gaussmix.discriminant import MixtureDiscriminant
from gaussmix.mixture import GaussianMixture

if TYPE_CHECKING:
    from gaussmix.selection import Selection

Model: TypeAlias = GaussianMixture | MixtureDiscriminant

_CURVES_SIZE = (7.0, 4.5)


def fit(options: argparse.Namespace) -> None:
    """Fits DATA, writes MODEL and FILE if asked to, and prints what was found."""
    check_picture(options.plot, options.output, options.data)
    if is_streamed(options):
        return _fit_stream(options)
    rows = _rows_to_fit(options, options.n_components)
    model = _fit(rows, options)
    _finish(model, _summary(model, rows), options)
    _draw_clusters(model, rows, options.plot)


def _fit_stream(options: argparse.Namespace) -> None:
    """The same, of DATA that is read again and again; a picture shows the components alone."""
    check_model_output(options)
    with about(options.data):
        rows = streamed_rows(options)
        with unfinished_is_told_here():
            model, summary = fit_stream(rows, _estimator(options))
    _tell_of_convergence(model)
    _finish(model, summary, options)
    _draw_clusters(model, None, options.plot)


def _rows_to_fit(options: argparse.Namespace, n_components: int) -> table.Selection:
    """Reads DATA, and tells what is left out; raises for what can be known to fail."""
    check_model_output(options)
    data = read(options)
    with about(options.data):
        rows = data.select(options.columns, options.drop_missing)
        if len(rows.values) < max(2, n_components):
            raise ValueError(
                f"{len(rows.values)} row(s) are too few for {n_components} component(s)"
            )
    tell_of_rest(rows)
    return rows


def _summary(model: GaussianMixture, rows: table.Selection) -> FitSummary:
    return FitSummary(len(rows.values), model.score(rows) * len(rows.values))


def _finish(model: GaussianMixture, summary: FitSummary, options: argparse.Namespace) -> None:
    """Writes MODEL if asked to, and prints what was found."""
    if options.output is not None:
        with replace_file(options.output) as file:
            file.write(_model_file.to_bytes(model._get_model(), model.get_params(), summary))
    _print_description(model, summary)


def _fit(rows: table.Selection, options: argparse.Namespace) -> GaussianMixture:
    with fits_under_way() as progress:
        model = _estimator(options).set_params(callback=progress).fit(rows)
    _tell_of_convergence(model)
    return model


def _estimator(options: argparse.Namespace) -> GaussianMixture:
    return GaussianMixture(options.n_components, covariance_type=options.covariance, **em(options))


def _tell_of_convergence(model: GaussianMixture) -> None:
    if not model.converged_:
        say_unfinished(model.n_iter_)


def select(options: argparse.Namespace) -> None:
    """Chooses a mixture for DATA, writes MODEL and FILE if asked to, and prints what was found."""
    check_picture(options.plot, options.output, options.data)
    rows = _rows_to_fit(options, min(options.n_components))
    found = _select(rows, options)
    width = shutil.get_terminal_size().columns
    print(found.table(width), end="\n\n")
    _finish(found.best_, _summary(found.best_, rows), options)
    if options.plot is not None:
        save_picture(options.plot, _CURVES_SIZE, found.plot)


def _select(rows: table.Selection, options: argparse.Namespace) -> Selection:
    with fits_under_way() as progress:
        n_fits = len(options.n_components) * len(options.families)
        ended = itertools.count(1)
        found = gaussmix.select(
            rows,
            options.n_components,
            covariance_types=options.families,
            criterion=options.criterion,
            n_resamples=options.resamples,
            callback=lambda _: progress.show(f"{next(ended)} of {n_fits} fits"),
            **em(options),
        )
    n_unfinished = sum(r["error"] is None and not r["converged"] for r in found.records)
    if n_unfinished:
        say_unfinished(options.max_iter, f"{n_unfinished} of {len(found.records)} fits")
    return found


def predict(options: argparse.Namespace) -> None:
    """Writes the component or class, or the probabilities, of each row of DATA."""
    if options.output != "-":
        if os.path.splitext(options.output)[1] not in (".csv", ".npy"):
            raise ValueError(f"-o {options.output}: the name must end in .csv or .npy")
        check_output("-o", options.output, options.model, options.data)
    model = load(options.model)
    data = read(options)
    with about(options.data):
        rows = _match(data, model, options)
    if n_dropped := np.count_nonzero(~rows.complete):
        say(f"rows without a result for a missing value: {n_dropped} of {len(rows.complete)}")
    found = model.predict_proba(rows) if options.proba else model.predict(rows)
    if options.output.endswith(".npy"):
        with replace_file(options.output) as file:
            np.save(file, _for_all_rows(model, found, rows.complete))
    elif options.output == "-":
        sys.stdout.writelines(_csv_lines(_header(model, found), found, rows.complete))
    else:
        with replace_file(options.output) as file:
            lines = _csv_lines(_header(model, found), found, rows.complete)
            file.writelines(line.encode() for line in lines)


def info(options: argparse.Namespace) -> None:
    """Prints what `fit` printed of MODEL, and writes FILE if asked to."""
    check_picture(options.plot, None, options.model)
    model, summary = load_with_summary(options.model)
    _draw_clusters(model, None, options.plot)
    _print_description(model, summary)


def _draw_clusters(model: Model, rows: table.Selection | None, path: str | None) -> None:
    """Writes FILE if asked to: the components, on rows if there are some."""
    if path is None:
        return
    from gaussmix.plot.clusters import clusters
    from gaussmix.plot.panels import figure_size
    from gaussmix.plot.view import MOST_FEATURES

    names = _names(model) or default_names(model.n_features_in_)
    mixture = model.mixture_ if isinstance(model, MixtureDiscriminant) else model
    if len(names) > MOST_FEATURES:
        say(f"--plot: of {len(names)} columns only the first {MOST_FEATURES} are drawn")
    save_picture(
        path,
        figure_size(min(len(names), MOST_FEATURES)),
        lambda figure: clusters(mixture, rows, figure, feature_names=names),
    )


def _names(model: Model) -> list[str] | None:
    return list(model.feature_names_in_) if hasattr(model, "feature_names_in_") else None


def _match(data: table.Table, model: Model, options: argparse.Namespace) -> table.Selection:
    """Returns the model's columns: by name where both have names, or else by position."""
    names = _names(model)
    by_name = names if data.names is not None else None
    rows = data.select(options.columns or by_name, options.drop_missing)
    if rows.values.shape[1] != model.n_features_in_:
        found = rows.columns or default_names(rows.values.shape[1])
        raise ValueError(
            f"the model has {model.n_features_in_} column(s), but here are {len(found)}: "
            f"{listed(map(shown, found))}; choose with --columns"
        )
    return replace(rows, columns=names)


def _for_all_rows(model: Model, found: NDArray[Any], complete: NDArray[np.bool_]) -> NDArray[Any]:
    """Returns the results with one for each row of DATA: where there is none, -1, nan, or "".

    With noise, which has the label -1, it is -2. Classes are text, since any number may be one.
    """
    if isinstance(model, MixtureDiscriminant) and found.ndim == 1:
        found = found.astype(str)
    missing = {"f": np.nan, "U": ""}.get(found.dtype.kind, -2 if _has_noise(model) else -1)
    every = np.full((len(complete), *found.shape[1:]), missing, dtype=found.dtype)
    every[complete] = found
    return every


def _has_noise(model: Model) -> bool:
    return isinstance(model, GaussianMixture) and model.noise_box_ is not None


def _header(model: Model, found: NDArray[Any]) -> list[str]:
    """Returns the names of the columns of results: one, or one for each component or class."""
    if isinstance(model, MixtureDiscriminant):
        return ["class"] if found.ndim == 1 else list(map(str, model.classes_.tolist()))
    if found.ndim == 1:
        return ["component"]
    names = [f"component_{i}" for i in range(found.shape[1])]
    return [*names[:-1], "noise"] if _has_noise(model) else names


def _csv_lines(
    header: list[str], found: NDArray[Any], complete: NDArray[np.bool_]
) -> Iterator[str]:
    """Yields a header and a line for each row of DATA, with empty cells where there is no result.

    Numbers are written with the digits that give the same bits when they are read again.
    """
    columns = found[:, np.newaxis] if found.ndim == 1 else found
    yield _csv_line(header)
    rows = iter(columns.tolist())
    empty = ",".join([""] * len(header)) + "\n"
    for present in complete.tolist():
        yield _csv_line(next(rows)) if present else empty


def _csv_line(cells: list[Any]) -> str:
    """Returns a line of CSV; text is quoted where it has to be."""
    if not any(isinstance(cell, str) for cell in cells):
        return ",".join(map(repr, cells)) + "\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _print_description(model: Model, summary: FitSummary | None) -> None:
    if isinstance(model, MixtureDiscriminant):
        print(describe_classes(model))
        return
    names = _names(model) or default_names(model.n_features_in_)
    print(describe(model, summary, names, width=shutil.get_terminal_size().columns))
