"""What a command reports: lines for people, or with --json an object for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

_LABELS = {
    "log_likelihood": "log-likelihood",
    "log_likelihood_per_row": "... of a row",
    "bic": "BIC",
    "aic": "AIC",
    "icl": "ICL",
}


def print_facts(
    facts: Mapping[str, Any], as_json: bool, shown: Mapping[str, str] | None = None
) -> None:
    """Prints facts by name; `shown` is what people see in the place of some numbers."""
    if as_json:
        return print_json(facts)
    for name, value in facts.items():
        number = f"{value:.10g}" if isinstance(value, float) else str(value)
        print(f"{_LABELS.get(name, name):<16}{(shown or {}).get(name, number)}")


def print_json(report: Mapping[str, Any]) -> None:
    """Prints a report as JSON, with null for what is no finite number."""
    print(json.dumps(_plain(report), allow_nan=False, indent=1, ensure_ascii=False))


def count_of_wrong(wrong: int, n: int) -> str:
    """Returns the share of wrong labels, and its standard error: that of a binomial share."""
    share = wrong / n
    error = math.sqrt(share * (1 - share) / n)
    return f"{share:.4f} ({wrong} of {n} rows; standard error {error:.4f})"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
