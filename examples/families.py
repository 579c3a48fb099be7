"""Fits the penguins with each of the fourteen families of covariances.

    python examples/families.py [PICTURE]

With a file name it draws their ellipses, which needs matplotlib.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, select
from gaussmix.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)
NAMES = [
    *("EII", "VII", "EEI", "VEI", "EVI", "VVI"),
    *("EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"),
]

table = Path(__file__).with_name("penguins.csv")
X = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))

print("family  components  parameters     BIC")
records = select(X, range(1, 7), covariance_types="all", n_init=3, random_state=0).records
for name in NAMES:
    own = [record for record in records if record["covariance_type"] == name]
    best = min(own, key=lambda record: record["bic"])
    print(f"{name}     {best['n_components']:8}  {best['n_parameters']:10}  {best['bic']:8.1f}")


def draw(path: str) -> None:
    from gaussmix import plot
    from matplotlib.figure import Figure

    bills = (X[:, :2] - X[:, :2].mean(0)) / X[:, :2].std(0)
    figure = Figure(figsize=(14, 4.6), layout="constrained")
    axes = figure.subplots(2, 7, sharex=True, sharey=True)
    for ax, name in zip(axes.flat, NAMES, strict=True):
        model = GaussianMixture(3, covariance_type=name, n_init=5, random_state=0).fit(bills)
        plot.clusters(model, bills, ax)
        ax.get_legend().remove()
        ax.set(aspect="equal", xlabel="", ylabel="")
        ax.set_title(f"{name}, BIC {model.bic(bills):.0f}", fontsize=10)
    axes[0, 0].set(xlim=(-2.5, 3.2), ylim=(-2.8, 2.6))
    figure.supxlabel("bill length, standardised")
    figure.supylabel("bill depth, standardised")
    figure.savefig(path, dpi=90)


if len(sys.argv) > 1:
    draw(sys.argv[1])
