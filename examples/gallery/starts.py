"""
What more starts bring
======================

The likelihood has many maxima, and EM climbs to the one whose slope it starts on. ``n_init`` is
the effort to find a better one: single starts from other seeds, and then moves of one component of
the best mixture. ``"auto"`` is one start from the best of several clusterings.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(1)
k = 15
means = rng.uniform(-10, 10, (k, 2))
X = np.repeat(means, 100, axis=0) + rng.normal(size=(k * 100, 2)) * rng.uniform(
    0.3, 1.5, (k * 100, 1)
)

# %%
# Twenty fits of each kind, with a seed each.

found, seconds = {}, {}
for n_init in (1, "auto", 5, 10):
    began = time.perf_counter()
    fits = [
        GaussianMixture(k, n_init=n_init, random_state=s, max_iter=500).fit(X) for s in range(20)
    ]
    seconds[n_init] = (time.perf_counter() - began) / 20
    found[n_init] = [model.score(X) for model in fits]
    print(
        f"n_init={n_init!r:7} median {np.median(found[n_init]):.4f}, worst {min(found[n_init]):.4f}"
    )

# %%
# A dot is a fit. More starts find the same high likelihood from any seed, and cost a multiple of
# the time.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for place, scores in enumerate(found.values()):
    ax.plot(place + np.linspace(-0.15, 0.15, 20), scores, "o", alpha=0.7)
labels = [f"n_init={n_init!r}\n{1e3 * seconds[n_init]:.0f} ms a fit" for n_init in found]
ax.set_xticks(range(len(found)), labels)
ax.set_ylabel("mean log-likelihood of a row")
