"""Asks a mixture of the penguins what can be asked of a density.

    python examples/density.py [PICTURE]

With a file name it draws the density of two measurements, and its modes; that needs matplotlib.
"""

import sys
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture

LENGTH, DEPTH, FLIPPER, MASS = range(4)

path = Path(__file__).with_name("penguins.csv")
table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=str)
species, X = table[:, 0], table[:, 1:].astype(float)
model = GaussianMixture(3, n_init=5, random_state=0).fit(X).order_by(MASS)

mass = model.marginal(MASS)
low, middle, high = mass.quantile([0.05, 0.5, 0.95])
print(f"body mass: median {middle:.0f} g, 90% from {low:.0f} to {high:.0f} g")
print(f"lighter than 4 kg: {mass.cdf([[4000.0]])[0]:.1%}")

(value,), (error,) = model.cdf(
    [[np.inf, np.inf, np.inf, 5000.0]], lower=[45.0, 17.0, -np.inf, -np.inf], return_error=True
)
print(f"bill longer than 45 mm, deeper than 17 mm, below 5 kg: {value:.5f} +- {error:.5f}")

heavy = model.condition(MASS, 5000.0)
print(f"at 5 kg the components weigh {heavy.weights_.round(3)}")

modes = model.modes()
print(f"{len(modes)} modes, of body mass alone {len(mass.modes())}:")
for point, component in zip(modes.points, np.argsort(modes.labels), strict=True):
    print(f"  {point.round(1)}, of component {component}")

tied = GaussianMixture(4, covariance_type="tied", n_init=5, random_state=0).fit(X)
distance = model.kl(tied)
print(f"divergence of a tied mixture of 4: {distance.value:.4f} +- {distance.standard_error:.4f}")
merged = tied.merge(3, X)
print(f"its components in 3 clusters: {merged.labels}; entropies {merged.entropies.round(1)}")
for cluster in range(merged.n_clusters):
    who, counts = np.unique(species[merged.predict(X) == cluster], return_counts=True)
    shown = ", ".join(f"{n} {name}" for name, n in zip(who, counts, strict=True))
    print(f"  cluster {cluster}: {shown}")


def draw(path: str) -> None:
    from matplotlib.figure import Figure

    bills = model.marginal([LENGTH, MASS])
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    x, y = np.linspace(30, 62, 200), np.linspace(2400, 6600, 200)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    log_density = bills.score_samples(grid).reshape(200, 200)
    fractions = np.array([0.01, 0.1, 0.25, 0.5, 0.75])
    lines = ax.contour(x, y, log_density, bills.log_density_quantile(fractions), cmap="viridis")
    shown = zip(lines.levels, fractions, strict=True)
    ax.clabel(lines, fmt={level: f"{1 - q:.0%}" for level, q in shown})
    ax.plot(*X[:, [LENGTH, MASS]].T, ".", color="0.7", markersize=3, zorder=0)
    ax.plot(*bills.modes().points.T, "^", color="#d55e00", label="modes")
    ax.set_xlabel("bill length, mm")
    ax.set_ylabel("body mass, g")
    ax.set_title("The highest density, and how much of it lies inside")
    ax.legend()
    figure.savefig(path, dpi=100)


if len(sys.argv) > 1:
    draw(sys.argv[1])
