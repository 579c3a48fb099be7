"""classify: what the command does once its options are read."""

from __future__ import annotations

import argparse
import math

import numpy as np
from numpy.typing import NDArray

from gaussmix._cross_validation import predicted_in_folds
from gaussmix.cli import table
from gaussmix.cli.class_description import confusion_table, describe_classes
from gaussmix.cli.data import about, read, tell_of_rest
from gaussmix.cli.files import check_model_output
from gaussmix.cli.messages import fits_under_way, say_unfinished
from gaussmix.cli.options import effort
from gaussmix.discriminant import MixtureDiscriminant

_Labels = NDArray[np.str_]


def classify(options: argparse.Namespace) -> None:
    """Fits a classifier to DATA, writes MODEL if asked to, and prints how well it classifies."""
    check_model_output(options)
    rows, labels = _labelled_rows(options)
    if options.folds > len(labels):
        raise ValueError(f"{options.folds} folds are too many for {len(labels)} rows: see --folds")
    model = _fitted(rows, labels, options)
    if options.output is not None:
        model.save(options.output)
    _print(model, rows, labels, _predicted_in_folds(rows, labels, options), options.folds)


def _fitted(
    rows: table.Selection, labels: _Labels, options: argparse.Namespace
) -> MixtureDiscriminant:
    with fits_under_way() as progress:
        progress.show("all rows")
        model = _classifier(options).fit(rows, labels)
    if not model.converged_:
        say_unfinished(model.n_iter_)
    return model


def _predicted_in_folds(
    rows: table.Selection, labels: _Labels, options: argparse.Namespace
) -> _Labels | None:
    if not options.folds:
        return None
    with fits_under_way() as progress:
        try:
            return predicted_in_folds(
                _classifier(options), rows.values, labels, options.folds, options.seed,
                lambda fold: progress.show(f"fold {fold + 1} of {options.folds}"),
            )  # fmt: skip
        except ValueError as error:
            raise ValueError(f"{error}; --folds N takes fewer, 0 leaves them out") from error


def _classifier(options: argparse.Namespace) -> MixtureDiscriminant:
    return MixtureDiscriminant(
        options.n_components, covariance_type=options.covariance, **effort(options)
    )


def _labelled_rows(options: argparse.Namespace) -> tuple[table.Selection, _Labels]:
    """Reads DATA: the numbers of the rows that are complete, and their classes."""
    data = read(options, text_of=options.label)
    with about(options.data):
        labels = data.labels(options.label, options.drop_missing)
        rows = data.select(options.columns, options.drop_missing, but=options.label)
    known = labels != ""
    rows = table.Selection(
        rows.values[known[rows.complete]], rows.columns, rows.complete & known, rows.left_out
    )
    tell_of_rest(rows)
    return rows, labels[rows.complete]


def _print(
    model: MixtureDiscriminant,
    rows: table.Selection,
    labels: _Labels,
    predicted: _Labels | None,
    n_folds: int,
) -> None:
    facts = [("error", _error(labels, model.predict(rows)))]
    if predicted is not None:
        facts.append((f"{n_folds}-fold error", _error(labels, predicted)))
    counts = [int((labels == name).sum()) for name in model.classes_]
    print(describe_classes(model, facts, counts))
    if predicted is not None:
        confusion = np.array(
            [[((labels == a) & (predicted == b)).sum() for b in model.classes_]
             for a in model.classes_]
        )  # fmt: skip
        print(f"\ntaken in the folds for\n{confusion_table(model, confusion)}")


def _error(labels: _Labels, predicted: _Labels) -> str:
    """Returns the share of wrong labels, and its standard error: that of a binomial share."""
    n, wrong = len(labels), int((labels != predicted).sum())
    share = wrong / n
    error = math.sqrt(share * (1 - share) / n)
    return f"{share:.4f} ({wrong} of {n} rows; standard error {error:.4f})"
