"""
Fourteen families of covariances
================================

Volume, shape and orientation of the components may each be equal or variable. The fewer of them
vary, the fewer parameters there are, and the fewer rows it takes to find them.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, plot, select

X = np.loadtxt("../penguins.csv", delimiter=",", skiprows=1, usecols=(1, 2))
names = ["EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE"]
names += ["VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"]

figure, axes = plt.subplots(4, 4, figsize=(9, 8), layout="constrained", sharex=True, sharey=True)
for name, ax in zip(names, axes.flat, strict=False):
    model = GaussianMixture(3, covariance_type=name, n_init=5, random_state=0).fit(X)
    plot.clusters(model, X, ax, feature_names=["", ""])
    ax.get_legend().remove()
    ax.set_title(f"{name}  BIC {model.bic(X):.0f}", fontsize=10)
for ax in axes.flat[len(names) :]:
    ax.set_axis_off()

# %%
# ``select`` fits them all, with several numbers of components, and names the least BIC.

found = select(X, range(1, 6), covariance_types="all", random_state=0)
print(found)
