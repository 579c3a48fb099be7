"""Draws a mixture of 342 penguins in all ways that gaussmix.plot has.

    python examples/plots.py [FOLDER]

The pictures go into the folder, default plots. It needs matplotlib.
"""

import sys
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, plot, select
from matplotlib.figure import Figure

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "plots")
folder.mkdir(exist_ok=True)

table = Path(__file__).with_name("penguins.csv")
X = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
names = ["bill length, mm", "bill depth, mm", "flipper length, mm", "body mass, g"]
bills = {"features": [0, 1], "feature_names": names}

model = GaussianMixture(3, n_init=5, random_state=0).fit(X)
found = select(X, range(1, 8), n_init=3, random_state=0)
slow = GaussianMixture(4, n_init=3, tol=1e-6, max_iter=1000, random_state=0).fit(X)

pictures = {
    "clusters": lambda figure: plot.clusters(model, X, figure, **bills),
    "matrix": lambda figure: plot.clusters(model, X, figure, feature_names=names),
    "density": lambda figure: plot.density(model, X, figure, feature=2, feature_names=names),
    "contours": lambda figure: plot.contours(model, X, figure, **bills),
    "uncertainty": lambda figure: plot.uncertainty(model, X, figure, **bills),
    "criterion": lambda figure: plot.criterion(found, figure),
    "course": lambda figure: plot.course(slow, figure),
}
for name, draw in pictures.items():
    size = (8, 7.6) if name == "matrix" else (6, 4)
    figure = Figure(size, layout="constrained")
    draw(figure)
    figure.savefig(folder / f"{name}.png", dpi=80)
    print(folder / f"{name}.png")
