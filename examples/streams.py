"""Fits a file in batches, stops and goes on, and follows rows whose clusters drift.

    python examples/streams.py

The file is a small one here; for one larger than memory nothing would be written otherwise.
"""

import tempfile
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture

rng = np.random.default_rng(0)
MEANS = np.array([[-4.0, 0.0], [4.0, 0.0], [0.0, 6.0]])
RIGHT = np.array([1.0, 0.0])


def rows(n: int, shift: float = 0.0) -> np.ndarray:
    """Rows of three clusters, all moved to the right by `shift`."""
    return MEANS[rng.integers(3, size=n)] + shift * RIGHT + rng.normal(size=(n, 2))


def by_height(model: GaussianMixture) -> np.ndarray:
    """The means, the leftmost of the lower two first."""
    return model.means_[np.lexsort((model.means_[:, 0], model.means_[:, 1] > 3))].round(1)


folder = tempfile.TemporaryDirectory()
data, checkpoint = Path(folder.name) / "rows.npy", Path(folder.name) / "fit.checkpoint"
np.save(data, rows(100_000))

model = GaussianMixture(3, random_state=0).fit_batches(data, batch_size=10_000)
print("means of a file, read in 10 batches:", *by_height(model).tolist())

exact = {"random_state": 0, "tol": 1e-12, "max_iter": 500}
whole = GaussianMixture(3, **exact).fit_batches(data)
stopped = GaussianMixture(3, **exact, callback=lambda iteration, *_: iteration == 3)
stopped.fit_batches(data, checkpoint=checkpoint)
resumed = GaussianMixture(3, **exact).fit_batches(data, resume=checkpoint)
same = "the same" if (resumed.means_ == whole.means_).all() else "other"
print(f"stopped after {stopped.n_iter_} iterations and resumed: {same} bits")

follower, keeper = GaussianMixture(3, random_state=0), GaussianMixture(3, random_state=0)
for shift in np.linspace(0, 10, 300):
    batch = rows(200, shift)
    follower.partial_fit(batch, memory=2000)
    keeper.partial_fit(batch)
for name, stream in (("memory=2000", follower), ("no memory set", keeper)):
    error = np.abs(by_height(stream) - (MEANS + 10 * RIGHT)).max()
    print(f"after a drift by 10, {name}: means off by {error:.1f} at most")
folder.cleanup()
