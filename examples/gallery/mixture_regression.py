"""
Regression with a mixture
=========================

A mixture of all features predicts any of them from the others: each component has a line of its
own, and the row says how much each counts. The mean may bend, the spread may differ, and where
there are two answers the distribution shows both.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(0)
x = rng.uniform(0, 10, 1200)
forks = (x > 5) & (rng.random(1200) < 0.5)
y = np.sin(x) + np.where(forks, 1.4 * (x - 4), 0) + rng.normal(0, 0.25, 1200)
model = GaussianMixture(7, n_init=10, random_state=0).fit(np.column_stack([x, y]))

# %%
# ``regress`` has the mean and the variance of y for many x at once.

grid = np.linspace(0, 10, 200)
means, covariances = model.regress(grid[:, None], [0])
spread = np.sqrt(covariances[:, 0, 0])

# %%
# ``condition`` has the whole distribution for one x. Its density in grey, for each x: the mean
# lies between the branches, where nothing is.

heights = np.linspace(-4, 10, 200)
density = np.column_stack([
    np.exp(model.condition(0, value).score_samples(heights[:, None])) for value in grid
])  # fmt: skip
figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
ax.pcolormesh(grid, heights, np.sqrt(density), cmap="Greys", rasterized=True)
ax.plot(x, y, ".", color="C0", markersize=2, alpha=0.5)
ax.plot(grid, means[:, 0], "C1", linewidth=2, label="mean")
ax.fill_between(
    grid, means[:, 0] - spread, means[:, 0] + spread, color="C1", alpha=0.2, label="one deviation"
)
ax.set(xlabel="x", ylabel="y", ylim=(-4, 10))
ax.legend(loc="upper left")

# %%
# The likeliest values, for a few x: the modes whose density is at least a tenth of the highest.

for value in (2.0, 7.0, 9.0):
    modes = model.condition(0, value).modes()
    high = modes.log_density > modes.log_density.max() - np.log(10)
    print(f"x={value}: y near {np.sort(modes.points[high, 0]).round(1)}")
