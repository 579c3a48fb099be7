"""Write sklearn_optima.json: the best of 20 starts of scikit-learn, for every cell of data set,
covariance type and number of components. Takes a few minutes.

    python tests/reference/make_sklearn_optima.py
"""

import copy
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

from data import COVARIANCE_TYPES, DATA_SETS, Floats, load  # noqa: E402

SETTINGS = {"tol": 1e-8, "reg_covar": 1e-6, "max_iter": 1000}
N_INIT = 20


def best_of_starts(X: Floats, n_components: int, covariance_type: str) -> dict[str, Any]:
    """What `GaussianMixture(n_init=N_INIT, random_state=0).fit(X)` finds, and where it began.

    scikit-learn draws its starts from one RandomState in turn, so single fits that share one have
    the same starts; the state before each reproduces the k-means labels it started from.
    """
    random_state = np.random.RandomState(0)
    highest, best = -np.inf, {}
    for _ in range(N_INIT):
        before = copy.deepcopy(random_state)
        mixture = GaussianMixture(
            n_components, covariance_type=covariance_type, random_state=random_state, **SETTINGS
        ).fit(X)
        if mixture.lower_bound_ > highest:
            seeding = KMeans(n_components, n_init=1, random_state=before).fit(X)
            labels = "".join(map(str, seeding.labels_))
            highest, best = mixture.lower_bound_, {"score": mixture.score(X), "labels": labels}
    return best


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    cells = []
    for name in DATA_SETS:
        for covariance_type in COVARIANCE_TYPES:
            for n_components in range(2, 9):
                cell = {
                    "data": name,
                    "covariance_type": covariance_type,
                    "n_components": n_components,
                    **best_of_starts(load(name), n_components, covariance_type),
                }
                cells.append(cell)
                print(name, covariance_type, n_components, cell["score"], flush=True)
    reference = {
        "scikit-learn": sklearn.__version__,
        "settings": {**SETTINGS, "n_init": N_INIT, "random_state": 0},
        "cells": cells,
    }
    (HERE / "sklearn_optima.json").write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
