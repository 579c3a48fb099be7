"""
A stream that drifts
====================

``partial_fit`` sees each row once. With ``memory`` it forgets: about so many of the last rows
count. Without, all rows so far do.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(0)


def batch(time: float) -> np.ndarray:
    """500 rows of two clusters, of which the second moves."""
    centres = np.array([[0.0, 0.0], [6.0, 6.0 * np.sin(2 * np.pi * time)]])
    return centres[rng.integers(2, size=500)] + rng.normal(0, 0.7, (500, 2))


follows = GaussianMixture(2, random_state=0)
keeps = GaussianMixture(2, random_state=0)
times = np.linspace(0, 1, 120)
paths = {"memory=2000": [], "no memory set": []}
for time in times:
    X = batch(time)
    follows.partial_fit(X, memory=2000)
    keeps.partial_fit(X)
    for name, model in (("memory=2000", follows), ("no memory set", keeps)):
        paths[name].append(model.means_[model.means_[:, 0].argmax(), 1])

# %%
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(times, 6 * np.sin(2 * np.pi * times), "k:", label="where the cluster is")
for name, path in paths.items():
    ax.plot(times, path, label=name)
ax.set(xlabel="time", ylabel="the second cluster's height")
ax.legend()
