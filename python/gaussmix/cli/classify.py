"""classify: what the command does once its options are read."""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from gaussmix._cross_validation import predicted_in_folds
from gaussmix.cli import table
from gaussmix.cli.class_description import class_facts, confusion_table, describe_classes
from gaussmix.cli.data import labelled_rows, tell_of_rest
from gaussmix.cli.facts import count_of_wrong, print_json
from gaussmix.cli.files import check_model_output
from gaussmix.cli.messages import fits_under_way, say_unfinished
from gaussmix.cli.options import effort
from gaussmix.discriminant import MixtureDiscriminant

_Labels = NDArray[np.str_]


def classify(options: argparse.Namespace) -> None:
    """Fits a classifier to DATA, writes MODEL if asked to, and prints how well it classifies."""
    check_model_output(options)
    rows, labels = labelled_rows(
        options, lambda data: data.select(options.columns, options.drop_missing, but=options.label)
    )
    tell_of_rest(rows)
    if options.folds > len(labels):
        raise ValueError(f"{options.folds} folds are too many for {len(labels)} rows: see --folds")
    model = _fitted(rows, labels, options)
    if options.output is not None:
        model.save(options.output)
    _report(model, rows, labels, _predicted_in_folds(rows, labels, options), options)


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


def _report(
    model: MixtureDiscriminant,
    rows: table.Selection,
    labels: _Labels,
    predicted: _Labels | None,
    options: argparse.Namespace,
) -> None:
    """Prints how many rows the model gets wrong, and in folds, and what the classes are."""
    n = len(labels)
    wrong = {"error": int((labels != model.predict(rows)).sum())}
    confusion = None
    if predicted is not None:
        wrong[f"{options.folds}-fold error"] = int((labels != predicted).sum())
        confusion = np.array(
            [[((labels == a) & (predicted == b)).sum() for b in model.classes_]
             for a in model.classes_]
        )  # fmt: skip
    counts = [int((labels == name).sum()) for name in model.classes_]
    if options.json:
        errors = dict(zip(("error", "fold_error"), wrong.values(), strict=False))
        shares = {name: number / n for name, number in errors.items()}
        return print_json(class_facts(model, counts) | shares | {"confusion": confusion})
    facts = [(name, count_of_wrong(number, n)) for name, number in wrong.items()]
    print(describe_classes(model, facts, counts))
    if confusion is not None:
        print(f"\ntaken in the folds for\n{confusion_table(model, confusion)}")
