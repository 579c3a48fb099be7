"""The JSON texts within a model file: read without trust, written in one form."""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_DEEPEST = 16
_ESCAPED = re.compile('[\x00-\x1f"\\\\\ud800-\udfff]')


def loads(text: str, name: str) -> Any:
    """Returns the value of a JSON text; messages call it `name`.

    Stricter than json.loads: there is no NaN or Infinity, and a key may not occur twice in an
    object. Raises ValueError.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_distinct, parse_int=_integer, parse_constant=_no_constant
        )
    except RecursionError as error:
        raise ValueError(f"{name} nests deeper than {_DEEPEST} values") from error
    except ValueError as error:
        raise ValueError(f"{name} should be a JSON text: {error}") from error


def loads_object(text: str, name: str) -> dict[str, Any]:
    """Returns the JSON object in a text, which has no half surrogate pairs, and is not deep."""
    found = loads(text, name)
    if not isinstance(found, dict):
        raise ValueError(f"{name} should be a JSON object")
    _check(found, name, _DEEPEST)
    return found


def dumps(value: Any) -> str:
    """Returns the JSON text of plain values, without spaces; equal values make equal texts.

    A number takes the fewest characters that give the same double; infinities and NaN are strings.
    """
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_string(key)}:{dumps(value[key])}" for key in value) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in an object")
    return found


def _integer(digits: str) -> int | float:
    return -0.0 if digits == "-0" else int(digits)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _check(value: Any, name: str, levels: int) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{name} has half of a surrogate pair in a string") from error
    elif isinstance(value, dict | list):
        if levels == 0:
            raise ValueError(f"{name} nests deeper than {_DEEPEST} values")
        for item in value:
            _check(item, name, levels - 1)
        if isinstance(value, dict):
            for item in value.values():
                _check(item, name, levels - 1)


def _string(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + character if character in '"\\' else f"\\u{ord(character):04x}"


def _real(value: float) -> str:
    if not math.isfinite(value):
        return f'"{value}"'
    shortest = Decimal(repr(value)).normalize()
    mantissa, exponent = f"{shortest:e}".split("e")
    fixed = f"{value:.0f}" if value.is_integer() else f"{shortest:f}"
    return min(fixed, f"{mantissa}e{int(exponent):+03d}", key=len)
