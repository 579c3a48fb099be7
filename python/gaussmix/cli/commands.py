"""fit, select and info: what the commands do once their options are read."""

from __future__ import annotations

import argparse
import itertools
import shutil
from typing import TYPE_CHECKING, Any

import gaussmix
from gaussmix import _model_file
from gaussmix._atomic_file import replace_file
from gaussmix._fit_history import FitSummary
from gaussmix._load import load_with_summary
from gaussmix.cli import table
from gaussmix.cli.class_description import class_facts, describe_classes
from gaussmix.cli.data import about, read, tell_of_rest
from gaussmix.cli.description import describe, model_facts
from gaussmix.cli.facts import print_json
from gaussmix.cli.files import check_model_output, check_picture, save_picture
from gaussmix.cli.messages import (
    fits_under_way,
    say_unfinished,
    unfinished_is_told_here,
)
from gaussmix.cli.model_rows import Model, shown_names
from gaussmix.cli.options import em
from gaussmix.cli.plot import draw_clusters
from gaussmix.cli.stream import fit_stream, is_streamed, streamed_rows
from gaussmix.discriminant import MixtureDiscriminant
from gaussmix.mixture import GaussianMixture

if TYPE_CHECKING:
    from gaussmix.selection import Selection

_CURVES_SIZE = (7.0, 4.5)


def fit(options: argparse.Namespace) -> None:
    """Fits DATA, writes MODEL and FILE if asked to, and prints what was found."""
    check_picture(options.plot, options.output, options.data)
    if is_streamed(options):
        return _fit_stream(options)
    rows = _rows_to_fit(options, options.n_components)
    model = _fit(rows, options)
    _finish(model, _summary(model, rows), options)
    draw_clusters(model, rows, options.plot)


def _fit_stream(options: argparse.Namespace) -> None:
    """The same, of DATA that is read again and again; a picture shows the components alone."""
    check_model_output(options)
    with about(options.data):
        rows = streamed_rows(options)
        with unfinished_is_told_here():
            model, summary = fit_stream(rows, _estimator(options))
    _tell_of_convergence(model)
    _finish(model, summary, options)
    draw_clusters(model, None, options.plot)


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
    _write(model, summary, options)
    _print_description(model, summary, options)


def _write(model: GaussianMixture, summary: FitSummary, options: argparse.Namespace) -> None:
    if options.output is not None:
        with replace_file(options.output) as file:
            file.write(_model_file.to_bytes(model._get_model(), model.get_params(), summary))


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
    summary = _summary(found.best_, rows)
    _write(found.best_, summary, options)
    if options.json:
        fits = {"criterion": found.criterion, "fits": found.records}
        print_json(fits | {"best": _facts(found.best_, summary)})
    else:
        print(found.table(shutil.get_terminal_size().columns), end="\n\n")
        _print_description(found.best_, summary, options)
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


def info(options: argparse.Namespace) -> None:
    """Prints what `fit` printed of MODEL, and writes FILE if asked to."""
    check_picture(options.plot, None, options.model)
    model, summary = load_with_summary(options.model)
    draw_clusters(model, None, options.plot)
    _print_description(model, summary, options)


def _print_description(
    model: Model, summary: FitSummary | None, options: argparse.Namespace
) -> None:
    if options.json:
        print_json(_facts(model, summary))
    elif isinstance(model, MixtureDiscriminant):
        print(describe_classes(model))
    else:
        width = shutil.get_terminal_size().columns
        print(describe(model, summary, shown_names(model), width=width))


def _facts(model: Model, summary: FitSummary | None) -> dict[str, Any]:
    if isinstance(model, MixtureDiscriminant):
        return class_facts(model)
    return model_facts(model, summary, shown_names(model))
