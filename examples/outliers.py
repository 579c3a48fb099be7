"""Finds rows that are no penguins: a detector that flags a fraction of true ones that is known.

    python examples/outliers.py [PICTURE]

With a file name it draws the bills, and where the threshold is; that needs matplotlib.
"""

import sys
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture

path = Path(__file__).with_name("penguins.csv")
X = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
rng = np.random.RandomState(1)
order = rng.permutation(len(X))
seen, unseen = X[order[:230]], X[order[230:]]
# Rows whose values are those of penguins, but each of another one.
mixed = np.column_stack([rng.permutation(column) for column in unseen.T])

model = GaussianMixture(3, n_init=5, random_state=0).fit(seen)
print("       q   threshold         drawn   penguins   mixed up")
model.set_params(random_state=1)
drawn = model.sample(100_000)[0]
model.set_params(random_state=0)
for q in (0.001, 0.01, 0.05):
    threshold, error = model.log_density_quantile(q, return_error=True)
    flagged = [(model.score_samples(rows) < threshold).mean() for rows in (drawn, unseen, mixed)]
    shown = "".join(f"{fraction:11.2%}" for fraction in flagged)
    print(f"{q:8}   {threshold:6.2f} +- {error:.2f}{shown}")

# What moves a row towards the penguins fastest tells what is odd about it.
odd = mixed[model.score_samples(mixed).argmin()]
pull = model.score_gradient([odd])[0] * seen.std(axis=0)
names = path.read_text().split("\n", 1)[0].split(",")[1:]
print(f"the oddest row: {odd}")
print("pulled, in standard deviations: " + ", ".join(
    f"{name} {value:+.1f}" for name, value in zip(names, pull, strict=True)
))  # fmt: skip


def draw(path: str) -> None:
    from matplotlib.figure import Figure

    bills = model.marginal([0, 1])
    x, y = np.linspace(30, 62, 240), np.linspace(12, 23, 240)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    log_density = bills.score_samples(grid).reshape(240, 240)
    levels = bills.log_density_quantile([0.01, 0.05])
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    lines = ax.contour(x, y, log_density, levels, colors=["#d55e00", "#0072b2"])
    ax.clabel(lines, fmt={levels[0]: "99%", levels[1]: "95%"})
    flagged = bills.is_outlier(mixed[:, :2], 0.05)
    ax.plot(*unseen[:, :2].T, ".", color="0.5", label="penguins")
    ax.plot(*mixed[flagged, :2].T, "x", color="#0072b2", label="mixed up, flagged at 5%")
    ax.plot(*mixed[~flagged, :2].T, "+", color="0.7", label="mixed up, not flagged")
    ax.set_xlabel("bill length, mm")
    ax.set_ylabel("bill depth, mm")
    ax.set_title("Where 95% and 99% of the density lie")
    ax.legend(fontsize=8, loc="lower left")
    figure.savefig(path, dpi=100)


if len(sys.argv) > 1:
    draw(sys.argv[1])
