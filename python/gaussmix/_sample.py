"""Rows to fit, checked once for many fits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats


class Sample(NamedTuple):
    """Rows all of which count and are finite, and their weights."""

    rows: Floats
    weights: NDArray[np.float64] | None
