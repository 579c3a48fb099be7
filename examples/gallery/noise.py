"""
Clusters in a background
========================

Rows that belong to no cluster pull at means and covariances, or take up a component. With
``noise=True`` there is a component for them, a uniform density over a box.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, plot

rng = np.random.default_rng(0)
means = np.array([[-5.0, -4.0], [5.0, -4.0], [0.0, 5.0]])
X = np.repeat(means, 200, axis=0) + rng.normal(size=(600, 2)) * [1.5, 1.0]
X[::10] = rng.uniform(-25, 25, (60, 2))

plain = GaussianMixture(3, n_init=5, random_state=0).fit(X)
noisy = GaussianMixture(3, noise=True, n_init=5, random_state=0).fit(X)
figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained", sharex=True, sharey=True)
for ax, model, title in ((axes[0], plain, "without"), (axes[1], noisy, "with a noise component")):
    plot.clusters(model, X, ax, feature_names=["x", "y"])
    ax.get_legend().remove()
    ax.set_title(f"{title}: BIC {model.bic(X):.0f}")

# %%
# Noise has the label -1, and the last column of the probabilities.

print(f"share of noise {noisy.noise_weight_:.3f}")
print("rows of noise:", int((noisy.predict(X) == -1).sum()), "of", len(X))
print("probabilities:", noisy.predict_proba(X[:2]).round(3).tolist())
