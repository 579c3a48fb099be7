"""
A density against a kernel estimate
===================================

A kernel estimate puts the same bump on every row. A mixture has few bumps, of widths of their own:
it is narrow where the data are, wide where they are, and a handful of numbers. Here the truth is
known.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, select
from scipy.stats import gaussian_kde

rng = np.random.default_rng(3)
truth = GaussianMixture.from_parameters(
    weights=[0.5, 0.3, 0.2], means=[[0.0], [2.5], [8.0]], covariances=[[[0.04]], [[0.5]], [[4.0]]]
).set_params(random_state=3)
rows = truth.sample(400)[0]

model = select(rows, range(1, 8), covariance_types="full", random_state=0).best_
kernels = gaussian_kde(rows[:, 0])
print(f"{model.n_components} components")

# %%
x = np.linspace(-3, 15, 800)
densities = {
    "the truth": np.exp(truth.score_samples(x[:, None])),
    f"mixture, {model.n_components} components": np.exp(model.score_samples(x[:, None])),
    "kernels, Scott's width": kernels(x),
}
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for (label, density), style in zip(densities.items(), ("k:", "C0", "C1"), strict=True):
    ax.plot(x, density, style, label=label, linewidth=2)
ax.plot(rows[:, 0], np.full(len(rows), -0.02), "|", color="0.5", markersize=6)
ax.set(xlabel="x", ylabel="density")
ax.legend()

# %%
# How well each describes rows that it has not seen: the mean log-density, higher is better.

unseen = truth.sample(20_000)[0]
print(f"truth    {truth.score(unseen):.3f}")
print(f"mixture  {model.score(unseen):.3f}")
print(f"kernels  {np.log(kernels(unseen[:, 0]) + 1e-300).mean():.3f}")

# %%
# And quantiles come with the mixture, exactly.

levels = [0.05, 0.5, 0.95]
print("mixture ", model.quantile(levels).round(2))
print("the rows", np.quantile(rows, levels).round(2))
