"""Finds three clusters in a background: a tenth of the rows lies anywhere.

    python examples/noise.py [PICTURE]

With a file name it draws them, which needs matplotlib.
"""

import sys
from itertools import permutations

import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(0)
means = np.array([[-5.0, -4.0], [5.0, -4.0], [0.0, 5.0]])
background = np.arange(600) % 10 == 0
X = np.repeat(means, 200, axis=0) + rng.normal(size=(600, 2)) * [1.5, 1.0]
X[background] = rng.uniform(-25, 25, (60, 2))

models = {
    "no noise component": GaussianMixture(3, n_init=10, random_state=0).fit(X),
    "noise=True": GaussianMixture(3, noise=True, n_init=10, random_state=0).fit(X),
}


def error(model: GaussianMixture) -> float:
    """The mean distance of the means to those that the rows were drawn with."""
    orders = permutations(range(3))
    return min(np.linalg.norm(model.means_[list(o)] - means, axis=1).mean() for o in orders)


print(f"{'':20}  share of noise  error of the means     BIC")
for name, model in models.items():
    print(f"{name:20}  {model.noise_weight_:14.3f}  {error(model):18.3f}  {model.bic(X):.0f}")

labels = models["noise=True"].predict(X)
n_found, n_wrong = ((labels[rows] < 0).sum() for rows in (background, ~background))
print(f"{n_found} of {background.sum()} rows of background are labelled -1,", end=" ")
print(f"and {n_wrong} of {(~background).sum()} others")


def draw(path: str) -> None:
    from gaussmix import plot
    from matplotlib.figure import Figure

    figure = Figure((9, 5), layout="constrained")
    for ax, (name, model) in zip(figure.subplots(1, 2, sharey=True), models.items(), strict=True):
        plot.clusters(model, X, ax)
        ax.set(xlabel=name, ylabel="", xlim=(-26, 26), ylim=(-26, 26), aspect="equal")
    figure.savefig(path, dpi=80, bbox_inches="tight")


if len(sys.argv) > 1:
    draw(sys.argv[1])
