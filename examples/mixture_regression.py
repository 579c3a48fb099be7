"""Predicts the body mass of penguins from their bills, by mixture regression.

    python examples/mixture_regression.py [PICTURE]

With a file name it draws the body mass against the depth of the bill; that needs matplotlib.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture
from gaussmix.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)
LENGTH, DEPTH, MASS = range(3)

path = Path(__file__).with_name("penguins.csv")
X = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2, 4))
order = np.random.RandomState(0).permutation(len(X))
seen, unseen = X[order[:200]], X[order[200:]]

print("components   error of the mean   inside of two deviations")
for k in (1, 2, 3, 4):
    model = GaussianMixture(k, n_init=5, random_state=0).fit(seen)
    means, covariances = model.regress(unseen[:, [LENGTH, DEPTH]], [LENGTH, DEPTH])
    errors = unseen[:, MASS] - means[:, 0]
    inside = np.abs(errors) < 2 * np.sqrt(covariances[:, 0, 0])
    print(f"{k:10}   {np.sqrt((errors**2).mean()):15.0f} g   {inside.mean():24.0%}")

model = GaussianMixture(2, n_init=5, random_state=0).fit(seen)
for depth in (14.0, 17.0, 20.0):
    mass = model.marginal([DEPTH, MASS]).condition(0, depth)
    modes = mass.modes()
    likely = modes.points[modes.log_density > modes.log_density[0] - np.log(100)]
    shown = " and ".join(f"{mode:.0f}" for mode in np.sort(likely[:, 0]))
    low, high = mass.quantile([0.05, 0.95])
    print(f"a bill {depth:.0f} mm deep: most likely {shown} g, 90% from {low:.0f} to {high:.0f} g")


def draw(path: str) -> None:
    from matplotlib.figure import Figure

    part = model.marginal([DEPTH, MASS])
    depth, mass = np.linspace(12.5, 22, 191), np.linspace(2400, 6600, 211)
    given = [np.exp(part.condition(0, x).score_samples(mass[:, None])) for x in depth]
    means, covariances = part.regress(depth[:, None], 0)
    mean, deviation = means[:, 0], np.sqrt(covariances[:, 0, 0])
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    ax.pcolormesh(depth, mass, np.transpose(given), cmap="Blues", shading="nearest")
    ax.plot(*X[:, [DEPTH, MASS]].T, ".", color="0.3", markersize=3)
    ax.plot(depth, mean, color="#d55e00", label="mean, given the depth")
    for side in (-2, 2):
        label = "two deviations" if side > 0 else None
        ax.plot(depth, mean + side * deviation, "--", color="#d55e00", lw=1, label=label)
    ax.set_xlabel("depth of the bill, mm")
    ax.set_ylabel("body mass, g")
    ax.set_ylim(mass[0], mass[-1])
    ax.set_title("Density of the body mass, given the depth of the bill")
    ax.legend()
    figure.savefig(path, dpi=100)


if len(sys.argv) > 1:
    draw(sys.argv[1])
