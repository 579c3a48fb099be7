"""Chooses a mixture for 342 penguins by three criteria, and draws BIC if a file is named.

    python examples/choosing_k.py [PICTURE]

The picture needs matplotlib.
"""

import sys
from pathlib import Path

import numpy as np
from gaussmix import select

table = np.loadtxt(Path(__file__).with_name("penguins.csv"), delimiter=",", skiprows=1, dtype=str)
species, measurements = table[:, 0], table[:, 1:].astype(float)

for criterion in ("bic", "icl", "stability"):
    found = select(measurements, range(1, 10), criterion=criterion, n_init=10, random_state=0)
    print(found, end="\n\n")
    clusters = found.best_.predict(measurements)
    for cluster in range(found.best_.n_components):
        names, counts = np.unique(species[clusters == cluster], return_counts=True)
        who = " and ".join(f"{counts[i]} {name}" for i, name in enumerate(names))
        print(f"  component {cluster}: {who}")
    print()
    if criterion == "bic" and len(sys.argv) > 1:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 4.5), layout="constrained")
        found.plot(figure.subplots())
        figure.savefig(sys.argv[1], dpi=100)
