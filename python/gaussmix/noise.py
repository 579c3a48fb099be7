"""The noise component of a mixture: rows that belong to no cluster."""

from __future__ import annotations

import math
from typing import NamedTuple

from gaussmix._types import Floats


class NoiseBox(NamedTuple):
    """The box whose volume is the inverse of a noise component's density.

    Its points are corner + t @ axes, with t[i] from 0 to widths[i].
    """

    corner: Floats
    """(n_features,)"""
    widths: Floats
    """(n_features,), positive."""
    axes: Floats
    """(n_features, n_features), an axis a row, orthonormal: the principal axes of the rows, or the
    identity."""

    @property
    def log_volume(self) -> float:
        """The logarithm of the volume."""
        return math.fsum(math.log(width) for width in self.widths)
