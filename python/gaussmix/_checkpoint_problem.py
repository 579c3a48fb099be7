"""What a fit that goes on from a checkpoint must have in common with the one that left it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix import _checkpoint, _json_text
from gaussmix._batches.survey import is_same_weight
from gaussmix._checkpoint import PathLike
from gaussmix._core import Mixture
from gaussmix._families import family_of
from gaussmix._noise import first_share
from gaussmix._prior import plain_prior
from gaussmix._settings import MixtureSettings

SUM_OF_WEIGHTS = "the sum of the weights"


def plain_settings(settings: MixtureSettings) -> dict[str, Any]:
    """What a fit may not change on its way."""
    is_fixed = settings.covariance_type == "fixed"  # what is given is a part of the mixture
    return {
        "n_components": int(settings.n_components),
        "covariance_type": family_of(settings.covariance_type),
        "reg_covar": float(settings.reg_covar),
        "degenerate": settings.degenerate,
        "prior": plain_prior(settings.prior),
        "noise": first_share(settings.noise),
        **_checksums(settings, ["precisions_init"] if is_fixed else []),
    }


def checksums_of_start(settings: MixtureSettings) -> dict[str, Any]:
    """Which arrays say where a fit starts."""
    return _checksums(settings, ["weights_init", "means_init", "precisions_init"])


def checksum(array: NDArray[Any] | None) -> int | None:
    """Returns a number that arrays of other numbers hardly have."""
    return None if array is None else zlib.crc32(np.ascontiguousarray(array).data)


def _checksums(settings: MixtureSettings, names: Sequence[str]) -> dict[str, Any]:
    given = ((name, getattr(settings, name)) for name in names)
    return {
        f"the checksum of {name}": checksum(None if array is None else np.asarray(array, float))
        for name, array in given
    }


def read(path: PathLike, kind: str, keys: Set[str]) -> tuple[dict[str, Any], list[Mixture]]:
    """Returns the header and the mixtures of a checkpoint of this kind, which has these keys.

    Raises OSError if it cannot be read, ValueError for what is none.
    """
    header, mixtures = _checkpoint.read(path)
    has_objects = all(isinstance(header.get(key), dict) for key in ("settings", "rows"))
    if header.get("kind") != kind or not header.keys() >= keys or not has_objects:
        raise ValueError(f"resume={os.fspath(path)!r} is not a checkpoint of {kind}")
    return header, mixtures


@contextmanager
def parsing(path: PathLike, kind: str) -> Iterator[None]:
    """What a header lacks, or has of another type, is a ValueError that names the file."""
    try:
        yield
    except (IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        name = os.fspath(path)
        raise ValueError(f"resume={name!r} is not a checkpoint of {kind}: {error}") from error


def compare(path: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Raises ValueError unless what a checkpoint has is what a fit has now."""
    plain = _json_text.loads_object(_json_text.dumps(now), "this fit")
    for what, value in plain.items():
        other = before.get(what)
        if value == other or (what == SUM_OF_WEIGHTS and _is_same_weight(value, other)):
            continue
        raise ValueError(
            f"resume={path!r} is a checkpoint of another fit: {what} was {other} then and is "
            f"{value} now"
        )


def _is_same_weight(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers and is_same_weight(one, other)
