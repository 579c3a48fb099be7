"""Finds the three species of 342 penguins from four measurements, without a look at their names."""

from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture

table = np.loadtxt(Path(__file__).with_name("penguins.csv"), delimiter=",", skiprows=1, dtype=str)
species, measurements = table[:, 0], table[:, 1:].astype(float)

model = GaussianMixture(n_components=3, n_init=10, random_state=0)
clusters = model.fit_predict(measurements)

for cluster, (length, depth, flipper, mass) in enumerate(model.means_):
    names, counts = np.unique(species[clusters == cluster], return_counts=True)
    print(f"cluster {cluster} has", " and ".join(f"{n} {counts[i]}" for i, n in enumerate(names)))
    print(f"  bill {length:.1f} x {depth:.1f} mm, flipper {flipper:.0f} mm, {mass:.0f} g")

probabilities = model.predict_proba(measurements)
bird = probabilities.max(axis=1).argmin()
print(f"most in doubt: bird {bird}, {species[bird]}, probabilities {probabilities[bird].round(2)}")
