"""
Few labels go far
=================

Where the components of some rows are known, EM keeps them there, and starts from them. Here 6 of
450 rows have a label, and they settle which of several good clusterings is the one that is meant.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, plot

rng = np.random.default_rng(4)
long = [[9.0, 0.0], [0.0, 0.15]]
turned = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in (0.3, 1.35, 2.4)]
X = np.vstack([rng.multivariate_normal([0, 0], r @ long @ r.T, 150) for r in turned])
truth = np.repeat(np.arange(3), 150)

known = np.full(len(X), -1)
for label, distance in ((0, 4), (1, 4), (2, 4)):
    ends = np.flatnonzero((truth == label) & (np.linalg.norm(X, axis=1) > distance))
    known[rng.choice(ends, 2, replace=False)] = label

without = GaussianMixture(3, random_state=0).fit(X)
model = GaussianMixture(3, random_state=0)
labels = model.fit_predict(X, known_labels=known)

# %%
# The components keep the numbers of the labels.

rest = known < 0
print(f"{(labels == truth)[rest].mean():.0%} of the rows without a label are right")

figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained", sharex=True, sharey=True)
for ax, fitted, title in ((axes[0], without, "no labels"), (axes[1], model, "6 labels")):
    plot.clusters(fitted, X, ax, feature_names=["x", "y"])
    ax.get_legend().remove()
    ax.set_title(title)
axes[1].scatter(*X[~rest].T, s=120, facecolors="none", edgecolors="k", linewidths=2)
