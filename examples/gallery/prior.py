"""
Few rows, many components
=========================

Where a component has hardly more rows than features, its covariance shrinks towards a few rows. A
prior keeps it from that, and rows that the fit has not seen are the better for it.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture

X = np.loadtxt("../penguins.csv", delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
X = (X - X.mean(axis=0)) / X.std(axis=0)
rng = np.random.default_rng(0)
numbers = range(1, 8)
unseen_scores = {None: [], "default": []}
for prior, scores in unseen_scores.items():
    for k in numbers:
        each = []
        for seed in range(10):
            order = np.random.default_rng(seed).permutation(len(X))
            seen, unseen = X[order[:40]], X[order[40:]]
            model = GaussianMixture(k, prior=prior, n_init=3, random_state=0, max_iter=500).fit(
                seen
            )
            each.append(model.score(unseen))
        scores.append(np.mean(each))

# %%
# Of 342 penguins 40 were seen; the score of the others, ten times.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(numbers, unseen_scores[None], "o-", label="no prior")
ax.plot(numbers, unseen_scores["default"], "s-", label='prior="default"')
ax.set(xlabel="components", ylabel="mean log-likelihood of unseen rows")
ax.legend()
