"""
Clusters of penguins
====================

A mixture of three components finds the three species of penguins from four measurements, without
having seen the species.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, plot

table = np.loadtxt("../penguins.csv", delimiter=",", skiprows=1, dtype=str)
species, X = table[:, 0], table[:, 1:].astype(float)
names = ["bill length, mm", "bill depth, mm", "flipper length, mm", "body mass, g"]
model = GaussianMixture(3, n_init=5, random_state=0).fit(X)

# %%
# Each row has the colour of its component, by all four measurements. An ellipse holds 95% of what
# its component brings forth.

figure = plt.figure(figsize=(7, 4.5), layout="constrained")
plot.clusters(model, X, figure, features=[0, 1], feature_names=names)

# %%
# Who is in which cluster?

clusters = model.predict(X)
for cluster in range(3):
    who, counts = np.unique(species[clusters == cluster], return_counts=True)
    print(cluster, dict(zip(who.tolist(), counts.tolist(), strict=True)))

# %%
# Some birds are in doubt. Their uncertainty is 1 minus the largest probability of a component.

figure = plt.figure(figsize=(7, 4.5), layout="constrained")
plot.uncertainty(model, X, figure, features=[0, 1], feature_names=names)
