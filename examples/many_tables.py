"""A mixture for each of many tables: which of a thousand sensors switch between two levels.

    python examples/many_tables.py

Each sensor has 200 readings. Some are about one level, the others about two.
"""

import numpy as np
from gaussmix import fit_many


def main() -> None:
    rng = np.random.default_rng(0)
    n_sensors, switches = 1000, rng.random(1000) < 0.2
    high = rng.random((n_sensors, 200)) < 0.4
    readings = rng.normal(np.where(high & switches[:, None], 5.0, 0.0), 1.0)[:, :, None]

    one, two = (fit_many(readings, k, random_state=0) for k in (1, 2))
    n_rows = readings.shape[1]
    bic = []
    for fits, n_parameters in ((one, 2), (two, 5)):
        log_likelihood_of_a_row = np.array([record["lower_bound"] for record in fits.records])
        bic.append(n_parameters * np.log(n_rows) - 2 * n_rows * log_likelihood_of_a_row)
    found = bic[1] < bic[0]
    print(f"{found.sum()} of {n_sensors} sensors have two levels, and {switches.sum()} do")
    print(f"right: {(found == switches).mean():.1%}")
    levels = np.sort(two.means_[found, :, 0], axis=1).mean(axis=0)
    print(f"their levels, on average: {levels[0]:.2f} and {levels[1]:.2f}")


if __name__ == "__main__":
    main()
