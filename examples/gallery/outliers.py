"""
Outliers by a quantile
======================

``is_outlier(X, q)`` flags the rows whose density is so low that only the fraction q of rows from
the mixture itself lies there. So q is the share of sound rows that are flagged by mistake, as far
as the mixture fits them.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(0)
angle = rng.uniform(0, 2 * np.pi, 1500)
sound = np.column_stack([np.cos(angle), np.sin(angle)]) * 3 + rng.normal(0, 0.3, (1500, 2))
strange = rng.uniform(-5, 5, (60, 2))
model = GaussianMixture(12, n_init=5, random_state=0).fit(sound[:1000])

# %%
# The thresholds for three values of q, and what they flag of sound rows that the fit has not seen.

for q in (0.001, 0.01, 0.05):
    threshold = model.log_density_quantile(q)
    of_sound = model.is_outlier(sound[1000:], q).mean()
    of_strange = model.is_outlier(strange, q).mean()
    print(f"q={q:<5} log-density {threshold:5.2f} flags {of_sound:.1%}; of others {of_strange:.0%}")

# %%
# The lines are where the thresholds lie. A threshold of distance could not follow the ring: its
# middle is as far from being sound as its outside.

x = np.linspace(-5.5, 5.5, 250)
grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
log_density = model.score_samples(grid).reshape(250, 250)
figure, ax = plt.subplots(figsize=(6, 5.5), layout="constrained")
lines = ax.contour(
    x, x, log_density, model.log_density_quantile([0.001, 0.05]), colors=["C3", "C0"]
)
ax.clabel(lines, fmt={lines.levels[0]: "q=0.001", lines.levels[1]: "q=0.05"})
flagged = model.is_outlier(strange, 0.05)
ax.plot(*sound[1000:].T, ".", color="0.6", label="sound, not seen by the fit")
ax.plot(*strange[flagged].T, "x", color="C0", label="others, flagged at q=0.05")
ax.plot(*strange[~flagged].T, "+", color="k", label="others, not flagged")
ax.set_aspect("equal")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.05), ncols=3, fontsize=8)
