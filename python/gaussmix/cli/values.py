"""What the texts of options stand for; a text that is none raises argparse's error."""

import argparse
import csv
from collections.abc import Callable

from gaussmix._constraints import C_INT_MAX
from gaussmix._types import COVARIANCE_TYPES, FAMILIES

COVARIANCES = tuple(name for name in COVARIANCE_TYPES if name != "fixed")
"""Those that a fit estimates."""

KINDS_OF_PICTURE = ("clusters", "contours", "density", "uncertainty", "course")
"""Functions of gaussmix.plot that draw a model."""

_MOST_NUMBERS = 100_000


def number_of_starts(text: str) -> int | str:
    return text if text == "auto" else integer(1)(text)


def integer(low: int, high: int = C_INT_MAX) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(high))
        if not (digits and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {low} to {high}")
        return int(text)

    return read


def number_or_bic(text: str) -> int | str:
    return text if text == "bic" else integer(1)(text)


def folds(text: str) -> int:
    return 0 if text == "0" else integer(2)(text)


def numbers(text: str) -> list[int]:
    """Reads numbers and ranges with both ends: 2,4,8-10."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = integer(1)(first.strip())
        high = integer(1)(last.strip()) if dash else low
        if high < low:
            raise argparse.ArgumentTypeError(f"{part!r} is not a range: it begins above its end")
        if high - low >= _MOST_NUMBERS:
            raise argparse.ArgumentTypeError(f"{part!r} has more than {_MOST_NUMBERS} numbers")
        found += range(low, high + 1)
    return found


def families(text: str) -> list[str]:
    wanted = [name.strip() for name in text.split(",")]
    if wanted == ["all"]:
        return list(FAMILIES)
    for name in wanted:
        if name not in COVARIANCES:
            known = ", ".join(COVARIANCES)
            raise argparse.ArgumentTypeError(f"{name!r} is none of {known}, and not all")
    return wanted


def non_negative(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return value


def names(text: str) -> list[str]:
    try:
        found = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names no column")
    return found
