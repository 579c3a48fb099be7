"""The text `fit` of a model file: how the model was found, as docs/model-file.md lists it."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from gaussmix import _json_text
from gaussmix._constraints import C_INT_MAX
from gaussmix._core import FitResult, Mixture, Repair, StartReport

_Read: TypeAlias = Callable[[Any, str], Any]
"""Returns the value that a file has in a place, of which messages have the name."""


class FitSummary(NamedTuple):
    """How well a model fits the rows it was fitted to."""

    n_rows: int
    log_likelihood: float
    """Of all rows together."""


def to_json(result: FitResult, summary: FitSummary | None) -> str:
    """Returns the text that `from_json` reads."""
    return _json_text.dumps(to_plain(result) | (summary._asdict() if summary else {}))


def to_plain(result: FitResult) -> dict[str, Any]:
    """Returns how the mixture of a result was found, as plain values."""
    history = {key: getattr(result, key) for key in _FIT if hasattr(result, key)}
    if result.truncation_error == 0:
        del history["truncation_error"]
    history["starts"] = [{key: getattr(start, key) for key in _START} for start in result.starts]
    history["repairs"] = [
        {key: getattr(repair, key) for key in _REPAIR} for repair in result.repairs
    ]
    return history


def from_json(text: str, mixture: Mixture) -> tuple[FitResult, FitSummary | None]:
    """Returns the result of the fit that found the mixture, and the summary if there is one.

    Unknown keys are ignored, absent ones leave what a mixture has that was not fitted. Raises
    ValueError for a text that is not as documented.
    """
    return from_plain(_json_text.loads_object(text, "fit"), mixture, "fit")


def from_plain(history: Any, mixture: Mixture, name: str) -> tuple[FitResult, FitSummary | None]:
    """Returns what `from_json` does, of plain values, which messages call `name`."""
    found = _object_of(_FIT)(history, name)
    n_rows, log_likelihood = found.pop("n_rows", None), found.pop("log_likelihood", 0.0)
    starts = [StartReport(**start) for start in found.pop("starts", [])]
    repairs = [Repair(**repair) for repair in found.pop("repairs", [])]
    if found.get("best_start", 0) >= max(len(starts), 1):
        raise ValueError(f"{name}.best_start should be the index of one of the starts")
    summary = None if n_rows is None else FitSummary(n_rows, log_likelihood)
    return FitResult(mixture, starts=starts, repairs=repairs, **found), summary


def _boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} should be true or false")
    return value


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} should be a string")
    return value


def _integer(low: int, high: int = C_INT_MAX) -> _Read:
    def read(value: Any, name: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"{name} should be an integer from {low} to {high}")
        return value

    return read


def _real(value: Any, name: str) -> float:
    if value in ("inf", "-inf", "nan"):
        return float(value)
    if type(value) in (int, float) and -math.inf < value < math.inf:
        try:
            return float(value)
        except OverflowError:
            pass
    raise ValueError(f'{name} should be a finite number, "inf", "-inf" or "nan"')


def _list_of(read_item: _Read) -> _Read:
    def read(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f"{name} should be an array")
        return [read_item(item, f"{name}[{i}]") for i, item in enumerate(value)]

    return read


def _object_of(fields: Mapping[str, _Read]) -> _Read:
    def read(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"{name} should be an object")
        return {
            key: read_field(value[key], f"{name}.{key}")
            for key, read_field in fields.items()
            if key in value
        }

    return read


_START: Mapping[str, _Read] = {
    "lower_bound": _real,
    "n_iter": _integer(0),
    "converged": _boolean,
    "origin": _string,
    "dropped": _boolean,
}

_REPAIR: Mapping[str, _Read] = {
    "start": _integer(0),
    "iteration": _integer(0),
    "component": _integer(-1),
    "reason": _string,
    "action": _string,
}

_FIT: Mapping[str, _Read] = {
    "converged": _boolean,
    "n_iter": _integer(0),
    "lower_bound": _real,
    "lower_bounds": _list_of(_real),
    "starts": _list_of(_object_of(_START)),
    "best_start": _integer(0),
    "repairs": _list_of(_object_of(_REPAIR)),
    "truncation_error": _real,
    "n_rows": _integer(1, 2**63 - 1),
    "log_likelihood": _real,
}
