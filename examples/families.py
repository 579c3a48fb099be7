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


def matrix_of(model: GaussianMixture, j: int) -> np.ndarray:
    """The covariance of a component as a matrix."""
    covariances = np.asarray(model.covariances_)
    if model.covariance_type == "EEE":
        return covariances
    return covariances[j] if covariances.ndim == 3 else covariances[j] * np.eye(2)


def draw(path: str) -> None:
    from matplotlib import pyplot
    from matplotlib.patches import Ellipse

    bills = (X[:, :2] - X[:, :2].mean(0)) / X[:, :2].std(0)
    figure, axes = pyplot.subplots(2, 7, figsize=(14, 4.6), sharex=True, sharey=True)
    for ax, name in zip(axes.flat, NAMES, strict=True):
        model = GaussianMixture(3, covariance_type=name, n_init=5, random_state=0).fit(bills)
        ax.plot(*bills.T, ".", color="0.75", markersize=2)
        for j, color in enumerate(("#0072b2", "#d55e00", "#009e73")):
            values, vectors = np.linalg.eigh(matrix_of(model, j))
            angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
            width, height = 4 * np.sqrt(values[::-1])  # two standard deviations each way
            ax.add_patch(
                Ellipse(model.means_[j], width, height, angle=angle, fill=False, color=color, lw=2)
            )
        ax.set_title(f"{name}, BIC {model.bic(bills):.0f}", fontsize=10)
        ax.set_aspect("equal")
    figure.supxlabel("bill length, standardised")
    figure.supylabel("bill depth, standardised")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if len(sys.argv) > 1:
    draw(sys.argv[1])
