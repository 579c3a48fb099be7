"""The noise component as users give and see it, and as the core does."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from gaussmix._arrays import as_floats, check_finite
from gaussmix._core import Mixture
from gaussmix._core import Noise as CoreNoise
from gaussmix._types import Floats, Noise
from gaussmix.noise import NoiseBox

FIRST_SHARE = 0.05

Parts: TypeAlias = tuple[float, Floats, Floats, Floats | None]
"""Weight, corner, widths and axes."""


def first_share(noise: Noise) -> float | None:
    """Returns the share that a noise component starts with; None where there is to be none."""
    if noise is None or isinstance(noise, bool | np.bool_):
        return FIRST_SHARE if noise else None
    return float(noise)


def box_of(mixture: Mixture) -> NoiseBox | None:
    """Returns the box of a mixture's noise component, in its dtype; None where there is none."""
    noise = mixture.noise
    if noise is None:
        return None
    axes = np.eye(mixture.n_features) if noise.axes is None else noise.axes
    return NoiseBox(
        *(_read_only(array, mixture.dtype) for array in (noise.corner, noise.widths, axes))
    )


def noise_of(weight: float, box: NoiseBox | None) -> CoreNoise | None:
    """Returns a noise component as the core takes it; None where there is no box.

    Raises ValueError or TypeError for a weight or a box that is none.
    """
    if not isinstance(weight, float | int | np.floating) or not 0 <= weight <= 1:
        raise ValueError(f"noise_weight should be a float in [0, 1], but is {weight!r}")
    if box is None:
        if weight:
            raise ValueError("noise_weight needs a noise_box")
        return None
    if not isinstance(box, NoiseBox):
        raise TypeError(f"noise_box should be a gaussmix.noise.NoiseBox or None, but is {box!r}")
    n_features = np.size(box.corner)
    shapes = {"corner": (n_features,), "widths": (n_features,), "axes": (n_features, n_features)}
    arrays: dict[str, Any] = {}
    for name, values in zip(NoiseBox._fields, box, strict=True):
        arrays[name] = as_floats(values, f"noise_box.{name}", np.float64)
        if arrays[name].shape != shapes[name]:
            raise ValueError(
                f"noise_box.{name} should have the shape of {shapes[name]}, but got "
                f"{arrays[name].shape}"
            )
        check_finite(arrays[name], f"noise_box.{name}")
    if (arrays["widths"] <= 0).any():
        raise ValueError("noise_box.widths should be positive")
    if (arrays["axes"] == np.eye(n_features)).all():
        arrays["axes"] = None
    return CoreNoise(weight=float(weight), **arrays)


def parts_of(noise: CoreNoise | None) -> Parts | None:
    """Returns what `noise_from` makes the same noise component from, in another process too."""
    if noise is None:
        return None
    return noise.weight, noise.corner, noise.widths, noise.axes


def noise_from(parts: Parts | None) -> CoreNoise | None:
    """Returns the noise component of these parts."""
    if parts is None:
        return None
    weight, corner, widths, axes = parts
    return CoreNoise(weight=weight, corner=corner, widths=widths, axes=axes)


def with_weight(noise: CoreNoise, weight: float) -> CoreNoise:
    """Returns the same noise component with another weight."""
    return CoreNoise(weight=weight, corner=noise.corner, widths=noise.widths, axes=noise.axes)


def _read_only(array: Floats, dtype: np.dtype[Any]) -> Floats:
    copy = array.astype(dtype)
    copy.flags.writeable = False
    return copy
