"""Classifies the penguins by species, with a mixture for each.

    python examples/classifier.py [PICTURE]

With a file name it draws the regions of the classes by two measurements, which needs matplotlib.
"""

import sys
from pathlib import Path

import numpy as np
from gaussmix import MixtureDiscriminant

table = np.loadtxt(Path(__file__).with_name("penguins.csv"), delimiter=",", skiprows=1, dtype=str)
species, measurements = table[:, 0], table[:, 1:].astype(float)

model = MixtureDiscriminant(random_state=0).fit(measurements, species)
print("chosen by BIC for each species")
for name, prior, mixture in zip(model.classes_, model.priors_, model.mixtures_, strict=True):
    print(f"  {name}: {mixture.n_components} x {mixture.covariance_type}, prior {prior:.2f}")

print("birds taken for another species, of those that the fit has not seen (10 folds)")
folds = np.random.default_rng(0).permutation(len(species)) % 10
for what, params in (
    ("one component and covariance each (quadratic)", {"covariance_type": "full"}),
    ("one component each, one covariance (linear)", {"covariance_type": "shared"}),
    ("two components each, one covariance", {"n_components": 2, "covariance_type": "shared"}),
):
    other = MixtureDiscriminant(**{"n_components": 1, "random_state": 0} | params)
    wrong = 0
    for fold in range(10):
        own = folds == fold
        other.fit(measurements[~own], species[~own])
        wrong += int((other.predict(measurements[own]) != species[own]).sum())
    print(f"  {what}: {wrong} of {len(species)}")

doubtful = model.predict_proba(measurements).max(axis=1).argsort()[:3]
print("most in doubt")
for row in doubtful:
    shares = zip(model.classes_, model.predict_proba(measurements[[row]])[0], strict=True)
    print(f"  a {species[row]}:", ", ".join(f"{name} {share:.2f}" for name, share in shares))

scorer = model.scorer()
print("one bird of 46 mm, 15 mm, 215 mm, 5000 g:", scorer.predict([46.0, 15.0, 215.0, 5000.0]))


def draw(path: str) -> None:
    from matplotlib import pyplot
    from matplotlib.colors import to_rgb

    bills = measurements[:, :2]
    colors = np.array([to_rgb(c) for c in ("#0072b2", "#d55e00", "#009e73")])
    x = np.linspace(31, 61, 300)
    y = np.linspace(12.5, 22.5, 200)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4.4), sharex=True, sharey=True)
    for ax, (title, params) in zip(
        axes,
        (
            ("linear: one covariance", {"n_components": 1, "covariance_type": "shared"}),
            ("quadratic: one each", {"n_components": 1, "covariance_type": "full"}),
            (
                "two components each, one covariance",
                {"n_components": 2, "covariance_type": "shared"},
            ),
        ),
        strict=True,
    ):
        found = MixtureDiscriminant(**params, random_state=0).fit(bills, species)
        shares = found.predict_proba(grid.reshape(-1, 2)).reshape(*grid.shape[:2], 3)
        ax.imshow(
            0.45 * (shares @ colors) + 0.55, origin="lower", aspect="auto",
            extent=(x[0], x[-1], y[0], y[-1]),
        )  # fmt: skip
        for i, name in enumerate(found.classes_):
            ax.plot(*bills[species == name].T, ".", color=colors[i], markersize=4, label=name)
            ax.plot(*found.mixtures_[i].means_.T, "k+", markersize=12, markeredgewidth=2)
        wrong = (found.predict(bills) != species).sum()
        ax.set_title(f"{title}; {wrong} of {len(bills)} wrong", fontsize=10)
    axes[0].legend(loc="lower left", fontsize=8)
    axes[0].set_ylabel("bill depth, mm")
    axes[1].set_xlabel("bill length, mm")
    figure.tight_layout()
    figure.savefig(path, dpi=100)


if len(sys.argv) > 1:
    draw(sys.argv[1])
