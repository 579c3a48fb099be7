"""
EM, step by step
================

``step`` is one iteration of EM: from the mixture that there is, each row gets responsibilities,
the shares that the components have of it; from these come the next mixture's weights, means and
covariances. The log-likelihood never falls.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, plot

rng = np.random.default_rng(0)
X = np.vstack([
    rng.multivariate_normal([0, 0], [[1.0, 0.8], [0.8, 1.0]], 300),
    rng.multivariate_normal([3, 0], [[1.0, -0.7], [-0.7, 1.0]], 300),
    rng.multivariate_normal([1.5, 3], [[2.0, 0.0], [0.0, 0.2]], 300),
])  # fmt: skip

# %%
# A poor start on purpose: three means close together, with equal round covariances.

model = GaussianMixture.from_parameters(
    weights=np.full(3, 1 / 3),
    means=[[1.0, 1.0], [1.5, 1.0], [1.25, 1.5]],
    covariances=np.tile(np.eye(2), (3, 1, 1)),
)

shown = {0, 2, 5, 10, 20, 40}
figure, axes = plt.subplots(2, 3, figsize=(9, 6), layout="constrained", sharex=True, sharey=True)
panels = iter(axes.flat)
log_likelihoods = []
for iteration in range(41):
    log_likelihoods.append(model.score(X))
    if iteration in shown:
        ax = plot.clusters(model, X, next(panels), feature_names=["", ""])
        ax.set_title(f"after {iteration} steps: {log_likelihoods[-1]:.3f}", fontsize=10)
        if ax.get_legend():
            ax.get_legend().remove()
    model = model.step(X)

# %%
# The mean log-likelihood of a row, over the steps: quick at first, and slow in the end.

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.plot(log_likelihoods, ".-")
ax.set(xlabel="step", ylabel="mean log-likelihood of a row")
print("never falls:", bool((np.diff(log_likelihoods) > -1e-12).all()))
