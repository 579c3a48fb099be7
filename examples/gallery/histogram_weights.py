"""
A histogram with weights
========================

Where rows were counted already, a bin is a row and its count the ``sample_weight``: a weight of 2
is a row that is there twice. The fit then takes the time of the bins, not of what was counted.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(0)
energies = np.concatenate([
    rng.normal(1.2, 0.10, 300_000), rng.normal(1.7, 0.25, 500_000), rng.normal(3.0, 0.15, 200_000)
])  # fmt: skip
counts, edges = np.histogram(energies, bins=120)
middles = (edges[:-1] + edges[1:]) / 2
print(f"{counts.sum()} events in {len(counts)} bins, {np.count_nonzero(counts == 0)} of them empty")

# %%
# Empty bins have the weight 0, and count as if they were not there.

model = GaussianMixture(3, n_init=5, tol=1e-8, max_iter=1000, random_state=0)
model.fit(middles[:, None], sample_weight=counts)
model = model.order_by(0)
for weight, mean, variance in zip(
    model.weights_, model.means_[:, 0], model.covariances_[:, 0, 0], strict=True
):
    print(f"{weight:.3f} of the events around {mean:.3f}, deviation {np.sqrt(variance):.3f}")

# %%
# All events give the same but for the width of the bins.

everything = GaussianMixture(3, tol=1e-6, max_iter=1000, random_state=0)
everything = everything.fit(energies[:, None]).order_by(0)
print("largest difference of a mean:", f"{np.abs(everything.means_ - model.means_).max():.4f}")

# %%
x = np.linspace(edges[0], edges[-1], 500)
width = edges[1] - edges[0]
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.stairs(counts, edges, fill=True, color="0.8", label="counts")
height = counts.sum() * width * np.exp(model.score_samples(x[:, None]))
ax.plot(x, height, "k", label="mixture")
for j, share in enumerate(model.predict_proba(x[:, None]).T):
    ax.plot(x, height * share, "--", label=f"component {j}")
ax.set(xlabel="energy", ylabel="events in a bin")
ax.legend()
