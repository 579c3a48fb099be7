"""Functions of the user's that compute where starts begin: first responsibilities, or centres."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_floats, check_finite
from gaussmix._seeds import RandomState, legacy_generator
from gaussmix._types import Floats, InitFunction

_TOLERANCE = 1e-6  # of what a row's responsibilities sum to


def first_responsibilities_by(
    init: InitFunction, rows: Floats, n_components: int, seed: int
) -> Callable[[int], NDArray[np.int32] | NDArray[np.float64]]:
    """Returns what the core asks for the first responsibilities of a start.

    `init` is called with the rows, read-only, n_components, and an int below 2**32 that depends on
    the seed and the start.
    """
    shown = _read_only(rows)

    def first_responsibilities(start: int) -> NDArray[np.int32] | NDArray[np.float64]:
        random_state = int(np.random.SeedSequence([seed, start]).generate_state(1)[0])
        return _check(init(shown, n_components, random_state), rows.shape[0], n_components)

    return first_responsibilities


def centers_by(
    init: Callable[..., ArrayLike],
    rows: Floats,
    n_clusters: int,
    random_state: RandomState,
    n_starts: int,
) -> Iterator[ArrayLike]:
    """Yields the centres that `init` computes for each start, unchecked.

    `init` is called with the rows, read-only, n_clusters, and the same RandomState each time.
    """
    shown, rng = _read_only(rows), legacy_generator(random_state)
    for _ in range(n_starts):
        yield init(shown, n_clusters, random_state=rng)


def _read_only(rows: Floats) -> Floats:
    shown: Floats = rows.view()
    shown.flags.writeable = False
    return shown


def _check(
    answer: ArrayLike, n_samples: int, n_components: int
) -> NDArray[np.int32] | NDArray[np.float64]:
    """Returns labels (n_samples,) or responsibilities (n_samples, n_components)."""
    array = np.asarray(answer)
    if array.shape == (n_samples,) and array.dtype.kind in "iu":
        if array.min() < 0 or array.max() >= n_components:
            raise ValueError(
                f"The labels that init_params returns should be in [0, {n_components}), but got "
                f"labels from {array.min()} to {array.max()}"
            )
        return array.astype(np.int32)
    if array.shape != (n_samples, n_components):
        raise ValueError(
            "What init_params returns should be integer labels of shape (n_samples,) = "
            f"({n_samples},) or responsibilities of shape (n_samples, n_components) = "
            f"({n_samples}, {n_components}), but got an array of {array.dtype} of shape "
            f"{array.shape}"
        )
    shares = as_floats(array, "init_params", np.float64)
    check_finite(shares, "init_params")
    sums = shares.sum(axis=1)
    if (shares < 0).any() or (np.abs(sums - 1) > _TOLERANCE).any():
        raise ValueError(
            "The responsibilities that init_params returns should be at least 0 and sum to 1 in "
            f"each row, but got a least of {shares.min():.5f} and sums from {sums.min():.5f} to "
            f"{sums.max():.5f}"
        )
    scaled: NDArray[np.float64] = shares / sums[:, np.newaxis]
    return scaled
