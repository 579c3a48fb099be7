"""Fits penguins that lie in four places: each place sums up its own, and only the sums travel.

Processes stand for the places. Any other engine that maps a function and adds up results does as
well.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, Statistics
from numpy.typing import NDArray

PLACES = 4


def rows_of(place: int) -> NDArray[np.float64]:
    """Every fourth penguin; the others are elsewhere."""
    table = Path(__file__).with_name("penguins.csv")
    return np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))[place::PLACES]


def expect(model: GaussianMixture, place: int) -> Statistics:
    """The E-step of a place's rows; it runs there."""
    return model.expect(rows_of(place))


def main() -> None:
    # The first place alone decides where EM starts: max_iter=0 is a start without an iteration.
    start = GaussianMixture(3, max_iter=0, random_state=0).fit(rows_of(0))

    model = start
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        while not model.converged_:
            statistics = sum(pool.map(expect, [model] * PLACES, range(PLACES)))
            model = model.maximize(statistics)
            print(f"iteration {model.n_iter_:2}: {model.lower_bound_:.4f}")
    size = len(statistics.to_bytes())
    print(f"{statistics.row_weight:.0f} rows, {size} bytes from each place in an iteration")

    fitted = GaussianMixture(
        3,
        weights_init=start.weights_,
        means_init=start.means_,
        precisions_init=start.precisions_,
    ).fit(np.concatenate([rows_of(place) for place in range(PLACES)]))
    error = np.abs(fitted.means_ / model.means_ - 1).max()
    print(f"a fit of all rows: {fitted.n_iter_} iterations, means off by {error:.0e} at most")


if __name__ == "__main__":
    main()
