"""Mixtures of covariance sigma^2 I, and k-means as what they become when sigma vanishes.

    python examples/kmeans_limit.py [PICTURE]

With a file name it draws the penguins' bills, coloured by their responsibilities, which needs
matplotlib.
"""

import sys
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, KMeans

table = Path(__file__).with_name("penguins.csv")
bills = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2))
X = (bills - bills.mean(0)) / bills.std(0)

start = X[[0, 160, 300]]
clusters = KMeans(3, init=start, n_init=1, tol=0).fit(X)


def mixture_of(sigma: float) -> GaussianMixture:
    """EM with covariances sigma^2 I that stay, from the same means as k-means."""
    return GaussianMixture(
        3, covariance_type="fixed", precisions_init=np.full(3, sigma**-2), means_init=start,
        weights_init=np.full(3, 1 / 3), max_iter=1000,
    ).fit(X)  # fmt: skip


print("sigma   rows in doubt   as k-means   -2 sigma^2 log-likelihood a row")
for sigma in (1.0, 0.5, 0.3, 0.1, 0.03, 0.001):
    model = mixture_of(sigma)
    doubt = (model.predict_proba(X).max(axis=1) < 0.99).sum()
    same = (model.predict(X) == clusters.labels_).mean()
    cost = -2 * sigma**2 * model.score(X)
    print(f"{sigma:5}   {doubt:13}   {same:10.1%}   {cost:31.4f}")
print(f"k-means: squared distance to the nearest centre a row {clusters.inertia_ / len(X):12.4f}")
moved = np.abs(model.means_ - clusters.cluster_centers_).max()
print(f"largest difference of a mean from its centre in the end: {moved:.0e}")


def draw(path: str) -> None:
    from matplotlib import pyplot
    from matplotlib.colors import to_rgb

    colors = np.array([to_rgb(c) for c in ("#0072b2", "#d55e00", "#009e73")])
    figure, axes = pyplot.subplots(1, 4, figsize=(14, 3.8), sharex=True, sharey=True)
    for ax, sigma in zip(axes, (0.8, 0.4, 0.1, 0.001), strict=True):
        model = mixture_of(sigma)
        ax.scatter(*X.T, c=model.predict_proba(X) @ colors, s=9)
        for mean, color in zip(model.means_, colors, strict=True):
            circle = pyplot.Circle(mean, sigma, fill=False, color=color, lw=2)
            ax.add_patch(circle)
        ax.plot(*model.means_.T, "k+", markersize=12, markeredgewidth=2)
        ax.plot(*clusters.cluster_centers_.T, "kx", markersize=8)
        ax.set_title(f"sigma = {sigma}", fontsize=10)
        ax.set_aspect("equal")
    figure.supxlabel("bill length, standardised (+ means, x centres of k-means)", fontsize=10)
    axes[0].set_ylabel("bill depth, standardised")
    figure.tight_layout()
    figure.savefig(path, dpi=100)


if len(sys.argv) > 1:
    draw(sys.argv[1])
