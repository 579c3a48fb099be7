"""Finds the species of 342 penguins from two measurements, of which 17 birds are known.

Bill length and body mass leave the species overlapping, so that clusters without labels mix them.
"""

from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture

table = np.loadtxt(Path(__file__).with_name("penguins.csv"), delimiter=",", skiprows=1, dtype=str)
names, species = np.unique(table[:, 0], return_inverse=True)
bill_and_mass = table[:, [1, 4]].astype(float)

known = np.full(len(species), -1)
birds = np.random.default_rng(0).permutation(len(species))[:17]
known[birds] = species[birds]
rest = known < 0

model = GaussianMixture(n_components=3, random_state=0, max_iter=1000)
for what, labels in (("no bird known", None), (f"{len(birds)} birds known", known)):
    found = model.fit_predict(bill_and_mass, known_labels=labels)
    print(f"{what}; the other {rest.sum()}:")
    for component in range(3):
        counts = np.bincount(species[rest & (found == component)], minlength=3)
        who = ", ".join(f"{n} {name}" for n, name in zip(counts, names, strict=True) if n)
        print(f"  component {component}: {who}")
right = (found == species)[rest].mean()
print(f"with labels, component j is species j: {right:.0%} of the others are right")
