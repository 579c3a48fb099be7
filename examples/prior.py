"""Fits 40 penguins with and without a prior, and scores the others: the mean of 20 samples."""

import warnings
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture
from gaussmix.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)
table = Path(__file__).with_name("penguins.csv")
X = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
samples = [np.random.RandomState(seed).permutation(len(X)) < 40 for seed in range(20)]


def score_of_others(n_components: int, prior: str | None) -> float:
    """The mean log-likelihood of penguins that the fits have not seen."""
    model = GaussianMixture(n_components, prior=prior, random_state=0)
    return float(np.mean([model.fit(X[sample]).score(X[~sample]) for sample in samples]))


print("components   no prior   default prior")
for k in range(1, 9):
    print(f"{k:10}   {score_of_others(k, None):8.2f}   {score_of_others(k, 'default'):13.2f}")
