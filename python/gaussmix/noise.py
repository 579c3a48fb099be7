"""The noise component of a mixture: rows that belong to no cluster."""

from __future__ import annotations

import math
from typing import NamedTuple

from gaussmix._types import Floats


class NoiseBox(NamedTuple):
    """The box whose volume is the inverse of a noise component's density.

    Its points are corner + t @ axes, with t[i] from 0 to widths[i].

    Parameters
    ----------
    corner : ndarray of shape (n_features,)
        Where the box begins.
    widths : ndarray of shape (n_features,)
        Its widths along the axes, positive.
    axes : ndarray of shape (n_features, n_features)
        An axis a row, orthonormal: the principal axes of the rows, or the identity.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.noise import NoiseBox
    >>> box = NoiseBox(corner=np.zeros(2), widths=np.array([2.0, 3.0]), axes=np.eye(2))
    >>> round(np.exp(box.log_volume), 6)
    np.float64(6.0)
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
