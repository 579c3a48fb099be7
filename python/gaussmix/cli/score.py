"""score: how well a model describes rows, or classifies them."""

from __future__ import annotations

import argparse

import numpy as np

from gaussmix._load import load
from gaussmix.cli.data import labelled_rows, tell_of_rest
from gaussmix.cli.facts import count_of_wrong, print_facts
from gaussmix.cli.model_rows import Model, matched, mixture_of, rows_for
from gaussmix.cli.predict import tell_of_incomplete
from gaussmix.cli.results import check_results, for_all_rows, write_results
from gaussmix.discriminant import MixtureDiscriminant


def score(options: argparse.Namespace) -> None:
    """Prints criteria of the rows of DATA under MODEL, or writes the log-density of each row."""
    if options.rows and (options.json or options.label is not None):
        other = "--json" if options.json else "--class"
        raise ValueError(f"--rows writes a line for each row, and {other} reports of all together")
    if options.output != "-" and not options.rows:
        raise ValueError("-o is for --rows: a report goes to standard output")
    check_results(options.output, options.model, options.data)
    model = load(options.model)
    if options.rows:
        _write_rows(model, options)
    elif options.label is not None:
        _report_classes(model, options)
    else:
        _report(model, options)


def _write_rows(model: Model, options: argparse.Namespace) -> None:
    rows = rows_for(model, options)
    tell_of_incomplete(rows.complete)
    found = mixture_of(model).score_samples(rows)
    array = for_all_rows(found, rows.complete, np.nan)
    write_results(options.output, ["log_density"], [found], rows.complete, array)


def _report(model: Model, options: argparse.Namespace) -> None:
    rows = rows_for(model, options)
    tell_of_rest(rows)
    mixture, n_rows = mixture_of(model), len(rows.values)
    per_row = mixture.score(rows)
    facts = {"rows": n_rows, "log_likelihood": per_row * n_rows, "log_likelihood_per_row": per_row}
    facts |= {name: getattr(mixture, name)(rows) for name in ("bic", "aic", "icl")}
    print_facts(facts, options.json)


def _report_classes(model: Model, options: argparse.Namespace) -> None:
    if not isinstance(model, MixtureDiscriminant):
        raise ValueError(f"--class: {options.model} is no classifier, and tells no classes")
    rows, labels = labelled_rows(options, lambda data: matched(data, model, options))
    tell_of_rest(rows)
    wrong = int((model.predict(rows).astype(str) != labels).sum())
    facts = {"rows": len(labels), "wrong": wrong, "error": wrong / len(labels)}
    print_facts(facts, options.json, {"error": count_of_wrong(wrong, len(labels))})
