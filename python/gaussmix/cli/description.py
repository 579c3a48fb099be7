"""A table for people that describes a fitted mixture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._criteria import aic, bic
from gaussmix._families import LAYOUTS
from gaussmix._fit_history import FitSummary
from gaussmix.mixture import GaussianMixture

_LONGEST_NAME = 24


def describe(
    model: GaussianMixture, summary: FitSummary | None, names: Sequence[str], width: int = 80
) -> str:
    """Returns what was found: the fit in figures, then each component's weight, mean and spread.

    The spread is the standard deviation of each column within a component. Components stand side
    by side, as many as fit into `width` characters; the others follow below.
    """
    facts = {
        "columns": str(len(names)),
        "components": f"{len(model.weights_)}, {model.covariance_type} covariance",
    }
    if model.noise_box_ is not None:
        facts["noise"] = f"weight {_format_weight(model.noise_weight_)}"
    if summary is not None:
        per_row = summary.log_likelihood / summary.n_rows
        facts = {"rows": str(summary.n_rows)} | facts
        facts["log-likelihood"] = f"{summary.log_likelihood:.10g} ({per_row:.6g} a row)"
        n_parameters = model._n_parameters()
        for name, value in (
            ("BIC", bic(summary.log_likelihood, n_parameters, summary.n_rows)),
            ("AIC", aic(summary.log_likelihood, n_parameters)),
        ):
            facts[name] = f"{value:.10g} (lower is better)"
        facts["iterations"] = str(model.n_iter_)
        facts["converged"] = "yes" if model.converged_ else "no"
    lines = [f"{label:<16}{value}" for label, value in facts.items()]
    return "\n".join(lines + _component_lines(model, names, width))


def model_facts(
    model: GaussianMixture, summary: FitSummary | None, names: Sequence[str]
) -> dict[str, Any]:
    """Returns the same for programs, with all digits."""
    facts: dict[str, Any] = {
        "columns": list(names),
        "n_components": len(model.weights_),
        "covariance_type": model.covariance_type,
        "converged": model.converged_,
        "n_iter": model.n_iter_,
    }
    if model.noise_box_ is not None:
        facts["noise_weight"] = model.noise_weight_
    if summary is not None:
        n, log_likelihood, n_parameters = *summary, model._n_parameters()
        facts = {
            "rows": n,
            "log_likelihood": log_likelihood,
            "bic": bic(log_likelihood, n_parameters, n),
            "aic": aic(log_likelihood, n_parameters),
        } | facts
    components = zip(model.weights_, model.means_, standard_deviations(model), strict=True)
    facts["components"] = [
        {"weight": weight, "mean": mean, "sd": deviations}
        for weight, mean, deviations in components
    ]
    return facts


def standard_deviations(model: GaussianMixture) -> NDArray[Any]:
    """Returns the (n_components, n_features) standard deviations of the model's components."""
    covariances = np.asarray(model.covariances_)
    layout = LAYOUTS[model.covariance_type]
    if layout == "full":
        variances = np.diagonal(covariances, axis1=1, axis2=2)
    elif layout == "tied":
        variances = np.diagonal(covariances)
    elif layout == "spherical":
        variances = covariances[:, np.newaxis]
    else:
        variances = covariances
    return np.broadcast_to(np.sqrt(variances), model.means_.shape)


def _component_lines(model: GaussianMixture, names: Sequence[str], width: int) -> list[str]:
    labels = ["component", "weight", "", *map(shortened, names)]
    blocks = _component_blocks(model)
    label_width = max(map(len, labels))
    lines: list[str] = []
    while blocks:
        lines += [""]
        shown = max(1, (width - label_width) // max(len(block[0]) for block in blocks))
        for label, *cells in zip(labels, *blocks[:shown], strict=True):
            lines.append((f"{label:<{label_width}}" + "".join(cells)).rstrip())
        blocks = blocks[shown:]
    return lines


def shortened(name: str) -> str:
    """Returns a name as it is shown: on one line, and not too long."""
    printable = "".join(c if c.isprintable() else "?" for c in name)
    return printable if len(name) <= _LONGEST_NAME else printable[: _LONGEST_NAME - 3] + "..."


def _component_blocks(model: GaussianMixture) -> list[list[str]]:
    """Returns each component's lines: its number, its weight, a heading, a line for each column."""
    deviations = standard_deviations(model)
    columns = [
        _format_column(mean, deviation)
        for mean, deviation in zip(model.means_.T, deviations.T, strict=True)
    ]
    blocks = []
    for component, weight in enumerate(model.weights_):
        pairs = [("mean", "sd"), *((means[component], sds[component]) for means, sds in columns)]
        mean_width, sd_width = (max(map(len, side)) for side in zip(*pairs, strict=True))
        block = [str(component), _format_weight(weight)]
        block += [f"{mean:>{mean_width}}  {sd:>{sd_width}}" for mean, sd in pairs]
        block_width = max(map(len, block)) + 3
        blocks.append([f"{line:>{block_width}}" for line in block])
    return blocks


def _format_weight(weight: float) -> str:
    return f"{weight:.4f}" if weight >= 0.001 or weight == 0 else f"{weight:.1e}"


def _format_column(means: NDArray[Any], deviations: NDArray[Any]) -> tuple[list[str], list[str]]:
    """Formats a column's means and standard deviations, to the third digit of the smallest one."""
    largest = max(np.abs(means).max(), deviations.max())
    smallest = deviations.min()
    magnitude = _magnitude(largest)
    decimals = 2 - _magnitude(smallest) if smallest > 0 else 3
    if decimals <= 6 and magnitude < 9:
        style = f".{max(decimals, 0)}f"
        return [format(v, style) for v in means], [format(v, style) for v in deviations]
    digits = min(max(magnitude + decimals, 2), 15)
    return [f"{v:.{digits}e}" for v in means], [f"{v:.2e}" for v in deviations]


def _magnitude(value: float) -> int:
    return math.floor(math.log10(value)) if value > 0 else 0
