"""
New digits from a density
=========================

A fitted mixture draws rows like those that it has seen. Here a class of digits is a mixture with
diagonal covariances on its principal axes, and ``sample`` writes digits that nobody wrote.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import select
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

X, digit = load_digits(return_X_y=True)
pca = PCA(20, whiten=True, random_state=0).fit(X)

figure, axes = plt.subplots(5, 12, figsize=(9, 4), layout="constrained")
for row, wanted in zip(axes, (0, 2, 3, 6, 8), strict=True):
    rows = pca.transform(X[digit == wanted])
    found = select(rows, range(1, 6), covariance_types=["diag", "tied"], random_state=0)
    model = found.best_
    drawn = pca.inverse_transform(model.sample(12)[0])
    for ax, image in zip(row, drawn, strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        ax.set_axis_off()
    best = found.best_record
    print(f"{wanted}: {best['n_components']} components, {best['covariance_type']}")

# %%
# The log-density tells how much a picture is like what the mixture has seen: the oddest and the
# most ordinary eights.

eights = X[digit == 8]
order = model.score_samples(pca.transform(eights)).argsort()
figure, axes = plt.subplots(2, 8, figsize=(8, 2.4), layout="constrained")
for row, shown, title in ((axes[0], order[:8], "oddest"), (axes[1], order[-8:], "most ordinary")):
    for ax, image in zip(row, eights[shown], strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        ax.set_axis_off()
    row[0].set_title(title, fontsize=9, loc="left")
print("log-densities from", np.round(model.score(pca.transform(eights)), 1), "on average")
