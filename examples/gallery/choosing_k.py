"""
How many components?
====================

Four criteria for the same rows. BIC spends several components on a cluster that is no ellipse,
since they describe the density; ICL does where hardly any row is in doubt between them. Stability
asks what would be found again in other rows: the two shapes.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import plot, select

rng = np.random.default_rng(0)
angle = rng.uniform(0, np.pi, 500)
banana = 4 * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.35, (500, 2))
X = np.vstack([banana, rng.normal([0, -3], 0.8, (300, 2))])

found = {
    criterion: select(X, range(1, 9), covariance_types="full", criterion=criterion, random_state=0)
    for criterion in ("bic", "aic", "icl", "stability")
}
for criterion, selection in found.items():
    print(f"{criterion:10} {selection.best_record['n_components']} components")

# %%
# Lower is better but for stability, the mean agreement of fits to two halves of the rows.

figure, axes = plt.subplots(2, 2, figsize=(9, 6), layout="constrained")
for ax, selection in zip(axes.flat, found.values(), strict=True):
    plot.criterion(selection, ax)

# %%
# The mixture that BIC takes follows the bend. ``merge`` makes clusters of its components, those
# first that overlap most, and so both are to be had: the density, and the two clusters in it.

model = found["bic"].best_
merged = model.merge(2, X)
figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharex=True, sharey=True)
plot.clusters(model, X, axes[0], feature_names=["x", "y"])
axes[0].get_legend().remove()
axes[0].set_title(f"{model.n_components} components")
axes[1].scatter(*X.T, c=merged.predict(X), s=6, cmap="coolwarm")
axes[1].set_title("merged into 2 clusters")
print("the cluster of each component:", merged.labels)
